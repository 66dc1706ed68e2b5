// ½ w ‖z - y‖² with a weight w for each sample of one batch.
import { squaredError } from "../../nn/losses/elementwise.ts";
import type { Loss } from "../../nn/losses/loss.ts";

/** The loss for batches of as many samples as there are roots √w (B), in their order. */
export function weightedSquaredError(roots: Float64Array): Loss {
  const { checkTarget } = squaredError();
  const count = roots.length;
  return Object.freeze(
    {
      name: "squaredError, weighted",
      isConvex: true,
      checkTarget,
      evaluate: ({ data: z }, { data: y }, gradient) => {
        const width = z.length / count, g = gradient?.data;
        let total = 0;
        for (let n = 0, i = 0; n < count; n++) {
          const weight = roots[n] * roots[n];
          for (let k = 0; k < width; k++, i++) {
            const r = z[i] - y[i];
            total += weight * r * r;
            if (g) g[i] = weight * r;
          }
        }
        return total / 2;
      },
      hessianProduct: (_z, _y, { data: u }, { data: out }) => {
        const width = u.length / count;
        for (let n = 0, i = 0; n < count; n++) {
          const weight = roots[n] * roots[n];
          for (let k = 0; k < width; k++, i++) out[i] = weight * u[i];
        }
      },
      hessianRoot: () => (column, { data: out }) => {
        const width = out.length / count;
        out.fill(0);
        for (let n = 0; n < count; n++) out[n * width + column] = roots[n];
      },
    } satisfies Loss,
  );
}
