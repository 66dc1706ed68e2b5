import { checkOptions, describe } from "../runtime/arguments.ts";
import { axpy, copy } from "../ops/vector.ts";
import { formatShape, sameShape, type Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { chain, memberSite } from "./chain.ts";
import {
  type BindContext,
  type BoundLayer,
  type Buffers,
  checkIsLayer,
  type Layer,
  type ReverseContext,
  type ReverseSweep,
  type SecondOrderContext,
  type SecondOrderSweep,
  type SiteDescription,
  type TangentContext,
  type TangentSweep,
} from "./layer.ts";

/** Options of `residual()`. */
export interface ResidualOptions {
  /** Layers of the shortcut, where shapes differ. @default none: the input itself */
  readonly projection?: readonly Layer[];
}

/**
 * Adds a branch of layers to its input, or to a projection of it: y = f(x) + c(x).
 *
 * Its affine sites are those of the branch, then those of the projection.
 *
 * The model is refused if branch and shortcut give different shapes.
 *
 * @throws {TypeError} when branch or projection are not arrays of layers.
 *
 * @example
 * ```ts
 * import { dense, residual, sequential, tanh } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [4] }, [residual([dense(8), tanh(), dense(4)]), dense(2)]);
 * assertEquals(model.sites.map((site) => site.name), ["dense_1", "dense_2", "dense_3"]);
 * ```
 */
export function residual(branch: readonly Layer[], options: ResidualOptions = {}): Layer {
  checkOptions("make a residual layer", options);
  const { projection = [] } = options;
  checkLayers("the branch", branch);
  checkLayers("the projection", projection);
  const [main, shortcut] = [chain([...branch]), chain([...projection])];
  const isStepwise = [...branch, ...projection].every(({ steps }) => steps === "each");
  return Object.freeze({
    kind: "residual",
    steps: isStepwise ? "each" : undefined,
    outputShape: (input: Shape): Shape => {
      const [shape, expected] = [main.outputShape(input), shortcut.outputShape(input)];
      if (sameShape(shape, expected)) return shape;
      throw new TypeError(
        `Cannot add a branch of shape ${formatShape(shape)} to a shortcut of shape ${
          formatShape(expected)
        }: they must be equal`,
      );
    },
    sites: (input: Shape): SiteDescription[] => [
      ...main.sites(input).map((site) => memberSite("branch", site)),
      ...shortcut.sites(input).map((site) => memberSite("projection", site)),
    ],
    bind: (context: BindContext): BoundLayer => new BoundResidual(main, shortcut, context),
  });
}

function checkLayers(what: string, layers: unknown): asserts layers is readonly Layer[] {
  const action = "make a residual layer";
  if (!Array.isArray(layers)) {
    throw new TypeError(
      `Cannot ${action}: ${what} must be an array of layers, not ${describe(layers)}`,
    );
  }
  for (const [i, layer] of layers.entries()) {
    checkIsLayer(action, `layer ${i + 1} of ${what}`, layer);
  }
}

interface SumReverse extends ReverseSweep {
  readonly parts: readonly [ReverseSweep, ReverseSweep];
}

interface SumTangent extends TangentSweep {
  readonly parts: readonly [TangentSweep, TangentSweep];
}

function part(buffer: Buffers, name: string): Buffers {
  return (shape, path = "") => buffer(shape, `${name}/${path}`);
}

/** out = a + b, where absent counts as zero. */
function add(a: Tensor | undefined, b: Tensor | undefined, out: Tensor): void {
  const [first, second] = a ? [a, b] : [b, undefined];
  if (first) copy(first, out);
  if (second) axpy(1, second, out);
}

class BoundResidual implements BoundLayer {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"];
  readonly #main: BoundLayer;
  readonly #shortcut: BoundLayer;
  readonly #input: Tensor;

  constructor(main: Layer, shortcut: Layer, context: BindContext) {
    const { input, weights, buffer } = context;
    const count = main.sites(input.shape.slice(1)).length;
    const bind = (layer: Layer, own: readonly Tensor[], name: string): BoundLayer =>
      layer.bind({ ...context, weights: own, buffer: part(buffer, name) });
    this.#main = bind(main, weights.slice(0, count), "branch");
    this.#shortcut = bind(shortcut, weights.slice(count), "shortcut");
    this.#input = input;
    this.sites = [...this.#main.sites, ...this.#shortcut.sites];
    this.output = buffer(this.#main.output.shape);
  }

  forward(): void {
    this.#main.forward();
    this.#shortcut.forward();
    add(this.#main.output, this.#shortcut.output, this.output);
  }

  reverse(context: ReverseContext): SumReverse {
    const { outputCotangent, needsInput, wanted, buffer } = context;
    const count = this.#main.sites.length;
    const start = buffer(this.output.shape);
    const main = this.#main.reverse({
      ...context,
      outputCotangent: start,
      wanted: wanted.slice(0, count),
      buffer: part(buffer, "branch"),
    });
    const shortcut = this.#shortcut.reverse({
      ...context,
      wanted: wanted.slice(count),
      buffer: part(buffer, "shortcut"),
    });
    const inputCotangent = needsInput ? buffer(this.#input.shape, "sum") : undefined;
    return {
      parts: [main, shortcut],
      outputCotangent,
      inputCotangent,
      siteCotangents: [...main.siteCotangents, ...shortcut.siteCotangents],
      run: () => {
        // The branch gets a copy: the shortcut may work in place on the cotangent itself.
        copy(outputCotangent, start);
        main.run();
        shortcut.run();
        if (inputCotangent) add(main.inputCotangent, shortcut.inputCotangent, inputCotangent);
      },
    };
  }

  tangent(context: TangentContext): SumTangent {
    const { inputTangent, weightTangents, buffer } = context;
    const count = this.#main.sites.length;
    const main = this.#main.tangent({
      inputTangent,
      weightTangents: weightTangents.slice(0, count),
      buffer: part(buffer, "branch"),
    });
    const shortcut = this.#shortcut.tangent({
      inputTangent,
      weightTangents: weightTangents.slice(count),
      buffer: part(buffer, "shortcut"),
    });
    const moves = main.outputTangent ?? shortcut.outputTangent;
    const outputTangent = moves && buffer(this.output.shape);
    const run = (): void => {
      main.run();
      shortcut.run();
      if (outputTangent) add(main.outputTangent, shortcut.outputTangent, outputTangent);
    };
    return { parts: [main, shortcut], inputTangent, weightTangents, outputTangent, run };
  }

  secondOrder(context: SecondOrderContext): SecondOrderSweep {
    const { needsInput, buffer } = context;
    const reverses = (context.reverse as SumReverse).parts;
    const tangents = (context.tangent as SumTangent).parts;
    const [main, shortcut] = [this.#main, this.#shortcut].map((layer, i) =>
      layer.secondOrder({
        ...context,
        reverse: reverses[i],
        tangent: tangents[i],
        buffer: part(buffer, `${i}`),
      })
    );
    const inputCotangentTangent = needsInput ? buffer(this.#input.shape, "sum") : undefined;
    const run = (): void => {
      main.run();
      shortcut.run();
      if (inputCotangentTangent) {
        add(main.inputCotangentTangent, shortcut.inputCotangentTangent, inputCotangentTangent);
      }
    };
    return { inputCotangentTangent, sites: [...main.sites, ...shortcut.sites], run };
  }
}
