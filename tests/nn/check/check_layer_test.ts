import { type FloatArray, type Layer, tanh } from "../../../mod.ts";
import { checkLayer, defineLayer, type LayerDefinition } from "../../../layers.ts";
import { equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DTYPES } from "../../_support/twins.ts";
import { mixing } from "../_own.ts";
import { LAYERS } from "../_layers.ts";

const SIZE = 3;
const RIGHT = mixing(SIZE);

/** What the checker prints about a layer in which something was changed. */
function diagnoses(changed: Partial<LayerDefinition>, dtype: "float32" | "float64"): string[] {
  const printed: string[] = [];
  const layer = defineLayer({ ...RIGHT, ...changed });
  const report = checkLayer(layer, { input: [SIZE], dtype, print: (text) => printed.push(text) });
  equal(report.isSound, printed.length === 0);
  equal(report.findings.flatMap(({ diagnosis }) => diagnosis ?? []).length, printed.length);
  return printed;
}

/** Runs a function of the right layer and then multiplies what it wrote. */
const scaledVjp = (x: number, weight: number): LayerDefinition["vjp"] => (point, dy, out) => {
  RIGHT.vjp(point, dy, out);
  for (const [view, factor] of [[out.x, x], [out.parameters.weight, weight]] as const) {
    view.forEach((value, i) => view[i] = factor * value);
  }
};

let drift = 0;

/** The right forward function, then something else. */
function forwardOf(then: (y: FloatArray) => void): LayerDefinition["forward"] {
  return (point, y) => {
    RIGHT.forward(point, y);
    then(y);
  };
}

const BROKEN: Readonly<Record<string, readonly [Partial<LayerDefinition>, ...RegExp[]]>> = {
  "a wrong sign": [
    { vjp: scaledVjp(-1, 1) },
    /layer "mixing": the vjp in the input is not the adjoint of the jvp: relative error 2.0; the sign/,
  ],
  "a missing factor": [
    { vjp: scaledVjp(1, 0.5) },
    /the vjp in the parameter "weight" is not the adjoint.*relative error 0.50; a factor 1\/2\?/,
  ],
  "a mean over the batch": [
    { vjp: scaledVjp(1, 1 / 3) },
    /"weight".*a factor of the batch size \(3\)\?/,
  ],
  "a missing transposition": [
    {
      vjp: (point, dy, out) => {
        const { weight } = point.parameters;
        RIGHT.vjp(point, dy, out);
        out.x.fill(0);
        for (let i = 0; i < SIZE; i++) {
          const t = point.y[i] - point.parameters.shift[i];
          for (let j = 0; j < SIZE; j++) out.x[j] += weight[j * SIZE + i] * (1 - t * t) * dy[i];
        }
      },
    },
    /the input is not the adjoint.*no constant factor explains it: a missing transposition/,
  ],
  "a gradient that is not computed": [
    { vjp: scaledVjp(1, 0) },
    /"weight" is not the adjoint.*is it computed at all/,
  ],
  "a wrong derivative both ways": [
    {
      jvp: (point, tangent, dy) => {
        RIGHT.jvp(point, tangent, dy);
        dy.forEach((value, i) => dy[i] = 2 * value);
      },
    },
    /the jvp is not the derivative of the forward pass: relative error 1.0; a factor 2\?/,
  ],
  "a second order without the bend": [
    {
      secondOrder: (point, given, out) =>
        RIGHT.secondOrder?.(point, { ...given, tangent: zeroLike(given.tangent) }, out),
    },
    /the second order in the input is not the derivative of the vjp/,
  ],
  "what changes from call to call": [
    { forward: forwardOf((y) => y[0] += drift++ / 1024) },
    /forward gives other bits when it repeats/,
  ],
  "a parameter that is written to": [
    {
      vjp: (point, dy, out) => {
        RIGHT.vjp(point, dy, out);
        point.parameters.shift[0] += 0;
        point.parameters.weight[0] = 0.125;
      },
    },
    /the layer writes to the parameter "weight", which it is given to read/,
  ],
  "NaN": [{ forward: (_, y) => void y.fill(NaN) }, /the layer runs: .*layer "mixing", forward\(\)/],
};

type Tangent = Parameters<LayerDefinition["jvp"]>[1];

function zeroLike({ x, parameters }: Tangent): Tangent {
  const zeros = Object.entries(parameters).map(([name, a]) => [name, a.map(() => 0)] as const);
  return { x: x.map(() => 0), parameters: Object.fromEntries(zeros) };
}

for (const [name, [changed, ...patterns]] of Object.entries(BROKEN)) {
  test(`checkLayer() names ${name}`, () => {
    const printed = diagnoses(changed, "float64").join("\n");
    for (const pattern of patterns) ok(pattern.test(printed), printed || "nothing was printed");
  });
}

test("checkLayer() names what is grossly wrong in float32 too", () => {
  ok(diagnoses({ vjp: scaledVjp(-1, 1) }, "float32").length > 0, "the sign");
  equal(diagnoses({}, "float32"), []);
});

test("checkLayer() notices a sample that looks at others", () => {
  const right = tanh();
  const layer: Layer = {
    ...right,
    bind: (context) => {
      const bound = right.bind(context);
      const forward = (): void => {
        bound.forward();
        const { data } = bound.output;
        data[0] += data[data.length - 1];
      };
      return { ...bound, forward };
    },
  };
  const { findings } = checkLayer(layer, { input: [1], print: () => {} });
  ok(findings.some(({ holds, check }) => !holds && /no sample looks/.test(check)), "unnoticed");
});

test("checkLayer() finds every layer of the library sound, at two batch sizes", () => {
  for (const [name, { layer, input }] of Object.entries(LAYERS)) {
    for (const dtype of DTYPES) {
      for (const batchSize of [1, 4]) {
        const { isSound } = checkLayer(layer(), { input, dtype, batchSize });
        ok(isSound, `${name}, ${dtype}, B ${batchSize}`);
      }
    }
  }
});

test("checkLayer() refuses what is no layer", () => {
  throws(
    () => checkLayer({} as never, { input: [1] }),
    TypeError,
    /the layer must be a layer.* without/,
  );
  throws(() => checkLayer(defineLayer(RIGHT), { input: [1], seed: -1 }), RangeError, /seed/);
});
