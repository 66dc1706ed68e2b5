// Memory over time: steps take none, scopes give back what they own whatever happens, and growth of the one memory
// in the midst of anything invalidates nothing.
import { memoryUsage, type Optimizer, Scope, Tensor, zeros } from "../../mod.ts";
import { instance } from "../../src/runtime/instance.ts";
import { releaseWorkspace } from "../../src/runtime/memory.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TestRandom } from "../_support/random.ts";
import { survived } from "../_support/survived.ts";
import { METHODS } from "../optimizers/_methods.ts";
import { type Bits, difference, Training } from "./_training.ts";

const STEPS_EACH = 130;
const LEAST_STEPS = 2000;
const SETTLED = 3;
const UNWOUND_SCOPES = 1000;

let steps = 0;

test(`${LEAST_STEPS} steps take no memory beyond that of the first ones`, () => {
  releaseWorkspace();
  const baseline = memoryUsage().liveBytes;
  for (const [name, optimizer] of Object.entries(METHODS)) {
    const training = new Training(optimizer);
    for (let i = 0; i < SETTLED; i++) training.step();
    const settled = memoryUsage();
    for (let i = SETTLED; i < STEPS_EACH; i++) {
      training.step();
      const { liveBytes, liveBlocks, reservedBytes } = memoryUsage();
      const isSettled = liveBytes === settled.liveBytes && liveBlocks === settled.liveBlocks &&
        reservedBytes === settled.reservedBytes;
      ok(isSettled, `${name}, step ${i}: ${liveBytes - settled.liveBytes} bytes more`);
    }
    training[Symbol.dispose]();
    steps += STEPS_EACH;
  }
  releaseWorkspace();
  equal(memoryUsage().liveBytes, baseline, "bytes after everything was disposed");
  ok(steps >= LEAST_STEPS, `only ${steps} steps`);
  survived(steps, "training steps without growth of memory");
});

/** Parameters and state after some steps; memory grows before and after each of them. */
function trained(optimizer: Optimizer, grow: (step: number) => void): Bits {
  using training = new Training(optimizer);
  for (let i = 0; i < 6; i++) {
    grow(i);
    training.step();
  }
  grow(6);
  return training.bits();
}

test("growth of memory between any two steps changes no bit", () => {
  const { memory } = instance();
  for (const [name, optimizer] of Object.entries(METHODS)) {
    const expected = trained(optimizer, () => {});
    const found = trained(optimizer, (step) => void memory.grow(step % 2));
    ok(
      difference(found, expected) === undefined,
      `${name}: ${difference(found, expected)} differs`,
    );
  }
});

test("growth of memory invalidates no live tensor, though every view of it", () => {
  using scope = new Scope();
  const tensors = Array.from({ length: 20 }, (_, i) => {
    const t = scope.own(zeros([i + 1], { dtype: i % 2 ? "float64" : "float32" }));
    t.data.fill(i);
    return t;
  });
  for (const pages of [0, 1, 0, 3]) {
    const stale = tensors[3].data;
    instance().memory.grow(pages);
    equal(stale.length, 0, "the old view is detached");
    for (const [i, { data }] of tensors.entries()) ok(data.every((x) => x === i), `tensor ${i}`);
  }
});

test(`${UNWOUND_SCOPES} throws at random depths leave nothing behind`, () => {
  const random = new TestRandom(1);
  const baseline = memoryUsage();
  /** Owns, keeps and disposes at random, then fails or goes deeper. */
  const descend = (outer: Scope, depth: number): void => {
    using scope = new Scope();
    const count = 1 + random.below(4);
    for (let i = 0; i < count; i++) {
      const made = scope.own(new Tensor("float32", [1 + random.below(500)]));
      const fate = random.below(3);
      if (fate === 0) outer.own(scope.keep(made));
      if (fate === 1) made.dispose();
    }
    if (random.below(5) === 0 || depth > 8) throw new RangeError("Cannot go deeper: on purpose");
    descend(scope, depth + 1);
    descend(scope, depth + 1);
  };
  let thrown = 0;
  for (let i = 0; i < UNWOUND_SCOPES; i++) {
    try {
      using outermost = new Scope();
      descend(outermost, 0);
    } catch (error) {
      ok(error instanceof RangeError, `${error}`);
      thrown++;
    }
    const { liveBytes, liveBlocks } = memoryUsage();
    equal([liveBytes, liveBlocks], [baseline.liveBytes, baseline.liveBlocks], `run ${i}`);
  }
  equal(thrown, UNWOUND_SCOPES, "throws");
});
