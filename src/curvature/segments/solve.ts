// Directions (F + ε I)⁻¹ v of all segments. Those side by side are solved a vector of them at a time, in the model's dtype; where
// its roundoff leaves nothing of a pivot, as in matrices of low rank, a segment is solved by itself in float64, with ten times
// the ε for as long as that does not suffice either.
import { DampedFactor } from "../../linalg/damped_factor.ts";
import { dot, scale, sum } from "../../ops/vector.ts";
import { trace } from "../../linalg/trace.ts";
import { type DType, machineEpsilon } from "../../runtime/dtype.ts";
import { instance, kernels } from "../../runtime/instance.ts";
import { wordView, workspace } from "../../runtime/memory.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { StoredGroup, StoredMatrices } from "./stored.ts";
import { indicesOf, isInLanes, type SegmentGroup } from "./group.ts";
import type { FieldSource } from "./source.ts";
import { solveBySamples } from "./solve_by_samples.ts";

/** How much ε grows from one attempt to the next. */
const GROWTH = 10;

/** What is solved: scale F + ε I. */
export interface SegmentDamping<E extends StoredGroup = StoredGroup> {
  /** Factor of the matrices. */
  readonly scale: number;
  /** ε for a group. */
  readonly epsilonOf: (stored: E) => number;
}

/** Makes working memory. */
export type MakeTensor = (size: number, dtype?: DType) => Tensor;

/** Solves the segments of some groups, with working memory that is planned once. */
export class SegmentSolver {
  readonly #groups: readonly SegmentGroup[];
  readonly #isLive: ReadonlyMap<SegmentGroup, readonly boolean[]>;
  readonly #field: Tensor;
  readonly #rows: Tensor;
  readonly #factor: Tensor;
  readonly #solution: Tensor;
  readonly #failed: Tensor;

  /** Plans for these groups. */
  constructor(groups: readonly SegmentGroup[], make: MakeTensor) {
    const length = Math.max(1, ...groups.map(({ source }) => source.length));
    const count = Math.max(1, ...groups.filter(isInLanes).map((group) => group.count));
    const size = Math.max(1, ...groups.map((group) => group.size));
    this.#groups = groups;
    const apart = groups.filter((group) => !isInLanes(group));
    this.#isLive = new Map(apart.map((group) => [group, livesOf(group)]));
    this.#field = make(length);
    this.#rows = make(Math.max(1, ...apart.map((group) => group.size * group.count)));
    this.#factor = make(size * size, "float64");
    this.#solution = make(size, "float64");
    this.#failed = make(Math.ceil(count / 2), "float64");
  }

