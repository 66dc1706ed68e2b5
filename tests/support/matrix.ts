// Which layer has which product: found by using it and comparing what comes out, never by hand.
// docs/support.md is written from this table by tools/update_support.ts.
import * as api from "../_support/api.ts";
import type { Layer, Linearization, Model, Optimizer, Tensor } from "../../mod.ts";
import type { CheckReport } from "../../layers.ts";
import { identityBound } from "../_support/tolerance.ts";
import { randomRows, randomVector, tensorOf } from "../_support/twins.ts";
import { around, type LayerCase, LAYERS, suited } from "../nn/_layers.ts";
import { mixing } from "../nn/_own.ts";
import { type Method, TABLE } from "../optimizers/_method_table.ts";

const CLASSES = 3;
const BATCH_SIZE = 4;
/** Methods that take most come first. */
const SITES: readonly Method["sites"][] = ["all", "dense"];

/** Layers that are not the library's own, or that need a certain layer before them. */
const OTHERS: Readonly<Record<string, LayerCase>> = {
  "dense, tied": {
    layer: () => api.dense(4, { tiedTo: "dense_1", transpose: true, bias: false }),
    input: [4],
  },
  "defineLayer": { layer: () => api.defineLayer(mixing(3)), input: [3] },
};

/** What is known of a layer in a model. */
interface Subject {
  readonly model: Model;
  readonly lin: Linearization;
  readonly batch: api.Batch;
  readonly report: CheckReport;
}

/** Uses one product; throws what refuses it, or an error when the result is wrong. */
type Trial = (subject: Subject) => void;

class WrongResult extends Error {}

function must(condition: boolean, what: string): void {
  if (!condition) throw new WrongResult(what);
}

/** What `checkModel()` compared. */
const found = (pattern: RegExp): Trial => ({ report }) => {
  const findings = report.findings.filter(({ check }) => pattern.test(check));
  must(findings.length > 0 && findings.every(({ holds }) => holds), String(pattern));
};

function isNear(a: Tensor, b: Tensor): boolean {
  const bound = identityBound("float64") * (1 + Math.max(...b.data.map(Math.abs)));
  return a.data.every((value, i) => Math.abs(value - b.data[i]) <= bound);
}

/** An operator beside another way to compute its products. */
const operator = (
  make: (lin: Linearization) => api.LinearOperator,
  expected: (lin: Linearization) => api.LinearOperator,
): Trial =>
({ lin }) => {
  using one = make(lin);
  using other = expected(lin);
  using v = randomVector(7, lin.parameterCount, "float64");
  using left = one.apply(v);
  using right = other.apply(v);
  must(isNear(left, right), "products differ");
};

/** A few steps lower the loss of the batch, or at least change the parameters to finite ones. */
const trains = (make: () => Optimizer): Trial => ({ model, batch }) => {
  const optimizer = make();
  using state = optimizer.init(model);
  const before = model.parameters.data.slice();
  try {
    for (let i = 0; i < 3; i++) {
      optimizer.step(state, { model, loss: api.softmaxCrossEntropy(), batch });
    }
    const { data } = model.parameters;
    must(data.every(Number.isFinite) && data.some((x, i) => x !== before[i]), "no step");
  } finally {
    model.parameters.data.set(before);
    model.parametersChanged();
  }
};

const savesAndLoads: Trial = ({ model }) => {
  const bytes = api.save(model);
  const before = model.parameters.data.slice();
  model.parameters.data.fill(0);
  api.load(model, bytes);
  must(model.parameters.data.every((x, i) => Object.is(x, before[i])), "other bits");
};

/** Every product by the name that users know. */
export const PRODUCTS: Readonly<Record<string, Trial>> = {
  "predict()": ({ model, batch }) => {
    using output = model.predict(batch.input);
    must(output.data.every(Number.isFinite), "not finite");
  },
  "gradient()": found(/^the gradient at site/),
  "jvp()": found(/^J is/),
  "vjp()": found(/^Jᵀ is/),
  "hvp()": ({ lin, ...subject }) => {
    using v = lin.gradient();
    using product = lin.hvp(v);
    must(product.data.every(Number.isFinite), "not finite");
    found(/^the Hessian is/)({ lin, ...subject });
  },
  "perSampleGradients()": ({ lin, ...subject }) => {
    using rows = lin.perSampleGradients();
    must(rows.shape[0] === lin.batchSize, "a row each");
    found(/^gradients of samples/)({ lin, ...subject });
  },
  "gaussNewton()": (subject) => {
    found(/^the Gauss-Newton/)(subject);
    const all = (lin: Linearization) => api.gaussNewton(lin, { blocks: [sitesOf(lin)] });
    operator((lin) => api.gaussNewton(lin), all)(subject);
  },
  "fisher()": operator((lin) => api.fisher(lin), (lin) => api.gaussNewton(lin)),
  "gaussNewtonMatrix()": ({ lin }) => {
    using matrix = api.gaussNewtonMatrix(lin);
    using exact = api.gaussNewton(lin);
    using dense = exact.toDense();
    must(isNear(matrix, dense), "matrices differ");
  },
  "positiveCurvatureHessian()": ({ lin }) => {
    using hessian = api.positiveCurvatureHessian(lin);
    using v = lin.gradient();
    using product = hessian.apply(v);
    must(product.data.every(Number.isFinite), "not finite");
  },
  "save(), load()": savesAndLoads,
  ...Object.fromEntries(
    SITES.flatMap((sites) =>
      Object.entries(TABLE).filter(([, method]) => method.sites === sites).map((
        [name, { make, forms }],
      ) => [`${name}()`, trains(() => make(Object.values(forms)[0]))])
    ),
  ),
};

function sitesOf(lin: Linearization): number[] {
  return [...lin.modelSites.keys()];
}

/** What one product does with one layer: true when it is right, else the words that refuse it. */
export type Cell = true | string;

/** The cells of every layer, by product. */
export type SupportMatrix = ReadonlyMap<string, ReadonlyMap<string, Cell>>;

/** Tries every product with every layer; throws when a result is wrong or an error is no refusal. */
export function supportMatrix(): SupportMatrix {
  const rows = new Map<string, ReadonlyMap<string, Cell>>();
  for (const [name, { layer, input }] of Object.entries({ ...LAYERS, ...OTHERS })) {
    rows.set(name, cellsOf(name, around(layer(), input, CLASSES), input));
  }
  return rows;
}

function cellsOf(name: string, layers: Layer[], shape: readonly number[]): Map<string, Cell> {
  using model = api.sequential({ input: shape, seed: 1, dtype: "float64" }, layers);
  const size = shape.reduce((a, b) => a * b, 1);
  using flat = tensorOf(randomRows(1, BATCH_SIZE, size), "float64");
  using target = api.tensor([0, 2, 1, 0], { dtype: "float64" });
  const input = suited(flat, layers).view([BATCH_SIZE, ...shape]);
  const batch = { input, target, key: api.randomKey(3) };
  const loss = api.softmaxCrossEntropy();
  const report = api.checkModel(model, { loss, batch });
  const cells = new Map<string, Cell>();
  for (const [product, trial] of Object.entries(PRODUCTS)) {
    using lin = model.linearize(loss, batch);
    cells.set(
      product,
      outcome(`${product} of ${name}`, () => trial({ model, lin, batch, report })),
    );
  }
  return cells;
}

function outcome(what: string, attempt: () => void): Cell {
  try {
    attempt();
    return true;
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith("Cannot ")) return error.message;
    throw new Error(`${what}: ${error}`);
  }
}
