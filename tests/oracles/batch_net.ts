// Steps that see a whole batch: the batch counts as the one sample of a `SmallNet`, its samples one after the other.
import {
  add,
  constant,
  type HyperDual,
  inverseRoot,
  multiply,
  subtract,
  sum,
} from "./hyper_dual.ts";
import type { SmallLoss, Step } from "./small_net.ts";

/** A step on each of so many parts of the batch: its samples, or their positions. */
export function eachPart(step: Step, parts: number): Step {
  return (x, theta) => {
    const width = x.length / parts;
    return Array.from({ length: parts }, (_, n) => n)
      .flatMap((n) => step(x.slice(n * width, (n + 1) * width), theta, n));
  };
}

/** The sum of the samples' losses. */
export function summedLoss(loss: SmallLoss, samples: number): SmallLoss {
  return (z, y) => {
    const [outputs, targets] = [z.length / samples, y.length / samples];
    return sum(
      Array.from(
        { length: samples },
        (_, n) =>
          loss(z.slice(n * outputs, (n + 1) * outputs), y.slice(n * targets, (n + 1) * targets)),
      ),
    );
  };
}

/** y = γ (x - mean) / √(variance + ε) + β of each channel over the batch, [γ | β] at an offset. */
export function batchNormStep(offset: number, channels: number, epsilon: number): Step {
  return (x, theta) => {
    const result = new Array<HyperDual>(x.length);
    const share = constant(channels / x.length);
    for (let c = 0; c < channels; c++) {
      const run = x.filter((_, i) => i % channels === c);
      const mean = multiply(share, sum(run));
      const centred = run.map((a) => subtract(a, mean));
      const variance = multiply(share, sum(centred.map((a) => multiply(a, a))));
      const scale = multiply(theta[offset + 2 * c], inverseRoot(add(variance, constant(epsilon))));
      for (const [i, a] of centred.entries()) {
        result[i * channels + c] = add(multiply(scale, a), theta[offset + 2 * c + 1]);
      }
    }
    return result;
  };
}
