// Layers and losses of a user's own, right ones and parts that are wrong on purpose.
import type { LossDefinition } from "../../mod.ts";
import type { LayerDefinition } from "../../layers.ts";

/** y = tanh(W x) + b, elementwise, W square so that its transpose fits too. */
export function mixing(size: number): LayerDefinition {
  const each = [...Array(size).keys()];
  return {
    name: "mixing",
    outputShape: (input) => input,
    parameters: () => [
      { name: "weight", shape: [size, size], initial: ({ weight }) => fillUnevenly(weight.data) },
      { name: "shift", shape: [size], initial: 0.25 },
    ],
    forward: ({ x, parameters: { weight, shift } }, y) => {
      for (const i of each) {
        let z = 0;
        for (const j of each) z += weight[i * size + j] * x[j];
        y[i] = Math.tanh(z) + shift[i];
      }
    },
    vjp: ({ x, parameters: { weight, shift }, y }, dy, out) => {
      for (const i of each) {
        const t = y[i] - shift[i];
        const dz = (1 - t * t) * dy[i];
        out.parameters.shift[i] = dy[i];
        for (const j of each) {
          out.parameters.weight[i * size + j] = dz * x[j];
          out.x[j] += weight[i * size + j] * dz;
        }
      }
    },
    jvp: ({ x, parameters: { weight, shift }, y }, tangent, dy) => {
      for (const i of each) {
        const t = y[i] - shift[i];
        let dz = 0;
        for (const j of each) {
          dz += weight[i * size + j] * tangent.x[j] +
            tangent.parameters.weight[i * size + j] * x[j];
        }
        dy[i] = (1 - t * t) * dz + tangent.parameters.shift[i];
      }
    },
    secondOrder: ({ x, parameters: { weight, shift }, y }, { dy, tangent, change }, out) => {
      for (const i of each) {
        const t = y[i] - shift[i];
        let moved = 0;
        for (const j of each) {
          moved += weight[i * size + j] * tangent.x[j] +
            tangent.parameters.weight[i * size + j] * x[j];
        }
        const dz = (1 - t * t) * dy[i];
        const changed = (1 - t * t) * change[i] - 2 * t * (1 - t * t) * moved * dy[i];
        out.parameters.shift[i] = change[i];
        for (const j of each) {
          out.parameters.weight[i * size + j] = changed * x[j] + dz * tangent.x[j];
          out.x[j] += weight[i * size + j] * changed + tangent.parameters.weight[i * size + j] * dz;
        }
      }
    },
  };
}

function fillUnevenly(data: Float32Array | Float64Array): void {
  for (let i = 0; i < data.length; i++) data[i] = (i * 7 % 5 - 2) / 4;
}

/** Σ √(1 + r²) - 1 over outputs, r = z - y. */
export const ROUND: LossDefinition = {
  name: "round",
  isConvex: true,
  value: (z, y) => {
    let total = 0;
    z.forEach((v, i) => total += Math.sqrt(1 + (v - y[i]) * (v - y[i])) - 1);
    return total;
  },
  gradient: (z, y, g) =>
    z.forEach((v, i) => g[i] = (v - y[i]) / Math.sqrt(1 + (v - y[i]) * (v - y[i]))),
  hessianProduct: (z, y, u, out) =>
    z.forEach((v, i) => {
      const square = 1 + (v - y[i]) * (v - y[i]);
      out[i] = u[i] / (square * Math.sqrt(square));
    }),
};
