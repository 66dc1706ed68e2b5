// Stacked LSTMs in float64 by brute force: one sample, one unit at a time, and every number carries its derivatives in
// all parameters and in all pre-activations. So Jacobian and cotangents need no reverse sweep.
import type { Rows } from "./matrices.ts";

/** A number with its derivatives. */
export interface Dual {
  readonly value: number;
  readonly slopes: Float64Array;
}

/** Layers of LSTM units, then perhaps only the last valid step, then outputs of a dense layer. */
export interface LstmNet {
  readonly features: number;
  readonly units: readonly number[];
  readonly lastStep: boolean;
  readonly outputs: number;
}

/** What one sample gives; rows of sites and outputs one for each step, or one where only the last is taken. */
export interface LstmTrace {
  /** Inputs of every site, the ones included. */
  readonly inputs: Rows[];
  /** Pre-activations of every site. */
  readonly z: Dual[][][];
  /** Outputs of the network. */
  readonly outputs: Dual[][];
  /** For every site and row the place among the slopes where its pre-activations begin. */
  readonly places: number[][];
}

/** Shapes of the matrices W = [W_x | W_h | bias], the dense layer's last. */
export function lstmShapes({ features, units, outputs }: LstmNet): (readonly [number, number])[] {
  const widths = [features, ...units];
  const lstms = units.map((h, i) => [4 * h, widths[i] + h + 1] as const);
  return [...lstms, [outputs, widths[units.length] + 1]];
}

/** Number of parameters. */
export function lstmParameters(net: LstmNet): number {
  return lstmShapes(net).reduce((sum, [rows, columns]) => sum + rows * columns, 0);
}

class Tape {
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  constant(value: number): Dual {
    return { value, slopes: new Float64Array(this.#size) };
  }

  variable(value: number, place: number): Dual {
    const dual = this.constant(value);
    dual.slopes[place] = 1;
    return dual;
  }
}

function combine(value: number, a: Dual, da: number, b: Dual, db: number): Dual {
  return { value, slopes: a.slopes.map((slope, i) => da * slope + db * b.slopes[i]) };
}

const add = (a: Dual, b: Dual): Dual => combine(a.value + b.value, a, 1, b, 1);
const multiply = (a: Dual, b: Dual): Dual => combine(a.value * b.value, a, b.value, b, a.value);

function squash(a: Dual, value: number, slope: number): Dual {
  return { value, slopes: a.slopes.map((s) => slope * s) };
}

function sigmoid(a: Dual): Dual {
  const y = 1 / (1 + Math.exp(-a.value));
  return squash(a, y, y * (1 - y));
}

function tanh(a: Dual): Dual {
  const y = Math.tanh(a.value);
  return squash(a, y, 1 - y * y);
}

/** Runs one sample: parameters θ, inputs of its valid steps. */
export function runLstm(net: LstmNet, theta: ArrayLike<number>, x: Rows): LstmTrace {
  const shapes = lstmShapes(net);
  const parameters = lstmParameters(net);
  const rowsOf = (site: number): number => site === net.units.length && net.lastStep ? 1 : x.length;
  const probes = shapes.reduce((sum, [rows], site) => sum + rows * rowsOf(site), 0);
  const tape = new Tape(parameters + probes);
  let [offset, probe] = [0, parameters];
  const trace: LstmTrace = { inputs: [], z: [], outputs: [], places: [] };

  /** z = W a + probe, of which the probe is 0 and only its derivatives matter. */
  const site = (index: number): (row: Dual[]) => Dual[] => {
    const [rows, columns] = shapes[index];
    const begin = offset;
    offset += rows * columns;
    trace.inputs.push([]);
    trace.z.push([]);
    trace.places.push([]);
    return (row) => {
      trace.inputs[index].push(row.map(({ value }) => value));
      trace.places[index].push(probe);
      const z = Array.from({ length: rows }, (_, r) => {
        const terms = row.map((a, k) => {
          const place = begin + r * columns + k;
          return multiply(tape.variable(theta[place], place), a);
        });
        return terms.reduce(add, tape.variable(0, probe + r));
      });
      probe += rows;
      trace.z[index].push(z);
      return z;
    };
  };

  const one = tape.constant(1);
  let sequence = x.map((row) => row.map((value) => tape.constant(value)));
  for (const [index, units] of net.units.entries()) {
    const affine = site(index);
    const zeros = (): Dual[] => Array.from({ length: units }, () => tape.constant(0));
    let [h, c] = [zeros(), zeros()];
    sequence = sequence.map((row) => {
      const z = affine([...row, ...h, one]);
      const gate = (block: number, unit: number): Dual => z[block * units + unit];
      c = c.map((before, j) =>
        add(
          multiply(sigmoid(gate(1, j)), before),
          multiply(sigmoid(gate(0, j)), tanh(gate(2, j))),
        )
      );
      h = c.map((state, j) => multiply(sigmoid(gate(3, j)), tanh(state)));
      return h;
    });
  }
  const head = site(net.units.length);
  const taken = net.lastStep ? [sequence[sequence.length - 1]] : sequence;
  return { ...trace, outputs: taken.map((row) => head([...row, one])) };
}
