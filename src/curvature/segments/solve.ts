// Directions (F + ε I)⁻¹ v of all segments. Those side by side are solved a vector of them at a time, in the model's dtype; where
// its roundoff leaves nothing of a pivot, as in matrices of low rank, a segment is solved by itself in float64, with ten times
// the ε for as long as that does not suffice either.
import { DampedFactor, factorScratch } from "../../linalg/damped_factor.ts";
import { scale, sum } from "../../ops/vector.ts";
import { trace } from "../../linalg/trace.ts";
import { type DType, machineEpsilon } from "../../runtime/dtype.ts";
import { instance, kernels } from "../../runtime/instance.ts";
import { wordView, workspace } from "../../runtime/memory.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { StoredGroup } from "./accumulate.ts";
import { indicesOf, isInLanes, type SegmentGroup } from "./group.ts";
import type { FieldSource } from "./source.ts";

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
        const solve = isInLanes(entry.group) ? this.#solveLanes : this.#solveApart;
        retried += solve.call(this, entry, damping.scale, epsilon);
      }
      source.write(this.#field, out);
    }
    return retried;
  }

  #solveLanes({ group, matrices }: StoredGroup, factor: number, epsilon: number): number {
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

  #solveApart({ group, matrices }: StoredGroup, factor: number, epsilon: number): number {
    const { offset, stride, size, count } = group;
    const { transpose } = kernels(matrices.dtype);
    const lives = this.#isLive.get(group) ?? [];
    const x = this.#field.view([0], offset).pointer, { pointer } = this.#rows;
    const full = this.#factor.view([size, size]);
    transpose(size, count, x, stride, pointer, size);
    let retried = 0;
    for (let e = 0; e < count; e++) {
      if (!lives[e]) continue;
      const matrix = matrices.view([size, size], e * size * size);
      const load = (): void => {
        full.data.set(matrix.data);
        scale(factor, full);
      };
      const right = this.#rows.view([size], e * size);
      if (this.#solveOne(load, right, 1, size, epsilon) > 1) retried++;
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
    factorScratch(); // before any view: memory may grow
    const from = x.data, to = solution.data;
    for (let a = 0; a < size; a++) to[a] = from[a * stride];
    factor.solve(solution);
    for (let a = 0; a < size; a++) from[a * stride] = to[a];
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
  const [size] = full.shape,
    diagonal = Array.from({ length: size }, (_, a) => full.data[a * (size + 1)]);
  if (factor.factor(full, damping) >= 0) return false;
  const least = size * machineEpsilon("float64") / 2, { data } = full;
  const pivots = Array.from({ length: size }, (_, a) => data[a * (size + 1)]);
  return pivots.every((root, a) => root * root > least * (diagonal[a] + damping));
}

/** Which segments of a group have parameters. */
function livesOf(group: SegmentGroup): boolean[] {
  return Array.from({ length: group.count }, (_, e) => indicesOf(group, e).length > 0);
}

/** The mean over a group's parameters of the diagonals of its matrices. */
export function meanOfDiagonals({ group, matrices }: StoredGroup, parameters: number): number {
  const { size, count } = group;
  if (!isInLanes(group)) {
    let total = 0;
    for (let e = 0; e < count; e++) total += trace(matrices.view([size, size], e * size * size));
    return total / parameters;
  }
  let total = 0;
  for (let a = 0; a < size; a++) total += sum(matrices.view([count], (a * (a + 3) / 2) * count));
  return total / parameters;
}
