// One run of the Hessian-free bench: steps until its processor seconds are spent, judged on the way.
import process from "node:process";
import {
  evaluate,
  type Model,
  NonFiniteError,
  sequential,
  type StepReport,
  zeros,
} from "../../mod.ts";
import { Batches, subset, type TrainTest } from "../../data.ts";
import type { Method } from "./hessian_free_methods.ts";
import type { Problem } from "./hessian_free_problems.ts";
import type { Settings } from "./moving_grid.ts";

/** Loss and metric are taken on so many of the first training and of the first test samples. */
const JUDGED = 1000;
/** Judgements that a run's seconds are divided by. */
const JUDGEMENTS = 20;
/** Steps that are judged in any case: these times powers of ten. */
const ROUND = [1, 2, 3, 5, 7];

/** How a run stands after some steps. */
export interface Point {
  readonly step: number;
  /** Processor seconds of training. */
  readonly seconds: number;
  /** Passes over samples in units of the problem's batch: gradients, products and losses count alike. */
  readonly gradients: number;
  readonly train: number;
  readonly test: number;
  /** The problem's metric on test samples. */
  readonly metric: number;
}

/** What is kept of a run. */
export interface Run {
  readonly points: readonly Point[];
  /** Names of the sites of each block that has solves. */
  readonly blocks: readonly (readonly string[])[];
  /** For each step the iterations of each block. */
  readonly iterations: readonly (readonly number[])[];
  /** Steps that were not taken since the loss would have risen. */
  readonly refused: number;
  /** Why the run ended early. */
  readonly failure?: string;
}

/** Where a run starts and when it ends. */
export interface Course {
  readonly seed: number;
  /** Processor seconds after which no step begins. */
  readonly seconds: number;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function isRound(step: number): boolean {
  const power = 10 ** Math.floor(Math.log10(step));
  return ROUND.includes(step / power);
}

/** Notes points of one run. */
class Judge {
  readonly points: Point[] = [];
  readonly #problem: Problem;
  readonly #samples: TrainTest;

  constructor(problem: Problem, { train, test }: TrainTest) {
    this.#problem = problem;
    this.#samples = {
      train: subset(train, 0, Math.min(JUDGED, train.size)),
      test: subset(test, 0, Math.min(JUDGED, test.size)),
    };
  }

  note(model: Model, at: Pick<Point, "step" | "seconds" | "gradients">): void {
    const { loss, metric } = this.#problem, metrics = [metric()];
    const train = evaluate(model, loss, this.#samples.train, { batchSize: 500 });
    const test = evaluate(model, loss, this.#samples.test, { batchSize: 500, metrics });
    this.points.push({
      ...at,
      train: train.loss,
      test: test.loss,
      metric: test[metrics[0].name],
    });
  }
}

/** Trains by one setting of a method. */
export function follow(
  problem: Problem,
  samples: TrainTest,
  method: Method,
  settings: Settings,
  { seed, seconds: budget }: Course,
): Run {
  const { layers, loss } = problem, { train } = samples, { batchParts = 1 } = method;
  const optimizer = method.make(settings), batchSize = problem.batchSize / batchParts;
  using model = sequential({ input: train.inputShape, seed }, layers());
  using input = zeros([batchSize, ...train.inputShape]);
  using target = zeros([batchSize, ...train.targetShape]);
  const batches = new Batches(train.size, { batchSize, seed });
  const judge = new Judge(problem, samples), iterations: number[][] = [];
  let seconds = 0, gradients = 0, refused = 0, last = 0, failure: string | undefined;
  let blocks: readonly (readonly string[])[] = [];
  judge.note(model, { step: 0, seconds, gradients });
  using state = optimizer.init(model);
  const take = (): StepReport => {
    train.fill(batches.next(), input, target);
    const before = processorSeconds();
    try {
      return optimizer.step(state, { model, loss, batch: { input, target } });
    } finally {
      seconds += processorSeconds() - before;
    }
  };
  try {
    for (let step = 1; seconds < budget; step++) {
      const { work, solves = [], accepted = true } = take();
      gradients += (work?.samples ?? (method.gradients ?? 1) * batchSize) / problem.batchSize;
      if (solves.length > 0) iterations.push(solves.map((solve) => solve.iterations));
      blocks = solves.map(({ sites }) => sites);
      if (!accepted) refused++;
      if (!isRound(step) && seconds - last < budget / JUDGEMENTS && seconds < budget) continue;
      judge.note(model, { step, seconds, gradients });
      last = seconds;
    }
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    failure = error.message;
  }
  const { points } = judge;
  return { points, blocks, iterations, refused, ...failure !== undefined && { failure } };
}

/** The last point that a run has reached within its seconds. */
export function pointAt({ points }: Run, seconds: number): Point {
  return points.findLast((point) => point.seconds <= seconds) ?? points[0];
}

/** Training loss when its seconds were spent; infinite where the run failed. */
export function scoreOf(run: Run, seconds: number): number {
  return run.failure === undefined ? pointAt(run, seconds).train : Infinity;
}