  /** out (P) = (F + ε I)⁻¹ vector (P), segment by segment; returns how many needed another attempt. */
  solve<E extends StoredGroup>(
    stored: readonly E[],
    vector: Tensor,
    out: Tensor,
    damping: SegmentDamping<E>,
  ): number {
    let retried = 0;
    const sources = new Set<FieldSource>(this.#groups.map(({ source }) => source));
    for (const source of sources) {
      source.read(vector, this.#field);
      for (const entry of stored) {
        if (entry.group.source !== source) continue;
        const epsilon = damping.epsilonOf(entry);
        retried += this.#solveGroup(entry, damping.scale, epsilon);
      }
      source.write(this.#field, out);
    }
    return retried;
  }

  #solveGroup(entry: StoredGroup, factor: number, epsilon: number): number {
    if (!("samples" in entry)) {
      return isInLanes(entry.group)
        ? this.#solveLanes(entry, factor, epsilon)
        : this.#solveApart(entry, factor, epsilon);
    }
    return this.#eachApart(entry.group, (e, right) => solveBySamples(entry, e, right, epsilon));
  }

  #solveLanes({ group, matrices }: StoredMatrices, factor: number, epsilon: number): number {
    const { offset, stride, size, count } = group, { dtype } = matrices;
    const { segment_solve, segment_matrix } = kernels(dtype);
    const work = workspace(instance().exports.segment_solve_work_bytes(size));
    const x = this.#field.view([0], offset).pointer, failed = this.#failed.pointer;
    const full = this.#factor.view([size, size]);
    // deno-fmt-ignore
    const failures = segment_solve(size, count, factor, epsilon, matrices.pointer, x, stride, failed, work);
    for (const segment of wordView(failed, failures).slice()) {
      const place = offset + segment;
      const load = (): void =>
        segment_matrix(size, count, segment, factor, matrices.pointer, full.pointer);
      const right = this.#field.view([(size - 1) * stride + 1], place);
      this.#solveOne(load, right, stride, size, epsilon);
    }
    return failures;
  }

  #solveApart({ group, matrices }: StoredMatrices, factor: number, epsilon: number): number {
    const { size } = group, full = this.#factor.view([size, size]);
    return this.#eachApart(group, (e, right) => {
      const matrix = matrices.view([size, size], e * size * size);
      const load = (): void => {
        full.data.set(matrix.data);
        scale(factor, full);
      };
      return this.#solveOne(load, right, 1, size, epsilon);
    });
  }

  /** Has every segment's part of the field solved for; counts those that took more than one attempt. */
  #eachApart(group: SegmentGroup, solve: (e: number, right: Tensor) => number): number {
    const { offset, stride, size, count } = group, lives = this.#isLive.get(group) ?? [];
    const { transpose } = kernels(this.#field.dtype);
    const x = this.#field.view([0], offset).pointer, { pointer } = this.#rows;
    transpose(size, count, x, stride, pointer, size);
    let retried = 0;
    for (let e = 0; e < count; e++) {
      if (lives[e] && solve(e, this.#rows.view([size], e * size)) > 1) retried++;
    }
    transpose(count, size, pointer, size, x, stride);
    return retried;
  }

  /** Solves one segment in float64, entries of x `stride` elements apart; returns how many attempts it took. */
  #solveOne(load: () => void, x: Tensor, stride: number, size: number, epsilon: number): number {
    const full = this.#factor.view([size, size]), solution = this.#solution.view([size]);
    const factor = new DampedFactor(full, size);
    let attempts = 1;
    let damping = epsilon; // where it grew beyond all numbers, the direction is refused as not finite
    while (Number.isFinite(damping) && !isFactored(factor, load, full, damping)) {
      damping *= GROWTH;
      attempts++;
    }
    const { widen, narrow } = kernels(x.dtype), { pointer } = solution;
    widen(size, 1, x.pointer, stride, pointer, 1);
    factor.solve(solution);
    narrow(size, 1, pointer, x.pointer, stride);
    return attempts;
  }
}

/** Factors a matrix with a damping; says whether rounding left something of every pivot. */
function isFactored(
  factor: DampedFactor,
  load: () => void,
  full: Tensor,
  damping: number,
): boolean {
  load();
  const [size] = full.shape;
  // In JavaScript: the diagonal of one small matrix, beside its factorization.
  const diagonal = Array.from({ length: size }, (_, a) => full.data[a * (size + 1)]);
  if (factor.factor(full, damping) >= 0) return false;
  const least = size * machineEpsilon("float64") / 2, { data } = full;
  // In JavaScript: the same of its factor.
  const pivots = Array.from({ length: size }, (_, a) => data[a * (size + 1)]);
  return pivots.every((root, a) => root * root > least * (diagonal[a] + damping));
}

/** Which segments of a group have parameters. */
function livesOf(group: SegmentGroup): boolean[] {
  return Array.from({ length: group.count }, (_, e) => indicesOf(group, e).length > 0);
}

/** The mean over a group's parameters of the diagonals of its matrices. */
export function meanOfDiagonals(stored: StoredGroup, parameters: number): number {
  const { group, group: { size, count } } = stored;
  let total = 0;
  if ("samples" in stored) total = dot(stored.samples, stored.samples) / stored.divisor;
  else if (isInLanes(group)) {
    for (let a = 0; a < size; a++) {
      total += sum(stored.matrices.view([count], (a * (a + 3) / 2) * count));
    }
  } else {
    for (let e = 0; e < count; e++) {
      total += trace(stored.matrices.view([size, size], e * size * size));
    }
  }
  return total / parameters;
}
