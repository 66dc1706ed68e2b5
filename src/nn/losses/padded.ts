import { formatShape, sameShape, type Shape } from "../../tensor/shape.ts";
import { filled } from "../../tensor/result.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Packing } from "../pass/packing.ts";
import type { HessianRoot, Loss } from "./loss.ts";

/**
 * A loss of outputs (B, T, …) that counts valid steps alone: the loss of a sample is the sum over them. It calls the
 * loss that it is made from on those, packed, so what stands at padding is never read; what it writes there is zero.
 */
export function paddedLoss(loss: Loss, packing: Packing): Loss {
  const { name, isConvex, hasUnitHessian = false, hessianRoot, residuals, sample } = loss;
  const pair = (z: Tensor, y: Tensor): [Tensor, Tensor] => [
    packing.pack(z, "outputs"),
    packing.pack(y, "targets"),
  ];
  return Object.freeze(
    {
      name,
      isConvex,
      isSumOverSteps: true,
      hasUnitHessian,
      checkTarget: (output, target) => checkStepTarget(loss, output, target, packing.lengths),
      evaluate: (z, y, gradient) => {
        const [outputs, targets] = pair(z, y);
        if (!gradient) return loss.evaluate(outputs, targets);
        const packed = packing.buffer(z.shape.slice(2), "gradients");
        const sum = loss.evaluate(outputs, targets, packed);
        packing.unpack(packed, gradient);
        return sum;
      },
      hessianProduct: (z, y, u, out) => {
        const [outputs, targets] = pair(z, y);
        const product = packing.buffer(z.shape.slice(2), "products");
        loss.hessianProduct(outputs, targets, packing.pack(u, "gradients"), product);
        packing.unpack(product, out);
      },
      ...(hessianRoot && {
        hessianRoot: (z: Tensor, y: Tensor): HessianRoot => {
          const shape = z.shape.slice(2);
          const root = hessianRoot(...pair(z, y), packing.buffer(shape, "roots"));
          return (column, out) => {
            const packed = packing.buffer(shape, "gradients");
            const width = packed.size / packing.count;
            root(column % width, packed);
            packing.unpack(packed, out, Math.floor(column / width));
          };
        },
      }),
      ...(residuals && {
        residuals: (z: Tensor, y: Tensor, out: Tensor): void => {
          const [outputs, targets] = pair(z, y);
          using packed = new Tensor(out.dtype, outputs.shape);
          residuals(outputs, targets, packed);
          packing.unpack(packed, out);
        },
      }),
      ...(sample && {
        sample: (z: Tensor, key): Tensor => {
          using drawn = sample(packing.pack(z, "outputs"), key);
          const shape = [...z.shape.slice(0, 2), ...drawn.shape.slice(1)];
          return filled(new Tensor(z.dtype, shape), (target) => packing.unpack(drawn, target));
        },
      }),
    } satisfies Loss,
  );
}

/** Refuses a loss that is no sum over steps: it says nothing of sequences that end before others do. */
export function checkCountsSteps({ name, isSumOverSteps }: Loss): void {
  if (isSumOverSteps) return;
  throw new TypeError(
    `Cannot evaluate ${name} on sequences of unequal lengths: it is no sum over their steps`,
  );
}

/** Refuses targets (B, T, …) that do not suit outputs (B, T, …) or whose valid steps have no meaning for the loss. */
export function checkStepTarget(
  loss: Loss,
  output: Shape,
  target: Tensor,
  lengths: ArrayLike<number>,
): void {
  const { shape, size } = target;
  if (shape.length < 2 || !sameShape(shape.slice(0, 2), output.slice(0, 2))) {
    throw new TypeError(
      `Cannot evaluate ${loss.name} at the steps of sequences: outputs have shape ${
        formatShape(output)
      }, targets ${formatShape(shape)}`,
    );
  }
  for (let n = 0; n < lengths.length; n++) {
    const steps = target.view([lengths[n], ...shape.slice(2)], n * size / lengths.length);
    loss.checkTarget([lengths[n], ...output.slice(2)], steps);
  }
}
