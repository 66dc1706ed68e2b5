// Recurrent networks and their twins among the oracles.
import {
  dense,
  type DType,
  lastStep,
  type Layer,
  lstm,
  type Model,
  sequential,
} from "../../mod.ts";
import { type LstmNet, lstmParameters, type LstmTrace, runLstm } from "../oracles/lstm.ts";
import type { LossOracle } from "../oracles/loss_derivatives.ts";
import type { Rows } from "../oracles/matrices.ts";
import { randomRows } from "../_support/twins.ts";

/** Time steps of the networks below. */
export const STEPS = 4;

/** Stacks with outputs at each step and at the last one. */
export const LSTMS: Readonly<Record<string, LstmNet>> = {
  "one layer, every step": { features: 3, units: [5], lastStep: false, outputs: 2 },
  "one layer, one step of output": { features: 1, units: [2], lastStep: true, outputs: 3 },
  "three layers, every step": { features: 2, units: [3, 2, 4], lastStep: false, outputs: 3 },
  "three layers, last step": { features: 2, units: [3, 4, 2], lastStep: true, outputs: 2 },
};

/** The model of an oracle's network, on sequences of `steps` steps. */
export function modelOf(
  { features, units, lastStep: takesLast, outputs }: LstmNet,
  dtype: DType,
  steps = STEPS,
): Model {
  const layers: Layer[] = units.map((count) => lstm(count));
  if (takesLast) layers.push(lastStep());
  return sequential({ input: [steps, features], dtype, seed: 7 }, [...layers, dense(outputs)]);
}

/** Sequences as rows of steps, sample by sample. */
export function sequences(seed: number, samples: number, { features }: LstmNet): Rows[] {
  return Array.from({ length: samples }, (_, n) => randomRows(seed + n, STEPS, features));
}

/** What the oracle says about a batch. */
export interface LstmOracle {
  readonly loss: number;
  readonly outputs: Rows;
  /** (1/B) Σ Jᵀ dl/dz. */
  readonly gradient: number[];
  /** The outputs' derivatives in the parameters, a row for each output of each sample. */
  readonly jacobian: Rows;
  /** (1/B) Σ Jᵀ H J. */
  gaussNewton(): Rows;
  /** A, Z and G of every site. */
  readonly sites: readonly { inputs: Rows; outputs: Rows; outputGradients: Rows }[];
}

/** Runs a batch of sequences; targets are rows of steps like the outputs. The loss of a sample is summed over steps. */
export function evaluateLstm(
  net: LstmNet,
  loss: LossOracle,
  theta: ArrayLike<number>,
  x: readonly Rows[],
  y: readonly Rows[],
): LstmOracle {
  const traces = x.map((sample) => runLstm(net, theta, sample));
  const size = lstmParameters(net);
  const perSample = traces.map((trace, n) => chainRule(trace, loss, y[n]));
  const mean = (pick: (sample: SampleDerivatives) => number): number =>
    perSample.reduce((sum, sample) => sum + pick(sample), 0) / x.length;
  const parameters = Array.from({ length: size }, (_, i) => i);
  return {
    loss: mean((sample) => sample.loss),
    outputs: traces.flatMap(({ outputs }) => outputs.map((row) => row.map(({ value }) => value))),
    gradient: parameters.map((i) => mean(({ slopes }) => slopes[i])),
    jacobian: traces.flatMap(({ outputs }) =>
      outputs.flatMap((row) => row.map(({ slopes }) => [...slopes.subarray(0, size)]))
    ),
    gaussNewton: () => {
      const curved = traces.map((trace, n) => curvature(trace, loss, y[n], size));
      return parameters.map((i) =>
        parameters.map((j) => curved.reduce((sum, at) => sum + at(i, j), 0) / x.length)
      );
    },
    sites: [...net.units, net.outputs].map((_, site) => ({
      inputs: traces.flatMap((trace) => trace.inputs[site]),
      outputs: traces.flatMap(({ z }) => z[site].map((row) => row.map(({ value }) => value))),
      outputGradients: traces.flatMap(({ z, places }, n) =>
        places[site].map((place, t) => z[site][t].map((_, r) => perSample[n].slopes[place + r]))
      ),
    })),
  };
}

interface SampleDerivatives {
  readonly loss: number;
  /** Derivatives of the loss in all variables. */
  readonly slopes: Float64Array;
}

function chainRule({ outputs }: LstmTrace, loss: LossOracle, y: Rows): SampleDerivatives {
  const z = outputs.map((row) => row.map(({ value }) => value));
  const total = new Float64Array(outputs[0][0].slopes.length);
  for (const [t, row] of outputs.entries()) {
    const gradient = loss.gradient(z[t], y[t]);
    for (const [k, { slopes }] of row.entries()) {
      slopes.forEach((slope, i) => total[i] += gradient[k] * slope);
    }
  }
  return { loss: z.reduce((sum, row, t) => sum + loss.value(row, y[t]), 0), slopes: total };
}

/** The elements of Jᵀ H J of one sample. */
function curvature(
  { outputs }: LstmTrace,
  loss: LossOracle,
  y: Rows,
  size: number,
): (i: number, j: number) => number {
  const pushed = Array.from(
    { length: size },
    (_, j) =>
      outputs.flatMap((row, t) =>
        loss.hessianProduct(
          row.map(({ value }) => value),
          y[t],
          row.map(({ slopes }) => slopes[j]),
        )
      ),
  );
  const flat = outputs.flat();
  return (i, j) => flat.reduce((sum, { slopes }, k) => sum + slopes[i] * pushed[j][k], 0);
}
