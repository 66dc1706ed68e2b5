import {
  concatenation,
  conv2d,
  dense,
  identity,
  kBfgs,
  kfac,
  type Layer,
  levenbergMarquardt,
  memoryUsage,
  reshape,
  residual,
  sequential,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tensor,
} from "../../../mod.ts";
import { releaseWorkspace } from "../../../src/runtime/memory.ts";
import { equal, ok, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { DTYPES, randomRows, tensorOf } from "../../_support/twins.ts";
import {
  denseStep,
  halfSquares,
  joinStep,
  shortcutStep,
  SmallNet,
  softmaxLoss,
  type Step,
  tanhStep,
} from "../../oracles/small_net.ts";
import { methodsWhere } from "../../optimizers/_methods.ts";
import { compareWithNet } from "../_against_small_net.ts";

interface Case {
  readonly layers: () => Layer[];
  readonly steps: Step[];
}

const NETS: Readonly<Record<string, Case>> = {
  "input and branch": {
    layers: () => [concatenation([[], [dense(3), tanh()]]), dense(3)],
    steps: [joinStep([], [denseStep(0, 3), tanhStep]), denseStep(9, 3)],
  },
  "three branches, two of them alike, after a site": {
    layers: () => [
      dense(2),
      concatenation([[tanh()], [dense(1, { bias: false })], [tanh()]]),
      tanh(),
      dense(3),
    ],
    steps: [
      denseStep(0, 2),
      joinStep([tanhStep], [denseStep(6, 1, false)], [tanhStep]),
      tanhStep,
      denseStep(8, 3),
    ],
  },
  "branches for outputs": {
    layers: () => [dense(2), tanh(), concatenation([[dense(1)], [dense(1), tanh(), dense(2)]])],
    steps: [
      denseStep(0, 2),
      tanhStep,
      joinStep([denseStep(6, 1)], [denseStep(9, 1), tanhStep, denseStep(12, 2)]),
    ],
  },
  "one inside another, and a sum inside": {
    layers: () => [
      concatenation([
        [residual([dense(2), tanh()])],
        [dense(1), concatenation([[tanh()], []])],
      ]),
      tanh(),
      dense(3),
    ],
    steps: [
      joinStep(
        [shortcutStep(denseStep(0, 2), tanhStep)],
        [denseStep(6, 1), joinStep([tanhStep], [])],
      ),
      tanhStep,
      denseStep(9, 3),
    ],
  },
  "inside a sum": {
    layers: () => [
      residual([concatenation([[dense(1), tanh()], [dense(1)]]), tanh()]),
      dense(3),
    ],
    steps: [
      shortcutStep(joinStep([denseStep(0, 1), tanhStep], [denseStep(3, 1)]), tanhStep),
      denseStep(6, 3),
    ],
  },
};

for (const [name, { layers, steps }] of Object.entries(NETS)) {
  test(`a net with concatenation(), ${name}, has the derivatives of its twin`, () => {
    for (const dtype of DTYPES) {
      for (const batchSize of [1, 4]) {
        for (
          const [loss, twin] of [[squaredError(), halfSquares], [
            softmaxCrossEntropy(),
            softmaxLoss,
          ]] as const
        ) {
          using model = sequential({ input: [2], seed: 3, dtype }, layers());
          const x = randomRows(1, batchSize, 2);
          const y = randomRows(2, batchSize, 3).map((row) => row.map(Math.abs));
          using input = tensorOf(x, dtype);
          using target = tensorOf(y, dtype);
          using lin = model.linearize(loss, { input, target });
          const net = new SmallNet(steps, twin, model.parameters.data, x, y);
          compareWithNet(model, lin, net, `${loss.name}, ${batchSize} samples, ${dtype}`);
        }
      }
    }
  });
}

test("concatenation() joins features, the features of each step, and the channels of images", () => {
  for (const dtype of DTYPES) {
    for (const shape of [[2], [3, 2], [2, 3, 2]]) {
      const size = shape.reduce((a, b) => a * b);
      const rows = size / 2;
      using model = sequential({ input: shape, dtype }, [
        concatenation([[], [reshape([size]), reshape(shape)], [identity()]]),
      ]);
      const values = Array.from({ length: 2 * size }, (_, i) => i);
      using input = tensor(values, { dtype, shape: [2, ...shape] });
      using output = model.predict(input);
      equal(output.shape, [2, ...shape.slice(0, -1), 6]);
      const expected = Array.from({ length: 2 * rows }, (_, row) => {
        const pair = values.slice(2 * row, 2 * row + 2);
        return [...pair, ...pair, ...pair];
      });
      equal([...output.data], expected.flat(), String(shape));
    }
  }
});

test("concatenation() names its arrays by branch and place", () => {
  using model = sequential({ input: [2] }, [
    concatenation([[], [tanh(), dense(2)], [residual([dense(2, { bias: false })])]]),
  ]);
  equal(model.sites.map(({ name }) => name), ["dense_1", "dense_2"]);
  equal(model.sites.flatMap(({ arrays }) => arrays.map(({ name }) => name)), [
    "0.branches.1.1.weight",
    "0.branches.1.1.bias",
    "0.branches.2.0.branch.0.weight",
  ]);
});

test("concatenation() does not see what becomes of its arrays afterwards", () => {
  const branch = [dense(2)];
  const branches = [[], branch];
  const layer = concatenation(branches);
  branch.push(dense(5));
  branches.pop();
  equal(layer.outputShape([3]), [5]);
});

test("concatenation() refuses what are not two branches of layers", () => {
  const made = (branches: unknown) => () => concatenation(branches as Layer[][]);
  throws(
    made(undefined),
    TypeError,
    /branches must be an array of arrays of layers, not undefined/,
  );
  throws(made([]), RangeError, /two branches or more, not 0/);
  throws(made([[dense(2)]]), RangeError, /two branches or more, not 1/);
  throws(made([[], dense(2)]), TypeError, /branch 2 must be an array of layers/);
  throws(made([[dense(2), "tanh"], []]), TypeError, /layer 2 of branch 1/);
});

test("concatenation() refuses branches that do not fit each other, by number and shapes", () => {
  const shapeOf = (branches: Layer[][], input: number[]) => () =>
    sequential({ input }, [concatenation(branches)]).dispose();
  throws(
    shapeOf([[], [conv2d(3, { kernel: 1 })], [conv2d(3, { kernel: 2 })]], [4, 5, 2]),
    TypeError,
    /^Cannot concatenate branch 3 of shape \(3, 4, 3\) and branch 1 of shape \(4, 5, 2\): all axes/,
  );
  throws(
    shapeOf([[], [reshape([2, 3])]], [6]),
    TypeError,
    /branch 2 of shape \(2, 3\) and branch 1 of shape \(6\)/,
  );
  throws(shapeOf([[], [reshape([])]], [1]), TypeError, /branch 2 of shape \(\) and branch 1/);
  throws(shapeOf([[], []], []), TypeError, /no axis to join/);
  throws(() => concatenation([[], []]).outputShape([-1]), RangeError, /apply concatenation/);
});

test("EA-CG and KFI refuse a net of shortcuts by the name of a site, and change nothing", () => {
  using model = sequential({ input: [4], seed: 2 }, [
    dense(3),
    tanh(),
    concatenation([[], [dense(2), tanh()]]),
    dense(3),
  ]);
  using input = tensorOf(randomRows(1, 5, 4), "float32");
  using target = tensor([0, 1, 2, 0, 1]);
  const before = [...model.parameters.data];
  for (const make of methodsWhere(({ sites }) => sites === "dense")) {
    const optimizer = make();
    using state = optimizer.init(model);
    const problem = { model, loss: softmaxCrossEntropy(), batch: { input, target } };
    throws(
      () => optimizer.step(state, problem),
      TypeError,
      /site "dense_1" does not lead to the next.*supported are dense sites/,
    );
    equal([...model.parameters.data], before);
  }
});

test("methods with Kronecker factors and Levenberg-Marquardt train a net of shortcuts, and leave no memory", () => {
  const methods = { kfac: kfac({ learningRate: 0.01 }), kBfgs: kBfgs({ learningRate: 0.01 }) };
  releaseWorkspace();
  const { liveBytes } = memoryUsage();
  for (
    const [name, optimizer] of Object.entries({ ...methods, lm: levenbergMarquardt() })
  ) {
    for (const dtype of DTYPES) {
      using model = sequential({ input: [4], seed: 2, dtype }, [
        residual([concatenation([[dense(2), tanh()], [dense(2)]]), tanh()]),
        concatenation([[], [dense(3), tanh()]]),
        dense(3),
      ]);
      using input = tensorOf(randomRows(1, 8, 4), dtype);
      using target = tensor([0, 1, 2, 0, 1, 2, 0, 1], { dtype });
      const problem = { model, loss: softmaxCrossEntropy(), batch: { input, target } };
      using state = optimizer.init(model);
      const first = optimizer.step(state, problem).loss;
      for (let i = 0; i < 5; i++) optimizer.step(state, problem);
      const settled = memoryUsage();
      let last = first;
      for (let i = 0; i < 10; i++) last = optimizer.step(state, problem).loss;
      equal(memoryUsage(), settled, `${name}, ${dtype}`);
      ok(last < first, `${name}, ${dtype}: ${first} to ${last}`);
    }
  }
  releaseWorkspace();
  equal(memoryUsage().liveBytes, liveBytes);
});
