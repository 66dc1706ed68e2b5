// The end of a step that looks before it leaps: λ by the ratio of what the objective and the undamped model lost, and the
// length by backtracking. It pauses after each point, with parameters and state as they were before the step.
import type { Batch, Linearization } from "../../nn/linearization.ts";
import { dot } from "../../ops/vector.ts";
import { type DType, largestFinite } from "../../runtime/dtype.ts";
import type { InParts } from "../../runtime/parts.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { dampingFactor } from "../reduction_ratio.ts";
import { backtrack, type Trial } from "../trial.ts";
import type { WorkCount } from "./work.ts";

/** The line search of Martens' program. */
const LINE_SEARCH = Object.freeze({ sufficientDecrease: 1e-2, shrinkage: 0.8, attempts: 60 });

/** The batch of a step, with the part that its curvature is of, and the penalty at the start. */
export interface Samples {
  readonly batch: Batch;
  readonly lin: Linearization;
  readonly chunk: Batch | undefined;
  /** The linearization of the part, or that of the batch. */
  readonly part: Linearization;
  readonly penalty: number;
}

/** A change of the parameters, scale times direction, and what the undamped model of the objective says of it. */
export interface Proposal {
  readonly direction: Tensor;
  readonly scale: number;
  /** The model's change, negative. */
  readonly promised: number;
  /** The objective of the whole batch there, where it is known. */
  readonly value?: number;
  /** The iteration of the solver that it is from, where there was a choice. */
  readonly iteration?: number;
}

/** What became of a proposal. */
export interface Verdict {
  /** What multiplies the proposal; 0 for none of it. */
  readonly length: number;
  readonly ratio: number;
}

/** The objective of some samples at a point, counted. */
export function* visit(
  trial: Trial,
  work: WorkCount,
  batch: Batch,
  direction: Tensor,
  length: number,
): InParts<number> {
  work.evaluation(batch.input.shape[0]);
  return yield* trial.visit(direction, length, batch);
}

/** Finds how good a proposal is, and how much of it the line search takes, from `first` of it on. */
export function* judge(
  { batch, lin, chunk, part, penalty }: Samples,
  trial: Trial,
  gradient: Tensor,
  { direction, scale, promised, value }: Proposal,
  first: number,
  work: WorkCount,
): InParts<Verdict> {
  const before = lin.loss + penalty;
  const valueAt = (length: number): InParts<number> =>
    visit(trial, work, batch, direction, scale * length);
  const isWhole = chunk === undefined;
  let whole = value;
  if (whole === undefined && (isWhole || first === 1)) whole = yield* valueAt(1);
  const achieved = chunk
    ? (yield* visit(trial, work, chunk, direction, scale)) - (part.loss + penalty)
    : (whole as number) - before;
  const ratio = achieved > 0 ? -Infinity : achieved / promised;
  const slope = scale * dot(gradient, direction);
  const start = { length: first, value: first === 1 ? whole as number : yield* valueAt(first) };
  const { length } = yield* backtrack(valueAt, { value: before, slope }, start, LINE_SEARCH);
  return { length, ratio };
}

/** λ times a factor, or λ where products with that could overflow. */
export function dampingAfter(damping: number, factor: number, dtype: DType): number {
  const next = damping * factor;
  return next > 0 && next < Math.sqrt(largestFinite(dtype)) ? next : damping;
}

/** λ of the next step by the reduction ratio. */
export function adaptedDamping(
  damping: number,
  ratio: number,
  drop: number,
  dtype: DType,
): number {
  return dampingAfter(damping, dampingFactor(ratio, { shrinkage: drop, growth: 1 / drop }), dtype);
}
