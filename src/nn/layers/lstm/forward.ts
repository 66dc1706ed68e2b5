// The forward sweep of an LSTM and what the other sweeps need of it.
import { homogeneous } from "../../../ops/matrix.ts";
import { instance, kernels } from "../../../runtime/instance.ts";
import { workspace } from "../../../runtime/memory.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { BindContext, Buffers } from "../layer.ts";
import type { SiteValues } from "../../sites/site.ts";

/** Gates of a unit: i, f, g, o. */
export const GATES = 4;

/** Scratch of a sweep, whose products are made within its kernel. */
export function sweepScratch(): number {
  return workspace(instance().exports.gemm_work_bytes());
}

/** The rows of all steps, sample by sample, of a tensor (B, T, width). */
export function flat(tensor: Tensor): Tensor {
  const [batchSize, steps, width] = tensor.shape;
  return tensor.view([batchSize * steps, width]);
}

/** Samples, steps, columns of x and units, as every sweep's kernel takes them. */
export type Extents = readonly [samples: number, steps: number, width: number, units: number];

/** The forward quantities of an LSTM on sequences of T steps. */
export class LstmForward {
  /** x (B, T, in). */
  readonly input: Tensor;
  /** W (4H, in + H + 1) = [W_x | W_h | bias]. */
  readonly weight: Tensor;
  /** B, T, in and H. */
  readonly extents: Extents;
  /** Rows [x_t, h_{t-1}] of the site (B, T, in + H). */
  readonly rows: Tensor;
  /** z (B, T, 4H). */
  readonly z: Tensor;
  /** What the gates gave, and tanh c behind it (B, T, 5H). */
  readonly gates: Tensor;
  /** c (B, T + 1, H), of which step 0 is the zero before the first. */
  readonly states: Tensor;
  /** h (B, T, H). */
  readonly hidden: Tensor;
  /** How h changes along the tangent whose sweep ran last (B, T, H); undefined where it does not. */
  hiddenTangent: Tensor | undefined;
  readonly #hiddenDamping: BindContext["hiddenDamping"];

  /** Plans buffers. */
  constructor({ input, weights: [weight], buffer, hiddenDamping }: BindContext, units: number) {
    this.#hiddenDamping = hiddenDamping;
    const [batchSize, steps, width] = input.shape;
    this.input = input;
    this.weight = weight;
    this.extents = [batchSize, steps, width, units];
    this.rows = this.steps(buffer, width + units);
    this.z = this.steps(buffer, GATES * units);
    this.gates = this.steps(buffer, (GATES + 1) * units);
    this.states = this.steps(buffer, units, steps + 1);
    this.hidden = buffer([batchSize, steps, units], "output");
  }

  /** The affine site: rows of sample n at n T to n T + T - 1. */
  get site(): SiteValues {
    return { inputs: homogeneous(flat(this.rows)), outputs: flat(this.z) };
  }

  /** Fills everything from the input. */
  run(): void {
    const { input, weight, extents, rows, z, gates, states, hidden } = this;
    kernels(input.dtype).lstm_forward(
      ...extents,
      input.pointer,
      weight.pointer,
      rows.pointer,
      z.pointer,
      gates.pointer,
      states.pointer,
      hidden.pointer,
      sweepScratch(),
    );
  }

  /** Adds to the cotangent of h what damps its change, in a reverse sweep that is to. */
  damp(outputCotangent: Tensor): void {
    const add = this.#hiddenDamping();
    if (add && this.hiddenTangent) add(this.hiddenTangent, outputCotangent);
  }

  /** A buffer for the steps of a sweep, by default as many as the sequence has. */
  steps(buffer: Buffers, width: number, steps: number = this.extents[1]): Tensor {
    return buffer([this.extents[0], steps, width]);
  }
}
