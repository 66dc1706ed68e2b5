import {
  checkFunction,
  checkMethods,
  checkNamed,
  checkNumber,
  checkString,
  describe,
} from "../../runtime/arguments.ts";
import { checkVersion, plainRecord } from "../../runtime/plain_data.ts";
import { checkedShape, checkShape, type Shape, sizeOf } from "../../tensor/shape.ts";
import { BoundOwnLayer } from "./bound_own_layer.ts";
import type { Initializer } from "../sites/initializers.ts";
import type { BindContext, BoundLayer, Layer } from "./layer.ts";
import type { SiteDescription } from "../sites/site.ts";
import { FREE } from "../sites/site_form.ts";
import {
  DEFINITION_NAMES,
  type LayerDefinition,
  type OwnParameter,
  PARAMETER_NAMES,
} from "./own_layer.ts";

const ACTION = "define a layer";
const FIRST_VERSION = 1;

/**
 * Makes a layer of functions of one sample on typed arrays: its value, its two Jacobian products, and how the
 * transposed one changes, where Hessian products are wanted.
 *
 * The library runs them for every sample, keeps their memory, sums gradients and names the layer when it makes what
 * is not finite of what is. Functions read what they are given and write their results, which are zero before; they
 * must not make tensors, keep the arrays or depend on anything else. Each array of parameters is a site of the form
 * "free"; it has no Kronecker factors: see `Fallback`. `checkLayer()` tells whether the functions fit together.
 *
 * Functions are not part of a checkpoint's signature: `options` and `version` are, so settings belong into the one, and
 * changed functions get another of the other.
 *
 * Cost: a call of each function for each sample, in JavaScript.
 *
 * @throws {TypeError} when the definition lacks a function or a name, or has options that are no plain data.
 *
 * @example
 * ```ts
 * import { sequential } from "curvature";
 * import { checkLayer, defineLayer } from "curvature/layers";
 * import { assert } from "@std/assert";
 *
 * const gain = defineLayer({
 *   name: "gain",
 *   outputShape: (input) => input,
 *   parameters: () => [{ name: "factor", shape: [1], initial: 2 }],
 *   forward: ({ x, parameters: { factor } }, y) => x.forEach((v, i) => y[i] = factor[0] * v),
 *   vjp: ({ x, parameters: { factor } }, dy, out) =>
 *     dy.forEach((d, i) => {
 *       out.x[i] = factor[0] * d;
 *       out.parameters.factor[0] += d * x[i];
 *     }),
 *   jvp: ({ x, parameters: { factor } }, t, dy) =>
 *     x.forEach((v, i) => dy[i] = factor[0] * t.x[i] + t.parameters.factor[0] * v),
 * });
 * assert(checkLayer(gain, { input: [3] }).isSound);
 * using model = sequential({ input: [3] }, [gain]);
 * assert(model.parameters.data[0] === 2);
 * ```
 */
export function defineLayer(definition: LayerDefinition): Layer {
  checkMethods(ACTION, "the definition", definition, ["outputShape", "forward", "vjp", "jvp"]);
  checkNamed(ACTION, "the definition", definition, DEFINITION_NAMES);
  const { name, parameters = () => [], secondOrder } = definition;
  const { options = {}, version = FIRST_VERSION } = definition;
  checkString(ACTION, "the name", name);
  checkVersion(ACTION, version);
  checkFunction(ACTION, "parameters", parameters);
  if (secondOrder !== undefined) checkFunction(ACTION, "secondOrder", secondOrder);
  const outputShape = (input: Shape): Shape => {
    checkShape(`apply ${name}`, input);
    return checkedShape(`apply ${name}`, definition.outputShape(input));
  };
  return Object.freeze({
    kind: name,
    options: plainRecord(ACTION, "options", options),
    version,
    outputShape,
    sites: (input: Shape): SiteDescription[] => {
      checkShape(`apply ${name}`, input);
      return checkedParameters(name, parameters(input)).map((each) => siteOf(name, each));
    },
    bind: (context: BindContext): BoundLayer => {
      const input = context.input.shape.slice(1);
      const names = parameters(input).map((each) => each.name);
      return new BoundOwnLayer(definition, names, outputShape(input), context);
    },
  });
}

function checkedParameters(layer: string, given: unknown): readonly OwnParameter[] {
  const action = `apply ${layer}`;
  if (!Array.isArray(given)) {
    throw new TypeError(
      `Cannot ${action}: its parameters must be an array, not ${describe(given)}`,
    );
  }
  for (const each of given) {
    checkNamed(action, "each of its parameters", each, PARAMETER_NAMES);
    const { name, shape, initial = 0 } = each as OwnParameter;
    checkString(action, "the name of a parameter", name);
    checkShape(action, shape);
    if (typeof initial !== "function") checkNumber(action, `initial of ${name}`, initial);
  }
  if (new Set(given.map(({ name }) => name)).size < given.length) {
    throw new TypeError(`Cannot ${action}: two of its parameters have the same name`);
  }
  return given;
}

/** W (rows, rest) row-major: the array itself. */
function siteOf(kind: string, { name, shape, initial = 0 }: OwnParameter): SiteDescription {
  const [outputs = 1] = shape;
  const initializer: Initializer = typeof initial === "function"
    ? initial
    : ({ weight }) => weight.data.fill(initial);
  return {
    kind,
    form: FREE,
    outputs,
    inputs: sizeOf(shape.slice(1)),
    hasBias: false,
    positions: 1,
    initializer,
    arrays: [{ name, shape, column: (index) => index }],
  };
}
