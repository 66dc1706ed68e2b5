// A layer and a loss of one's own, checked, then trained. Only operations that all engines round alike (+ - * /
// and square roots) keep the promise of the same bits everywhere; Math.exp and the like do not.
import { defineLoss, dense, digest, hessianFree, normal, randomKey, sequential } from "curvature";
import { checkLayer, checkLoss, checkModel, defineLayer, STREAMS } from "curvature/layers";

// y = gain x / (1 + |x|), one gain for each feature: value, vjp, jvp, and how the vjp changes.
const softsign = defineLayer({
  name: "softsign",
  outputShape: (input) => input,
  parameters: (input) => [{ name: "gain", shape: input, initial: 1 }],
  forward: ({ x, parameters: { gain } }, y) => x.forEach((v, i) => y[i] = gain[i] * squash(v)),
  vjp: ({ x, parameters: { gain } }, dy, out) =>
    x.forEach((v, i) => {
      out.x[i] = gain[i] * slope(v) * dy[i];
      out.parameters.gain[i] = squash(v) * dy[i];
    }),
  jvp: ({ x, parameters: { gain } }, t, dy) =>
    x.forEach((v, i) => dy[i] = gain[i] * slope(v) * t.x[i] + t.parameters.gain[i] * squash(v)),
  secondOrder: ({ x, parameters: { gain } }, { dy, tangent: t, change }, out) =>
    x.forEach((v, i) => {
      const turned = t.parameters.gain[i] * slope(v) + gain[i] * bend(v) * t.x[i];
      out.x[i] = gain[i] * slope(v) * change[i] + turned * dy[i];
      out.parameters.gain[i] = squash(v) * change[i] + slope(v) * t.x[i] * dy[i];
    }),
});
const reach = (v: number): number => 1 + Math.abs(v);
const squash = (v: number): number => v / reach(v);
const slope = (v: number): number => 1 / (reach(v) * reach(v));
const bend = (v: number): number => -2 * Math.sign(v) * slope(v) / reach(v);

// Σ √(1 + r²) - 1, r = z - y: quadratic near 0, linear far away.
const round = (r: number): number => Math.sqrt(1 + r * r);
const robust = defineLoss({
  name: "robust",
  isConvex: true,
  value: (z, y) => {
    let total = 0;
    z.forEach((v, i) => total += round(v - y[i]) - 1);
    return total;
  },
  gradient: (z, y, g) => z.forEach((v, i) => g[i] = (v - y[i]) / round(v - y[i])),
  hessianProduct: (z, y, u, out) =>
    z.forEach((v, i) => {
      const root = round(v - y[i]);
      out[i] = u[i] / (root * root * root);
    }),
});

// The checkers return what they measured, and print a diagnosis where something is wrong.
const reports = [checkLayer(softsign, { input: [4] }), checkLoss(robust, { output: [2] })];
using model = sequential({ input: [3], seed: 1, dtype: "float64" }, [dense(8), softsign, dense(2)]);
using input = normal(randomKey(5, STREAMS.data), [40, 3], { dtype: "float64" });
using target = normal(randomKey(6, STREAMS.data), [40, 2], { dtype: "float64" });
const batch = { input, target };
reports.push(checkModel(model, { loss: robust, batch }));
for (const { subject, isSound, findings } of reports) {
  const worst = Math.max(...findings.map(({ error }) => error));
  console.log(`${subject}: sound ${isSound}, ${findings.length} checks, worst ${worst.toFixed(9)}`);
}

// A mistake, and what the checker says: the sign of the input's cotangent.
const wrong = defineLayer({
  name: "wrong",
  outputShape: (input) => input,
  forward: ({ x }, y) => x.forEach((v, i) => y[i] = squash(v)),
  vjp: ({ x }, dy, out) => x.forEach((v, i) => out.x[i] = -slope(v) * dy[i]),
  jvp: ({ x }, t, dy) => x.forEach((v, i) => dy[i] = slope(v) * t.x[i]),
});
checkLayer(wrong, { input: [4], print: (diagnosis) => console.log(diagnosis) });

const optimizer = hessianFree();
using state = optimizer.init(model);
for (let step = 0; step < 10; step++) {
  const { loss } = optimizer.step(state, { model, loss: robust, batch });
  if (step % 3 === 0) console.log(`step ${step}: ${loss.toFixed(6)}`);
}
console.log(`parameters: ${await digest(model.parameters)}`);
