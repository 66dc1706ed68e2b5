// Sequences of unequal lengths in one batch. Every sample takes T steps in memory; those beyond its length are padding.
//
// Nothing of the padding reaches a result: its inputs are set to zero, layers that act step by step let valid steps see
// valid ones only, and outputs, tangents and cotangents of padding are set to zero. What counts rows, the losses, the sites
// and the moments that methods take of them, sees the valid steps alone, packed one after the other: as samples come
// first in memory, the valid steps of a sample are one run.
import { moveRuns, type Moves } from "../../ops/runs.ts";
import { fill } from "../../ops/vector.ts";
import { Matrix } from "../../ops/matrix.ts";
import { checkWhole, describe } from "../../runtime/arguments.ts";
import type { DType } from "../../runtime/dtype.ts";
import type { Resource } from "../../runtime/scope.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import { lend, type Tensor } from "../../tensor/tensor.ts";
import { BufferPool } from "./buffer_pool.ts";
import type { Layer } from "../layers/layer.ts";

/** Which quantities of a model belong to time steps. */
export interface StepPlan {
  /** T. */
  readonly steps: number;
  /** Uses of sites before the last step is taken: their rows are steps. */
  readonly stepwiseUses: number;
  /** True when no layer takes the last step, so that outputs and targets are (B, T, …). */
  readonly isOutputStepwise: boolean;
}

/** Follows the time steps through the layers; refuses a model in which steps meet. */
export function planSteps(action: string, layers: readonly Layer[], input: Shape): StepPlan {
  const isSequence = input.length > (layers[0]?.indexCount === undefined ? 1 : 0);
  if (!isSequence) refuse(action, "the model takes no sequences (steps, …)");
  let shape = input;
  let stepwiseUses = 0;
  for (const [i, layer] of layers.entries()) {
    if (layer.steps === "last") return { steps: input[0], stepwiseUses, isOutputStepwise: false };
    if (layer.steps !== "each") refuse(action, `layer ${i + 1}, ${layer.kind}, mixes time steps`);
    const sites = layer.sites(shape);
    if (sites.some(({ positions }) => positions !== input[0])) {
      refuse(action, `layer ${i + 1}, ${layer.kind}, has parameters that do not act at each step`);
    }
    stepwiseUses += sites.length;
    shape = layer.outputShape(shape);
  }
  return { steps: input[0], stepwiseUses, isOutputStepwise: true };
}

function refuse(action: string, why: string): never {
  throw new TypeError(`Cannot ${action} with lengths: ${why}`);
}

/** Refuses what are not the lengths of `batchSize` sequences of up to `steps` steps. */
export function checkLengths(
  action: string,
  lengths: unknown,
  batchSize: number,
  steps: number,
): asserts lengths is ArrayLike<number> {
  if (!Array.isArray(lengths) && !(ArrayBuffer.isView(lengths) && "length" in lengths)) {
    throw new TypeError(
      `Cannot ${action}: the lengths must be an array or typed array, not ${describe(lengths)}`,
    );
  }
  const given = lengths as ArrayLike<number>;
  if (given.length !== batchSize) {
    throw new TypeError(
      `Cannot ${action}: there are ${given.length} lengths for ${batchSize} samples`,
    );
  }
  for (let n = 0; n < batchSize; n++) checkWhole(action, `length ${n}`, given[n], 1, steps);
}

/** The valid steps of one batch. */
export class Packing implements Resource {
  readonly #lengths: Uint32Array;
  /** Numbers of the valid steps among all (B T), then those of padding. */
  readonly #steps: Uint32Array;
  readonly #pool: BufferPool;
  readonly #plan: StepPlan;
  #count = 0;

  /** Plans for batches of one size. */
  constructor(dtype: DType, batchSize: number, plan: StepPlan) {
    this.#pool = new BufferPool(dtype);
    this.#lengths = new Uint32Array(batchSize);
    this.#steps = new Uint32Array(batchSize * plan.steps);
    this.#plan = plan;
  }

