// Methods with Kronecker factors or segments at sites that have none. What they do at the others is compared with the method alone
// on the upper part of the network, what they do there with float64 numbers of each sample's gradient.
import {
  cwNgd,
  dense,
  eaCg,
  kBfgs,
  kfac,
  kfi,
  layerNorm,
  type Linearization,
  type Model,
  NonFiniteError,
  type Optimizer,
  softmaxCrossEntropy,
  squaredError,
  tensor,
} from "../../mod.ts";
import { checkpoint, restore } from "../../checkpoint.ts";

import { allNear, equal, ok, sameBytes, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { identityBound, TRAJECTORY_BOUND } from "../_support/tolerance.ts";
import { DTYPES, randomRows, tensorOf } from "../_support/twins.ts";
import { inverseRows as inverse, product } from "../oracles/dense_algebra.ts";
import { FORMS, REFUSING } from "./_methods.ts";
import { BELOW, BETWEEN, chain, mixedModel, WITHOUT_FACTORS } from "./_mixed_nets.ts";
import { sameSnapshot, snapshot } from "./_snapshot.ts";

const STEPS = 3;
const BATCH_SIZE = 6;
const loss = softmaxCrossEntropy();

/** True where a method cuts all parameters alike, whichever sites they belong to. */
const cutsAcrossSites = ({ options: { chunks } }: Optimizer): boolean => typeof chunks === "object";

/** Every form of every method with a fallback, and intervals between updates. */
const METHODS: Readonly<Record<string, Optimizer>> = {
  ...Object.fromEntries(
    Object.entries(FORMS).filter(([, { optimizer }]) =>
      "fallback" in optimizer.options && !cutsAcrossSites(optimizer)
    ).map(
      ([name, { optimizer }]) => [name, optimizer],
    ),
  ),
  "cwNgd, matrices every other step": cwNgd({ damping: 0.1, refreshInterval: 2, decay: 0.5 }),
  "kfac, factors every other step": kfac({ factorInterval: 2 }),
};

/** The networks that a method takes. */
function netsOf({ name }: Optimizer): typeof BELOW {
  return "alpha" in make(name).options ? BELOW : { ...BELOW, ...BETWEEN };
}

type Options = Readonly<Record<string, unknown>>;
const MAKERS: Readonly<Record<string, (options?: Options) => Optimizer>> = {
  kfac,
  kBfgs,
  eaCg,
  kfi,
  cwNgd,
};
const make = (name: string, options?: Options): Optimizer => MAKERS[name](options);

function batchOf(dtype: "float32" | "float64", seed = 1) {
  const input = tensorOf(randomRows(seed, BATCH_SIZE, 4), dtype);
  const target = tensor([0, 2, 1, 1, 0, 2], { dtype });
  return {
    input,
    target,
    [Symbol.dispose](): void {
      input.dispose();
      target.dispose();
    },
  };
}

for (const [name, optimizer] of Object.entries(METHODS)) {
  const { options } = optimizer;
  // A second look sees what becomes of the other sites too.
  const looksTwice = optimizer.name === "kBfgs" || options.adaptation === "reduction-ratio";

  test(`${name}: sites with factors move as they do without others below them, to the bit`, () => {
    for (const [below, layers] of Object.entries(WITHOUT_FACTORS)) {
      for (const dtype of DTYPES) {
        using model = mixedModel([...layers(), ...chain()], dtype);
        using bottom = mixedModel(layers(), dtype);
        using top = mixedModel(chain(), dtype);
        using batch = batchOf(dtype);
        using state = optimizer.init(model);
        using alone = optimizer.init(top);
        const { parameterCount } = bottom;
        top.parameters.data.set(model.parameters.data.subarray(parameterCount));
        top.parametersChanged();
        for (let step = 0; step < (looksTwice ? 1 : STEPS); step++) {
          bottom.parameters.data.set(model.parameters.data.subarray(0, parameterCount));
          bottom.parametersChanged();
          using features = bottom.predict(batch.input);
          optimizer.step(state, { model, loss, batch });
          const seen = { input: features, target: batch.target };
          optimizer.step(alone, { model: top, loss, batch: seen });
          const moved = [...model.parameters.data.subarray(parameterCount)];
          equal(moved, [...top.parameters.data], `${below}, ${dtype}, step ${step}`);
        }
      }
    }
  });

  for (const fallback of ["diagonal", "gradient"] as const) {
    test(`${name}, "${fallback}": other sites move as float64 numbers say`, () => {
      for (const [net, layers] of Object.entries(netsOf(optimizer))) {
        using model = mixedModel(layers(), "float64");
        using batch = batchOf("float64");
        const method = make(optimizer.name, { ...options, fallback });
        using state = method.init(model);
        const oracle = new FallbackOracle(model, method);
        for (let step = 0; step < STEPS; step++) {
          const damping = state.numbers.get("damping");
          const alpha = damping === undefined ? undefined : damping / (1 + damping);
          {
            using lin = model.linearize(loss, batch);
            oracle.step(lin, step, alpha);
          }
          method.step(state, { model, loss, batch });
          for (const { name, first, end } of oracle.sites) {
            const moved = model.parameters.data.subarray(first, end);
            const expected = oracle.parameters.slice(first, end);
            allNear(moved, expected, TRAJECTORY_BOUND, `${net}, step ${step}, ${name}`);
          }
          oracle.parameters = [...model.parameters.data];
        }
      }
    });
  }

  test(`${name}: a net with sites without factors goes on from a checkpoint to the bit`, async () => {
    for (const [net, layers] of Object.entries(netsOf(optimizer))) {
      using model = mixedModel(layers(), "float32");
      using other = mixedModel(layers(), "float32", 9);
      using batch = batchOf("float32");
      using state = optimizer.init(model);
      const problem = { loss, batch };
      for (let i = 0; i < STEPS; i++) optimizer.step(state, { model, ...problem });
      using restored = await restore(await checkpoint({ model, optimizer, loss, state }), {
        model: other,
        optimizer,
        loss,
      });
      optimizer.step(state, { model, ...problem });
      optimizer.step(restored, { model: other, ...problem });
      const [whole, resumed] = await Promise.all([
        checkpoint({ model, optimizer, loss, state }),
        checkpoint({ model: other, optimizer, loss, state: restored }),
      ]);
      sameBytes(resumed, whole, net);
    }
  });
}

/** What becomes of sites without factors: gradients of samples from the library, all else in float64 numbers here. */
class FallbackOracle {
  parameters: number[];
  readonly sites: readonly { name: string; first: number; end: number }[];
  readonly #options: Options;
  readonly #isOfDirections: boolean;
  /** True for averages that begin with zeros and are divided by 1 - decay^t. */
  readonly #isCorrected: boolean;
  /** What is left of the zeros that averages began with. */
  #left = { squares: 1, momentum: 1 };
  #momentum: number[];
  #squares: number[];

  constructor(model: Model, { options }: Optimizer) {
    this.parameters = [...model.parameters.data];
    this.#options = options;
    this.#isOfDirections = "alpha" in options;
    this.#isCorrected = "dampingScale" in options;
    this.#momentum = this.parameters.map(() => 0);
    this.#squares = this.parameters.map(() => 0);
    this.sites = model.sites
      .filter(({ form, uses }) => form.lacksFactors !== undefined || uses > 1)
      .map(({ name, offset, weight }) => ({ name, first: offset, end: offset + weight.size }));
    ok(this.sites.length > 0, "every site has factors");
  }

  step(lin: Linearization, step: number, alpha = this.#number("alpha")): void {
    using rows = lin.perSampleGradients();
    const count = this.parameters.length;
    const meanOf = (f: (x: number) => number): number[] =>
      this.parameters.map((_, i) => {
        let sum = 0;
        for (let n = 0; n < BATCH_SIZE; n++) sum += f(rows.data[n * count + i]);
        return sum / BATCH_SIZE;
      });
    const l2 = this.#number("l2");
    const gradient = meanOf((x) => x).map((g, i) => g + l2 * this.parameters[i]);
    const interval = this.#number("factorInterval") || this.#number("refreshInterval") || 1;
    if (step % interval === 0) {
      const decay = this.#number("decay");
      const weight = step === 0 && !this.#isCorrected ? 1 : 1 - decay;
      this.#left.squares *= decay;
      const squares = meanOf((x) => x * x);
      this.#squares = squares.map((x, i) => weight * x + (1 - weight) * this.#squares[i]);
    }
    const direction = this.#isOfDirections
      ? this.#remember(this.#precondition(gradient, alpha))
      : this.#precondition(this.#remember(gradient), alpha);
    const rate = this.#number("learningRate");
    this.parameters = this.parameters.map((x, i) => x - rate * direction[i]);
  }

  #number(name: string): number {
    const value = this.#options[name];
    return typeof value === "number" ? value : 0;
  }

  #precondition(vector: number[], alpha: number): number[] {
    if (this.#options.fallback === "gradient") return vector;
    const [share, damping] = this.#isOfDirections ? [1 - alpha, alpha] : [
      1,
      this.#number("damping"),
    ];
    if (this.#isCorrected) return this.#correctedQuotients(vector, damping);
    return vector.map((x, i) => x / (share * this.#squares[i] + damping));
  }

  #correctedQuotients(vector: number[], damping: number): number[] {
    const corrected = this.#squares.map((x) => x / (1 - this.#left.squares));
    const direction = [...vector];
    for (const { first, end } of this.sites) {
      const diagonal = corrected.slice(first, end);
      const mean = diagonal.reduce((sum, x) => sum + x, 0) / diagonal.length;
      const epsilon = this.#options.dampingScale === "relative" ? damping * mean : damping;
      for (let i = first; i < end; i++) direction[i] /= corrected[i] + epsilon;
    }
    return direction;
  }

  #remember(vector: number[]): number[] {
    const { momentum } = this.#options;
    if (momentum === "none") return vector;
    const { kind, decay } = momentum as { kind: string; decay: number };
    const fresh = kind === "average" ? 1 - decay : 1;
    ok(kind !== "nesterov", "the oracle knows no Nesterov momentum");
    this.#momentum = vector.map((x, i) => decay * this.#momentum[i] + fresh * x);
    if (!this.#isCorrected || kind !== "average") return this.#momentum;
    this.#left.momentum *= decay;
    return this.#momentum.map((x) => x / (1 - this.#left.momentum));
  }
}

/** (1 / B) Σ rowᵀ row. */
function moment(rows: readonly (readonly number[])[]): number[][] {
  const [{ length }] = rows;
  return Array.from({ length }, (_, i) =>
    Array.from(
      { length },
      (_, j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0) / rows.length,
    ));
}

function damped(a: readonly (readonly number[])[], damping: number): number[][] {
  return a.map((row, i) => row.map((x, j) => i === j ? x + damping : x));
}

function rowsOf(data: ArrayLike<number>, width: number): number[][] {
  return Array.from(
    { length: data.length / width },
    (_, n) => Array.from({ length: width }, (_, i) => data[n * width + i]),
  );
}

test("kfac() and kBfgs() step with the factors of sites below, above and beside those that have none", () => {
  const damping = 0.2, root = Math.sqrt(damping), learningRate = 0.5;
  const methods = {
    kfac: kfac({ learningRate, damping, fisher: "empirical", split: "plain" }),
    kBfgs: kBfgs({ learningRate, damping }),
  };
  for (const [name, optimizer] of Object.entries(methods)) {
    for (const [net, layers] of Object.entries(BETWEEN)) {
      using model = mixedModel(layers(), "float64");
      using batch = batchOf("float64");
      const expected = [...model.parameters.data];
      const compared: [number, number][] = [];
      {
        using lin = model.linearize(loss, batch);
        using gradient = lin.gradient();
        for (const { form, uses, weight, offset, inputs, outputGradients } of lin.sites) {
          if (form.lacksFactors !== undefined || uses > 1) continue;
          const [outputs, columns] = weight.shape, { hasOnes, heldColumns, tensor } = inputs;
          const a = Array.from({ length: BATCH_SIZE }, (_, n) => [
            ...tensor.data.slice(n * heldColumns, (n + 1) * heldColumns),
            ...(hasOnes ? [1] : []),
          ]);
          const g = rowsOf(outputGradients.data, outputs);
          const m = rowsOf(gradient.data.slice(offset, offset + weight.size), columns)
            .map((row) => row.map((x) => 0.1 * x)); // the first of a moving average
          const right = product(m, inverse(damped(moment(a), root)));
          const direction = name === "kfac"
            ? product(inverse(damped(moment(g), root)), right)
            : right; // H_g begins as I
          direction.flat().forEach((d, i) => expected[offset + i] -= learningRate * d);
          compared.push([offset, offset + weight.size]);
        }
      }
      using state = optimizer.init(model);
      optimizer.step(state, { model, loss, batch });
      ok(compared.length > 0, `${net}: no site has factors`);
      for (const [first, end] of compared) {
        const moved = model.parameters.data.subarray(first, end);
        allNear(moved, expected.slice(first, end), identityBound("float64"), `${name}, ${net}`);
      }
    }
  }
});

test("every step changes the curvature that is remembered of sites without factors, and nets without have none", () => {
  for (const [name, optimizer] of Object.entries(METHODS)) {
    using model = mixedModel(BELOW["scales and shifts below"](), "float32");
    using batch = batchOf("float32");
    using state = optimizer.init(model);
    equal([...state.tensors.keys()].filter((key) => key.endsWith(".diagonal")), [
      "layerNorm_1.diagonal",
    ], name);
    const remembered = (): number[] => [...state.tensors.get("layerNorm_1.diagonal")?.data ?? []];
    ok(remembered().every((x) => x === 0), `${name}: does not begin with zeros`);
    optimizer.step(state, { model, loss, batch });
    ok(remembered().every((x) => x > 0), `${name}: remembers nothing`);
    using plain = mixedModel(chain(), "float32");
    using alone = optimizer.init(plain);
    ok([...alone.tensors.keys()].every((key) => !key.endsWith(".diagonal")), name);
  }
});

test("a warm start of kfac() averages the curvature of sites without factors", () => {
  using model = mixedModel(BETWEEN["scales and shifts between"](), "float64");
  using first = batchOf("float64", 1);
  using second = batchOf("float64", 2);
  const optimizer = kfac();
  const diagonal = (...warmStart: { input: typeof first.input; target: typeof first.target }[]) => {
    using state = optimizer.init(model, { loss, warmStart });
    return [...state.tensors.get("layerNorm_2.diagonal")?.data ?? []];
  };
  const [one, other] = [diagonal(first), diagonal(second)];
  const mean = one.map((x, i) => (x + other[i]) / 2);
  allNear(diagonal(first, second), mean, identityBound("float64"), "the mean of both");
});

test("what an adaptive eaCg() promises has the curvature of sites without factors in it", () => {
  const learningRate = 0.25, alpha = 0.1;
  const optimizer = eaCg({ learningRate, alpha, form: "direct", adaptation: "reduction-ratio" });
  for (const [net, layers] of Object.entries(BELOW)) {
    using model = mixedModel(layers(), "float64");
    using batch = batchOf("float64");
    using state = optimizer.init(model);
    const before = [...model.parameters.data];
    using lin = model.linearize(loss, batch);
    using gradient = lin.gradient();
    const { reductionRatio } = optimizer.step(state, { model, loss, batch });
    using after = model.linearize(loss, batch);
    // The direction is exact: (C + λ I) d = g / (1 - α), so the model promises -η gᵀd + ½ η² gᵀd / (1 - α).
    const along = [...gradient.data].reduce(
      (sum, g, i) => sum + g * (before[i] - model.parameters.data[i]) / learningRate,
      0,
    );
    const promised = along * learningRate * (0.5 * learningRate / (1 - alpha) - 1);
    allNear([reductionRatio ?? NaN], [(after.loss - lin.loss) / promised], TRAJECTORY_BOUND, net);
  }
});

test("squared gradients that overflow are named, and the step did not happen", () => {
  for (const optimizer of [kBfgs(), eaCg(), kfi(), cwNgd()]) {
    using model = mixedModel([layerNorm(), dense(3)], "float32");
    for (const [i, w] of model.sites[1].weight.data.entries()) {
      model.sites[1].weight.data[i] = 1e15 * w;
    }
    model.parametersChanged();
    using input = tensorOf(randomRows(1, 4, 4), "float32");
    using target = tensorOf(randomRows(2, 4, 3), "float32");
    using state = optimizer.init(model);
    const before = snapshot(model, state);
    throws(
      () => optimizer.step(state, { model, loss: squaredError(), batch: { input, target } }),
      NonFiniteError,
      /site "layerNorm_1", squared gradients/,
    );
    sameSnapshot(snapshot(model, state), before, optimizer.name);
  }
});

test("nets with layerNorm(), tied weights and layers of one's own train", () => {
  const optimizers = [
    kfac({ learningRate: 0.3, damping: 0.01 }),
    kBfgs({ learningRate: 0.3, damping: 0.1 }),
    eaCg(),
    kfi({ learningRate: 0.3 }),
    cwNgd({ learningRate: 0.02, damping: 0.01 }),
  ];
  for (const optimizer of optimizers) {
    for (const [net, layers] of Object.entries(netsOf(optimizer))) {
      using model = mixedModel(layers(), "float32");
      using batch = batchOf("float32");
      using state = optimizer.init(model);
      const { loss: first } = optimizer.step(state, { model, loss, batch });
      let last = first;
      for (let i = 0; i < 100; i++) last = optimizer.step(state, { model, loss, batch }).loss;
      ok(3 * last < 2 * first, `${optimizer.name}, ${net}: from ${first} to ${last}`);
    }
  }
});

test("methods refuse sites without factors by name, if they are to", () => {
  const models = { ...BELOW, ...BETWEEN };
  for (const layers of Object.values(models)) {
    using model = mixedModel(layers(), "float32");
    for (const make of REFUSING) {
      throws(() => make().init(model), TypeError, /site "\w+".*; supported are dense, conv2d/);
    }
    for (const make of [eaCg, kfi]) {
      const pattern = /site "\w+".*; supported are dense sites/;
      throws(() => make({ fallback: "refuse" }).init(model), TypeError, pattern);
    }
  }
});

test("eaCg() and kfi() refuse what is below a site without factors, by name and with the reason", () => {
  for (const make of [eaCg, kfi]) {
    for (
      const [net, barrier] of [
        ["scales and shifts between", "layerNorm_2"],
        ["tied autoencoder", "dense_2"],
        ["a layer of one's own on top", "mixing_2"],
      ] as const
    ) {
      using model = mixedModel(BETWEEN[net](), "float32");
      throws(
        () => make().init(model),
        TypeError,
        new RegExp(`site "dense_1" is below site "${barrier}", through which the recursion`),
      );
    }
  }
});

test("methods with a fallback refuse one that they do not know", () => {
  for (const make of Object.values(MAKERS)) {
    for (const fallback of ["adam", "", true, null]) {
      throws(() => make({ fallback }), TypeError, /fallback must be "diagonal" or "gradient" or/);
    }
  }
});
