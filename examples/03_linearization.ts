// What a linearization knows: the loss, its gradient, products with the Jacobian, and the affine sites.
import { dense, digest, normal, randomKey, sequential, squaredError, tanh } from "curvature";
import { STREAMS } from "curvature/layers";

using model = sequential({ input: [3], seed: 2 }, [dense(4), tanh(), dense(2)]);
const random = (index: number, shape: number[]) => normal(randomKey(7, STREAMS.data, index), shape);
using input = random(0, [5, 3]);
using target = random(1_000, [5, 2]);
using lin = model.linearize(squaredError(), { input, target });
using gradient = lin.gradient();
console.log(`loss ${lin.loss.toFixed(6)}, ${model.parameterCount} parameters`);

// Jacobian products are adjoint: u · (J v) = (Jᵀ u) · v.
using v = random(2_000, [model.parameterCount]);
using u = random(3_000, [5, 2]);
using jv = lin.jvp(v);
using jtu = lin.vjp(u);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
console.log(`u · Jv  = ${dot(u.data, jv.data).toFixed(5)}`);
console.log(`Jᵀu · v = ${dot(jtu.data, v.data).toFixed(5)}`);

// At every site the gradient is Gᵀ A / B, and curvature is made of the same A and G.
for (const { name, weight, inputs, outputGradients } of lin.sites) {
  const [outputs, columns] = weight.shape;
  console.log(
    `${name}: W (${outputs}, ${columns}), A (${inputs.rows}, ${inputs.columns}), G (${
      outputGradients.shape.join(", ")
    })`,
  );
}

console.log(`gradient: ${await digest(gradient)}`);
