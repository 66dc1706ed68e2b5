// Structural damping against Gauss-Newton matrices of networks that end at the hidden states.
import {
  dense,
  flatten,
  gaussNewton,
  lastStep,
  type Layer,
  lstm,
  normal,
  partition,
  randomKey,
  residual,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  Tensor,
  zeros,
} from "../../mod.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound } from "../_support/tolerance.ts";
import { DTYPES } from "../_support/twins.ts";

const STEPS = 4, BATCH = 5, FEATURES = 2;

interface Net {
  readonly layers: () => Layer[];
  /** Networks that end at the hidden states of a layer, of the first parameters of the model. */
  readonly upTo: (() => Layer[])[];
}

const NETS: Readonly<Record<string, Net>> = {
  "one LSTM and its last step": {
    layers: () => [lstm(3), lastStep(), dense(3)],
    upTo: [() => [lstm(3)]],
  },
  "two LSTMs and outputs at each step": {
    layers: () => [lstm(3), lstm(2), flatten(), dense(3)],
    upTo: [() => [lstm(3)], () => [lstm(3), lstm(2)]],
  },
  "an LSTM that is the output": {
    layers: () => [lstm(3), lstm(3), lastStep()],
    upTo: [() => [lstm(3)], () => [lstm(3), lstm(3)]],
  },
  "a branch beside a shortcut": {
    layers: () => [lstm(3), residual([lstm(3)]), tanh(), lastStep(), dense(3)],
    upTo: [() => [lstm(3)], () => [lstm(3), lstm(3)]],
  },
};

/** The dense matrix of a network with squared error, J_hᵀJ_h / B for one that ends at hidden states, padded by zeros. */
function hiddenMatrix(
  layers: Layer[],
  parameters: Tensor,
  input: Tensor,
  lengths?: readonly number[],
): Float64Array {
  const { dtype, size: total } = parameters;
  using model = sequential({ input: [STEPS, FEATURES], dtype }, layers);
  const size = model.parameterCount;
  model.parameters.data.set(parameters.data.subarray(0, size));
  model.parametersChanged();
  using target = zeros([BATCH, ...model.output], { dtype });
  using lin = model.linearize(squaredError(), { input, target, lengths });
  using operator = gaussNewton(lin);
  using matrix = operator.toDense();
  const all = new Float64Array(total * total);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) all[i * total + j] = matrix.data[i * size + j];
  }
  return all;
}

for (const [name, { layers, upTo }] of Object.entries(NETS)) {
  for (const lengths of [undefined, [4, 1, 3, 2, 4]]) {
    if (lengths && !layers().some(({ kind }) => kind === "lastStep")) continue;
    const what = lengths ? `${name}, of sequences of unequal lengths` : name;
    test(`structural damping adds its multiple of J_hᵀJ_h / B, whole and by blocks: ${what}`, () => {
      for (const dtype of DTYPES) {
        using model = sequential({ input: [STEPS, FEATURES], seed: 2, dtype }, layers());
        using input = normal(randomKey(1), [BATCH, STEPS, FEATURES], { dtype });
        using target = new Tensor(dtype, [BATCH]);
        target.data.forEach((_, n) => target.data[n] = n % 3);
        using lin = model.linearize(softmaxCrossEntropy(), { input, target, lengths });
        using plain = gaussNewton(lin);
        using matrix = plain.toDense();
        const structuralDamping = 0.7, size = model.parameterCount;
        const parts = upTo.map((net) => hiddenMatrix(net(), model.parameters, input, lengths));
        const expected = Array.from(
          matrix.data,
          (value, i) => value + parts.reduce((sum, part) => sum + structuralDamping * part[i], 0),
        );
        const largest = Math.max(...expected.map(Math.abs));
        const bound = 4 * identityBound(dtype) * largest;
        using damped = gaussNewton(lin, { structuralDamping, partition: "site" });
        using whole = gaussNewton(lin, { structuralDamping });
        using found = whole.toDense();
        allNear(found.data, expected, bound, `${dtype}, whole`);
        ok(
          expected.some((value, i) => Math.abs(value - matrix.data[i]) > 0.01),
          "it adds something",
        );
        for (const [b, { ranges: [{ offset }], size: own }] of damped.partition.blocks.entries()) {
          using block = damped.blocks[b].toDense();
          const rows = Array.from(
            block.data,
            (_, i) => expected[(offset + Math.floor(i / own)) * size + offset + i % own],
          );
          allNear(block.data, rows, bound, `${dtype}, block ${b}`);
        }
        using after = plain.toDense();
        equal([...after.data], [...matrix.data], "products without it are as before");
        using gradient = lin.gradient();
        using fresh = model.linearize(softmaxCrossEntropy(), { input, target, lengths });
        using expectedGradient = fresh.gradient();
        equal([...gradient.data], [...expectedGradient.data], "the gradient has nothing of it");
      }
    });
  }
}

test("a block above the hidden states has nothing of them", () => {
  using model = sequential(
    { input: [STEPS, FEATURES], seed: 2 },
    NETS["one LSTM and its last step"].layers(),
  );
  using input = normal(randomKey(1), [BATCH, STEPS, FEATURES]);
  using target = new Tensor("float32", [BATCH]);
  target.data.fill(1);
  using lin = model.linearize(softmaxCrossEntropy(), { input, target });
  const parts = partition(model, "site");
  using plain = gaussNewton(lin, { partition: parts });
  using damped = gaussNewton(lin, { partition: parts, structuralDamping: 2 });
  using before = damped.blocks[0].toDense(); // whose tangents of hidden states are the last ones
  ok(before.size > 0, "a product moved hidden states");
  using expected = plain.blocks[1].toDense();
  using found = damped.blocks[1].toDense();
  equal([...found.data], [...expected.data]);
});

test("structural damping is refused where no layer has hidden states, and below zero", () => {
  using model = sequential({ input: [2] }, [dense(3)]);
  using input = normal(randomKey(1), [4, 2]);
  using target = zeros([4, 3]);
  using lin = model.linearize(squaredError(), { input, target });
  throws(() => gaussNewton(lin, { structuralDamping: 1 }), TypeError, /hidden states.*has none/);
  throws(() => gaussNewton(lin, { structuralDamping: -1 }), RangeError, /structuralDamping/);
});
