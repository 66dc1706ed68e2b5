// Work that takes long for as long as one likes, of samples that are nowhere in memory.
import {
  type CurveFit,
  curveFitAsync,
  type Dataset,
  dense,
  type Model,
  sequential,
  sgd,
  squaredError,
  tanh,
  type TrainOptions,
} from "../../mod.ts";

/** Numbers from -1 to 1 without a pattern that a network could use. */
function scattered(index: number): number {
  const mixed = Math.imul(index ^ (index >>> 15), 0x2c1b3c6d);
  return (Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39) >>> 8) / 2 ** 23 - 1;
}

/** So many samples, each computed from its number. */
export function samples(size: number, inputs = 2): Dataset {
  const width = inputs + 1;
  return {
    size,
    inputShape: [inputs],
    targetShape: [1],
    fill: (rows, input, target) => {
      for (let i = 0; i < rows.length; i++) {
        for (let j = 0; j < inputs; j++) {
          input.data[i * inputs + j] = scattered(rows[i] * width + j);
        }
        if (target) target.data[i] = scattered(rows[i] * width + inputs);
      }
    },
  };
}

/** A network with one output. */
export function network(inputs = 2, units = 8): Model {
  return sequential({ input: [inputs], seed: 1 }, [dense(units), tanh(), dense(1)]);
}

/** Training of many small steps. */
export function longRun(model: Model, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model,
    loss: squaredError(),
    optimizer: sgd({ learningRate: 1e-3 }),
    data: samples(32),
    batchSize: 32,
    epochs: 2_000_000,
    ...more,
  };
}

/** A fit that never ends: the curve gets better whenever it is asked. */
export function endlessFit(signal: AbortSignal): Promise<CurveFit> {
  let asked = 0;
  const curve = () => 1 / ++asked;
  const jacobian = () => [1];
  const options = { start: [1], jacobian, maxIterations: Number.MAX_SAFE_INTEGER, signal };
  return curveFitAsync(curve, [0], [0], { ...options, tolerance: 1e-300 });
}
