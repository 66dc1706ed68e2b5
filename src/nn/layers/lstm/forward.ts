// The forward sweep of an LSTM and what the other sweeps need of it.
import { gemm } from "../../../ops/gemm.ts";
import { homogeneous, matrix } from "../../../ops/matrix.ts";
import { kernels } from "../../../runtime/instance.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { BindContext, Buffers } from "../layer.ts";
import type { SiteValues } from "../../sites/site.ts";
import { StepRows } from "./step_rows.ts";

/** Gates of a unit: i, f, g, o. */
export const GATES = 4;

/** The forward quantities of an LSTM on sequences of T steps. */
export class LstmForward {
  /** x (B, T, in). */
  readonly input: Tensor;
  /** W (4H, in + H + 1) = [W_x | W_h | bias]. */
  readonly weight: Tensor;
  /** H. */
  readonly units: number;
  /** T. */
  readonly steps: number;
  /** Columns of x. */
  readonly width: number;
  /** Rows [x_t, h_{t-1}] of the site (B, T, in + H). */
  readonly rows: StepRows;
  /** z (B, T, 4H). */
  readonly z: StepRows;
  /** What the gates gave, and tanh c behind it (B, T, 5H). */
  readonly gates: StepRows;
  /** c (B, T + 1, H), of which step 0 is the zero before the first. */
  readonly states: StepRows;
  /** h (B, T, H). */
  readonly hidden: StepRows;
  readonly #products: readonly (() => void)[];

  /** Plans buffers and products. */
  constructor({ input, weights: [weight], buffer }: BindContext, units: number) {
    const [batchSize, steps, width] = input.shape;
    const stepRows = (steps: number, width: number): StepRows =>
      new StepRows(buffer([batchSize, steps, width]));
    this.input = input;
    this.weight = weight;
    this.units = units;
    this.steps = steps;
    this.width = width;
    this.rows = stepRows(steps, width + units);
    this.z = stepRows(steps, GATES * units);
    this.gates = stepRows(steps, (GATES + 1) * units);
    this.states = stepRows(steps + 1, units);
    this.hidden = new StepRows(buffer([batchSize, steps, units], "output"));
    const transposed = matrix(weight).T;
    this.#products = Array.from({ length: steps }, (_, t) => {
      const [from, to] = [this.rows.matrix(t, 0, true), this.z.matrix(t)];
      return () => void gemm(from, transposed, to);
    });
  }

  /** The affine site: rows of sample n at n T to n T + T - 1. */
  get site(): SiteValues {
    return { inputs: homogeneous(this.rows.flat()), outputs: this.z.flat() };
  }

  /** Fills everything from the input. */
  run(): void {
    const { rows, z, gates, states, hidden, units, width, steps, input } = this;
    const { lstm_forward } = kernels(input.dtype);
    rows.setLeading(width, input);
    rows.clear(0, width);
    states.clear(0);
    for (const [t, product] of this.#products.entries()) {
      const isLast = t + 1 === steps;
      product();
      lstm_forward(
        input.shape[0],
        units,
        z.address(t),
        z.stride,
        gates.address(t),
        gates.stride,
        states.address(t),
        states.stride,
        hidden.address(t),
        hidden.stride,
        isLast ? hidden.address(t) : rows.address(t + 1, width),
        isLast ? hidden.stride : rows.stride,
      );
    }
  }

  /** Buffers for the steps of a sweep, all of them or one that serves each in turn. */
  stepRows(buffer: Buffers, steps: number, width: number): StepRows {
    return new StepRows(buffer([this.input.shape[0], steps, width]));
  }
}
