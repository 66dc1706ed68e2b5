// Numbers that are none, or none that one can calculate with, in every place that a step depends on: the step
// is refused with the name of the place and leaves no trace, or it leaves finite numbers only.
import type { Optimizer } from "../../mod.ts";
import { ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { survived } from "../_support/survived.ts";
import type { Make } from "../optimizers/_method_table.ts";
import { FAULT_METHODS } from "../optimizers/_methods.ts";
import { allFinite } from "../optimizers/_snapshot.ts";
import { type Bits, difference, Training } from "./_training.ts";

const HUGE = 3.4e38;
/** By how bad they are: never numbers; too large to calculate with; without any effect. */
const NEVER = [NaN, Infinity, -Infinity];
const LARGE = [HUGE, -HUGE];
const HARMLESS = [1e-45, -0];

/** Steps before the injection. */
const MOMENTS = [0, 1, 4];
const LEAST_INJECTIONS = 1000;

/** A place for a poisoned number. */
interface Place {
  /** Puts the number there; the optimizer is the one to step with. */
  readonly poison: (training: Training, value: number) => Optimizer | void;
  /** Takes it away again; parameters and state are put back anyway. */
  readonly repair?: (training: Training) => void;
  /** What a refusal of NaN and infinity says. */
  readonly where: RegExp;
  /** True where numbers without effect elsewhere have no meaning: classes, step sizes. */
  readonly isStrict?: boolean;
  /** True where an infinity can be swallowed on the way, by a unit that saturates. */
  readonly saturates?: boolean;
}

function element(
  data: (training: Training) => Float32Array | Float64Array,
  where: RegExp,
): Place {
  let kept = 0;
  const at = (array: ArrayLike<number>): number => array.length >> 1;
  return {
    where,
    poison: (training, value) => {
      const array = data(training);
      kept = array[at(array)];
      array[at(array)] = value;
      training.model.parametersChanged();
    },
    repair: (training) => {
      const array = data(training);
      array[at(array)] = kept;
    },
  };
}

const BATCH: Readonly<Record<string, Place>> = {
  "input": element(({ batch }) => batch.input.data, /input element/),
  "class index": {
    ...element(({ batch }) => batch.target.data, /target element|class of sample/),
    isStrict: true,
  },
  "first parameters": element(({ model }) => model.sites[0].weight.data, /dense_1", parameters/),
  "last parameters": element(({ model }) => model.sites[2].weight.data, /dense_3", parameters/),
  "activation": {
    poison: ({ damage }, value) => void (damage.forward = value),
    repair: ({ damage }) => void delete damage.forward,
    where: /site "dense_\d"|output|loss/,
    saturates: true,
  },
  "cotangent": {
    poison: ({ damage }, value) => void (damage.reverse = value),
    repair: ({ damage }) => void delete damage.reverse,
    where: /gradient|parameters/,
  },
  "loss": {
    poison: ({ lossDamage }, value) => void (lossDamage.value = value),
    repair: ({ lossDamage }) => void delete lossDamage.value,
    where: /loss/,
  },
  "gradient of the loss": {
    poison: ({ lossDamage }, value) => void (lossDamage.gradient = value),
    repair: ({ lossDamage }) => void delete lossDamage.gradient,
    where: /gradient|parameters/,
  },
};

/** Every tensor and number of the state. */
function statePlaces({ state }: Training): Record<string, Place> {
  const places: Record<string, Place> = {};
  for (const name of state.tensors.keys()) {
    const pattern = new RegExp(`state "${name}"`);
    places[`state ${name}`] = {
      ...element(({ state }) => state.tensors.get(name)!.data, pattern),
      repair: () => {},
    };
  }
  for (const name of state.numbers.keys()) {
    places[`state ${name}`] = {
      poison: ({ state }, value) => void state.numbers.set(name, value),
      where: new RegExp(`state "${name}"`),
      isStrict: true,
    };
  }
  return places;
}

/** False for an option that is a number and no function, as where only the first of a sequence is given. */
function isSchedule(make: Make, option: string): boolean {
  try {
    make({ [option]: () => 1 });
    return true;
  } catch {
    return false;
  }
}

/** Schedules that give the number. */
function schedulePlaces(make: Make): Record<string, Place> {
  const options = ["learningRate", "l2", "weightDecay", "damping"].filter((option) =>
    option in make().options && isSchedule(make, option)
  );
  return Object.fromEntries(options.map((option) => [`schedule ${option}`, {
    poison: (_: Training, value: number) => make({ [option]: () => value }),
    where: new RegExp(option),
    isStrict: true,
  }]));
}

function unchanged(training: Training, expected: Bits, when: string): void {
  const name = difference(training.bits(), expected);
  ok(name === undefined, `${when}: ${name} differs`);
}

type Outcome = "refused" | "completed";

/** One injection; `after` is the state that a clean step leads to. */
function inject(
  training: Training,
  { poison, repair, where, isStrict, saturates }: Place,
  value: number,
  after: Bits,
): Outcome {
  const { model, state } = training;
  const restore = training.save();
  const optimizer = poison(training, value) ?? training.optimizer;
  const before = training.bits();
  let error: unknown;
  try {
    training.step(optimizer);
  } catch (thrown) {
    error = thrown;
  }
  if (error === undefined) {
    ok(!NEVER.includes(value) || (saturates && value === value), "went through");
    allFinite(model, state, "after the step");
  } else {
    ok(error instanceof RangeError, `not of our errors: ${error}`);
    ok(!NEVER.includes(value) || where.test(error.message), `not named: ${error.message}`);
    unchanged(training, before, "refused");
    ok(isStrict || !HARMLESS.includes(value), `refused without need: ${error.message}`);
  }
  repair?.(training);
  restore();
  training.step();
  unchanged(training, after, "the step without the poison");
  restore();
  return error === undefined ? "completed" : "refused";
}

const counts = { refused: 0, completed: 0 };

for (const [name, make] of Object.entries(FAULT_METHODS)) {
  test(`${name}: poisoned numbers are named in their step, or leave finite numbers`, () => {
    for (const moment of MOMENTS) {
      using training = new Training(make());
      for (let i = 0; i < moment; i++) training.step();
      const restore = training.save();
      training.step();
      const after = training.bits();
      restore();
      const places = { ...BATCH, ...statePlaces(training), ...schedulePlaces(make) };
      for (const [place, found] of Object.entries(places)) {
        for (const value of [...NEVER, ...LARGE, ...HARMLESS]) {
          if (place === "state secondMoment" && value === -HUGE) continue; // no square is negative
          try {
            counts[inject(training, found, value, after)]++;
          } catch (error) {
            throw new Error(
              `${Object.is(value, -0) ? "-0" : value} in ${place}, step ${moment}: ${
                (error as Error).message
              }`,
            );
          }
        }
      }
    }
  });
}

test("poisoned numbers are many", () => {
  const total = counts.refused + counts.completed;
  ok(total >= LEAST_INJECTIONS && counts.refused >= LEAST_INJECTIONS, `only ${total}`);
  survived(total, "poisoned numbers");
});
