// A decay with a background, fitted to noisy counts: parameters with error bars, and residuals. Then one tanh
// unit in the place of the formula: it fits as well, but the data hardly determine its parameters.
import { curveFit, dense, digest, normal, randomKey, sequential, tanh, tensor } from "curvature";

const curve = ([height, rate, background]: readonly number[], t: number): number =>
  height * Math.exp(-rate * t) + background;
const TRUTH = [9, 0.7, 2];

const t = Array.from({ length: 40 }, (_, i) => i / 5);
using noise = normal(randomKey(1), [t.length], { standardDeviation: 0.4, dtype: "float64" });
const counts = t.map((time, i) => curve(TRUTH, time) + noise.data[i]);

const fit = curveFit(curve, t, counts, { start: [1, 1, 0] });
console.log(`${fit.status} after ${fit.iterations} steps`);
for (const [i, name] of ["height", "rate", "background"].entries()) {
  const [value, error] = [fit.parameters[i], fit.standardErrors[i]];
  const pull = (value - TRUTH[i]) / error;
  console.log(
    `${name.padEnd(10)} ${value.toFixed(3)} ± ${error.toFixed(3)}, the truth ${TRUTH[i]} is ` +
      `${Math.abs(pull).toFixed(1)} errors away`,
  );
}
const correlation = fit.covariance[1][2] / (fit.standardErrors[1] * fit.standardErrors[2]);
console.log(`correlation of rate and background ${correlation.toFixed(2)}\n`);

// The counts (o) and the curve (|), six columns for one unit.
for (let i = 0; i < t.length; i += 2) {
  const columns = new Array<string>(80).fill(" ");
  columns[Math.round(6 * curve(fit.parameters, t[i]))] = "|";
  columns[Math.round(6 * counts[i])] = "o";
  console.log(`${t[i].toFixed(1).padStart(4)} ${columns.join("").trimEnd()}`);
}

using network = sequential({ input: [1], seed: 1, dtype: "float64" }, [dense(1), tanh(), dense(1)]);
using times = tensor(t.map((time) => [time]), { dtype: "float64" });
using values = tensor(counts.map((count) => [count]), { dtype: "float64" });
const learned = curveFit(network, times, values);
console.log(`\nthe network: ${learned.status} after ${learned.iterations} steps`);
for (const [name, { residuals, parameters, standardErrors }] of Object.entries({ fit, learned })) {
  const squares = residuals.reduce((sum, r) => sum + r * r, 0);
  const shares = standardErrors.map((error, i) => Math.abs(error / parameters[i]).toFixed(3));
  console.log(`${name.padEnd(7)} Σ r² ${squares.toFixed(3)}, relative errors ${shares.join(" ")}`);
}

using found = tensor([...fit.parameters, ...fit.standardErrors, ...learned.parameters], {
  dtype: "float64",
});
console.log(`fit: ${await digest(found)}`);
