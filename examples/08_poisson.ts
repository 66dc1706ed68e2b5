// A physics-informed network: -u'' = f on [0, 1], u(0) = u(1) = 0, solved by a network u(x) = Σ a tanh(w x + b) whose
// equation and boundary values are points of one fit.
import { curveFit, digest, normal, randomKey, tensor } from "curvature";

const [UNITS, POINTS] = [8, 40];

/** A row of the fit: the equation at x, or the value there. */
interface Condition {
  readonly x: number;
  readonly kind: "equation" | "value";
}

/** u, or -u'' by the derivatives of tanh: t'' = -2 t (1 - t²). */
function network(p: readonly number[], { x, kind }: Condition): number {
  let sum = 0;
  for (let k = 0; k < p.length; k += 3) {
    const t = Math.tanh(p[k + 1] * x + p[k + 2]);
    sum += kind === "value" ? p[k] * t : 2 * p[k] * p[k + 1] * p[k + 1] * t * (1 - t * t);
  }
  return sum;
}

// The solution is known: u = sin(π x), so f = π² sin(π x).
const exact = (x: number): number => Math.sin(Math.PI * x);
const inside = Array.from({ length: POINTS }, (_, i) => (i + 0.5) / POINTS);
const conditions: Condition[] = [
  ...inside.map((x): Condition => ({ x, kind: "equation" })),
  ...[0, 1].map((x): Condition => ({ x, kind: "value" })),
];
const values = conditions.map(({ x, kind }) =>
  kind === "equation" ? Math.PI * Math.PI * exact(x) : 0
);
const weights = conditions.map(({ kind }) => kind === "equation" ? 1 : 1000);

using random = normal(randomKey(2), [3 * UNITS], { dtype: "float64" });
const start = Array.from(random.data);
console.log("steps  largest error of u");
let parameters = start;
for (let steps = 0; steps < 400; steps += 50) {
  const fit = curveFit(network, conditions, values, {
    start: parameters,
    weights,
    maxIterations: 50,
  });
  parameters = fit.parameters;
  const error = Math.max(
    ...inside.map((x) => Math.abs(network(parameters, { x, kind: "value" }) - exact(x))),
  );
  console.log(`${String(steps + fit.iterations).padStart(5)}  ${error.toExponential(1)}`);
  if (fit.status === "converged") break;
}

console.log("\nu by the network (*)");
for (let i = 0; i <= 16; i++) {
  const u = network(parameters, { x: i / 16, kind: "value" });
  console.log(`${(i / 16).toFixed(2)} ${" ".repeat(Math.max(0, Math.round(50 * u)))}*`);
}
using found = tensor(parameters, { dtype: "float64" });
console.log(`parameters: ${await digest(found)}`);
