// The sweeps of one LSTM over one sample, a scalar at a time. The numbers are hyper-dual: where the weights, inputs and
// cotangents move along e1, the first parts of the results are what the tangent and second-order sweeps give.
import { add, chain, constant, type HyperDual, multiply, tanh } from "./hyper_dual.ts";

type Vector = readonly HyperDual[];

/** What the sweeps of one sample give, each a row for every step. */
export interface LstmSweeps {
  /** [x_t | h_{t-1}]. */
  readonly rows: Vector[];
  readonly z: Vector[];
  /** i, f, g, o, tanh c'. */
  readonly gates: Vector[];
  /** c before each step, and after the last. */
  readonly states: Vector[];
  readonly hidden: Vector[];
  /** Cotangents of z. */
  readonly gradients: Vector[];
  /** Cotangents of x. */
  readonly inputs: Vector[];
}

const ONE = constant(1), MINUS_ONE = constant(-1);

function sigmoid(a: HyperDual): HyperDual {
  const y = 1 / (1 + Math.exp(-a[0]));
  return chain(a, y, y * (1 - y), y * (1 - y) * (1 - 2 * y));
}

function product(...factors: HyperDual[]): HyperDual {
  return factors.reduce(multiply);
}

/** 1 - a. */
function rest(a: HyperDual): HyperDual {
  return add(ONE, multiply(MINUS_ONE, a));
}

/** 1 - a². */
function restOfSquare(a: HyperDual): HyperDual {
  return rest(multiply(a, a));
}

/** Runs forward and back; weight (4 units) rows [W_x | W_h | bias], x and the outputs' cotangents u row by row. */
export function sweepLstm(weight: Vector[], x: Vector[], u: Vector[]): LstmSweeps {
  const units = u[0].length, width = x[0].length;
  const each = <T>(body: (j: number) => T): T[] => Array.from({ length: units }, (_, j) => body(j));
  const [rows, z, gates, hidden]: Vector[][] = [[], [], [], []];
  const states: Vector[] = [each(() => constant(0))];
  for (const [t, row] of x.entries()) {
    rows.push([...row, ...(hidden[t - 1] ?? states[0])]);
    const now = weight.map((w) => [...rows[t], ONE].map((a, k) => multiply(w[k], a)).reduce(add));
    const gate = (block: number, j: number): HyperDual => now[block * units + j];
    const [i, f, o] = [0, 1, 3].map((block) => each((j) => sigmoid(gate(block, j))));
    const g = each((j) => tanh(gate(2, j)));
    const c = each((j) => add(multiply(f[j], states[t][j]), multiply(i[j], g[j])));
    const squashed = c.map(tanh);
    z.push(now);
    states.push(c);
    gates.push([...i, ...f, ...g, ...o, ...squashed]);
    hidden.push(each((j) => multiply(o[j], squashed[j])));
  }
  const [gradients, inputs]: Vector[][] = [[], []];
  let [carriedH, carriedC]: Vector[] = [states[0], states[0]];
  for (let t = x.length - 1; t >= 0; t--) {
    const [i, f, g, o, squashed] = [0, 1, 2, 3, 4].map((block) =>
      gates[t].slice(block * units, (block + 1) * units)
    );
    const dh = each((j) => add(u[t][j], carriedH[j]));
    const dc = each((j) => add(carriedC[j], product(dh[j], o[j], restOfSquare(squashed[j]))));
    const now = [
      ...each((j) => product(dc[j], g[j], i[j], rest(i[j]))),
      ...each((j) => product(dc[j], states[t][j], f[j], rest(f[j]))),
      ...each((j) => product(dc[j], i[j], restOfSquare(g[j]))),
      ...each((j) => product(dh[j], squashed[j], o[j], rest(o[j]))),
    ];
    const pulled = rows[t].map((_, k) => now.map((a, r) => multiply(a, weight[r][k])).reduce(add));
    gradients.unshift(now);
    inputs.unshift(pulled.slice(0, width));
    carriedH = pulled.slice(width);
    carriedC = each((j) => multiply(dc[j], f[j]));
  }
  return { rows, z, gates, states, hidden, gradients, inputs };
}