  /** Takes lengths that were checked. */
  setLengths(lengths: ArrayLike<number>): void {
    this.#lengths.set(lengths);
    this.#count = this.#lengths.reduce((sum, length) => sum + length, 0);
    const { steps } = this.#plan;
    let valid = 0, padding = this.#count;
    for (const [n, length] of this.#lengths.entries()) {
      for (let t = 0; t < steps; t++) {
        this.#steps[t < length ? valid++ : padding++] = n * steps + t;
      }
    }
  }

  /** Which quantities belong to steps. */
  get plan(): StepPlan {
    return this.#plan;
  }

  /** Valid steps of all samples. */
  get count(): number {
    return this.#count;
  }

  /** Valid steps of every sample. */
  get lengths(): ArrayLike<number> {
    return this.#lengths;
  }

  /** The first of a sample's valid steps among those of all; the number of all for the sample behind the last. */
  firstStep(sample: number): number {
    return this.#lengths.subarray(0, sample).reduce((sum, length) => sum + length, 0);
  }

  /** Valid steps of one sample. */
  lengthOf(sample: number): number {
    return this.#lengths[sample];
  }

  /** Sets what a tensor (B, T, …) holds at padding to zero. */
  clearPadding(t: Tensor): void {
    const to = this.#steps.subarray(this.#count);
    moveRuns({ count: to.length, width: t.size / this.#steps.length, to }, undefined, t);
  }

  /** Refuses what is not a tensor (B, T, …). */
  #check({ shape }: Tensor): void {
    const [batchSize, steps] = [this.#lengths.length, this.#plan.steps];
    if (shape[0] === batchSize && shape[1] === steps) return;
    throw new TypeError(
      `Cannot count the steps of sequences in a tensor of ${formatShape(shape)}: it must be ` +
        `(${batchSize}, ${steps}, …)`,
    );
  }

  /** The valid steps of a tensor (B, T, …), in a buffer of that name: (count, …). */
  pack(t: Tensor, name: string): Tensor {
    this.#check(t);
    return this.#take(t, this.buffer(t.shape.slice(2), name));
  }

  /** The valid rows of a matrix (B T, columns) in memory. */
  packRows(rows: Matrix, name: string): Matrix {
    const { tensor, storedColumns, heldColumns, hasOnes } = rows;
    if (heldColumns === 0) return new Matrix(tensor, this.#count, storedColumns, 0, hasOnes);
    const packed = this.#take(tensor, this.buffer([heldColumns], name));
    return new Matrix(packed, this.#count, storedColumns, heldColumns, hasOnes);
  }

  /** A buffer for one row (…shape) of every valid step. */
  buffer(shape: Shape, name: string): Tensor {
    const rows = this.#lengths.length * this.#plan.steps;
    const whole = this.#pool.plan()([rows, ...shape], name);
    return lend(whole.view([this.#count, ...shape]), "a model");
  }

  /** Writes packed rows to the valid steps of a tensor (B, T, …), or only to step `only`; zero elsewhere. */
  unpack(packed: Tensor, out: Tensor, only?: number): void {
    this.#check(out);
    fill(out, 0);
    const width = packed.size / this.#count;
    if (only === undefined) moveRuns({ count: this.#count, width, to: this.#steps }, packed, out);
    else moveRuns({ width, ...this.#places(only) }, packed, out);
  }

  /** Kernel memory of the buffers. */
  get bytes(): number {
    return this.#pool.bytes;
  }

  /** Gives the buffers back. */
  dispose(): void {
    this.#pool.dispose();
  }

  /** The valid steps of a tensor (B, T, …), one after the other. */
  #take(t: Tensor, packed: Tensor): Tensor {
    const width = packed.size / this.#count;
    return moveRuns({ count: this.#count, width, from: this.#steps }, t, packed);
  }

  /** Where step `only` of the samples that have it lies, packed and among all steps. */
  #places(only: number): Pick<Moves, "count" | "from" | "to"> {
    const from: number[] = [], to: number[] = [];
    let first = 0;
    for (const [n, length] of this.#lengths.entries()) {
      if (only < length) {
        from.push(first + only);
        to.push(n * this.#plan.steps + only);
      }
      first += length;
    }
    return { count: from.length, from: Uint32Array.from(from), to: Uint32Array.from(to) };
  }
}
