// The end of a step that looks before it leaps: λ by the ratio of what the objective and the undamped model lost, and the
// length by backtracking. It pauses after each point, with parameters and state as they were before the step.
import type { Batch, Linearization } from "../../nn/linearization.ts";
import { dot } from "../../ops/vector.ts";
import { type DType, largestFinite } from "../../runtime/dtype.ts";
import type { InParts } from "../../runtime/parts.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { dampingFactor } from "../reduction_ratio.ts";
import type { Problem } from "../optimizer.ts";
import { backtrack, type Trial } from "../trial.ts";
import type { WorkCount } from "./work.ts";

/** The line search of Martens' program. */
const LINE_SEARCH = Object.freeze({ sufficientDecrease: 1e-2, shrinkage: 0.8, attempts: 60 });

/** What is looked at with which samples, and what it is at the start. */
export interface Samples {
  /** The samples that choose the iterate and the length. */
  readonly search: Looked;
  /** Those that the curvature is of, which the ratio is of too: the same object where they are the same. */
  readonly curvature: Looked;
}

/** Samples with the objective where the step begins. */
export interface Looked {
  readonly batch: Batch;
  readonly before: number;
}

/** What is looked at in a step: with the batch, or parts of it. The objective of a part for points is computed here. */
export function samplesOf(
  { model, loss, batch }: Problem,
  lin: Linearization,
  chunk: { readonly batch: Batch; readonly lin: Linearization } | undefined,
  searched: Batch | undefined,
  penalty: number,
  work: WorkCount,
): Samples {
  const whole = { batch, before: lin.loss + penalty };
  const curvature = chunk ? { batch: chunk.batch, before: chunk.lin.loss + penalty } : whole;
  if (!searched) return { search: whole, curvature };
  using start = model.linearize(loss, searched);
  work.evaluation(start.batchSize);
  return { search: { batch: searched, before: start.loss + penalty }, curvature };
}

/** A change of the parameters, scale times direction, and what the undamped model of the objective says of it. */
export interface Proposal {
  readonly direction: Tensor;
  readonly scale: number;
  /** The model's change, negative. */
  readonly promised: number;
  /** The objective there of the samples that points are looked at with, where it is known. */
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
  { search, curvature }: Samples,
  trial: Trial,
  gradient: Tensor,
  { direction, scale, promised, value }: Proposal,
  first: number,
  work: WorkCount,
): InParts<Verdict> {
  const valueAt = (length: number): InParts<number> =>
    visit(trial, work, search.batch, direction, scale * length);
  const isOne = curvature === search;
  let full = value;
  if (full === undefined && (isOne || first === 1)) full = yield* valueAt(1);
  const reached = isOne
    ? full as number
    : yield* visit(trial, work, curvature.batch, direction, scale);
  const achieved = reached - curvature.before;
  const ratio = achieved > 0 ? -Infinity : achieved / promised;
  // A direction that leads up, as a warm start can leave one, is no leave for the objective to rise.
  const slope = Math.min(0, scale * dot(gradient, direction));
  const start = { length: first, value: first === 1 ? full as number : yield* valueAt(first) };
  const { length } = yield* backtrack(valueAt, { value: search.before, slope }, start, LINE_SEARCH);
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
