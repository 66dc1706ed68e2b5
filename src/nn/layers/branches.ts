// Chains of layers that see the same input and whose outputs become one, linearly: what residual() and concatenation()
// have in common. They differ in the junction alone; reverse sweeps go through its transpose.
import { describe } from "../../runtime/arguments.ts";
import { axpy, copy } from "../../ops/vector.ts";
import { checkShape, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { chain, memberBuffers, memberSite, runAll } from "./chain.ts";
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
  settingsOf,
  type TangentContext,
  type TangentSweep,
} from "./layer.ts";
import { joinedCoupling, memberState, type StateDescription } from "./layer_state.ts";
import type { SiteDescription } from "../sites/site.ts";

/** Layers one after the other, none for the input itself. */
export interface Branch {
  /** What its arrays are named after in files. */
  readonly name: string;
  /** The layers. */
  readonly layers: readonly Layer[];
}

/** Parts of a cotangent. */
export interface Split {
  /** One for each branch. */
  readonly parts: readonly Tensor[];
  /** Fills them. */
  run(): void;
}

/** How the outputs of branches become one. */
export interface Junction {
  /** The shape that comes of those of the branches; throws when they do not suit each other. */
  outputShape(shapes: readonly Shape[]): Shape;
  /** Plans to fill `out` from what tensors like the outputs hold; an absent one counts as zero. */
  join(outputs: readonly Tensor[], parts: readonly (Tensor | undefined)[], out: Tensor): () => void;
  /** Plans the transpose of that; `keeps` when branches leave their parts as they are. */
  split(outputs: readonly Tensor[], whole: Tensor, keeps: boolean, buffer: Buffers): Split;
}

/** Refuses what is not an array of layers. */
export function checkBranch(
  action: string,
  what: string,
  layers: unknown,
): asserts layers is readonly Layer[] {
  if (!Array.isArray(layers)) {
    throw new TypeError(
      `Cannot ${action}: ${what} must be an array of layers, not ${describe(layers)}`,
    );
  }
  for (const [i, layer] of layers.entries()) {
    checkIsLayer(action, `layer ${i + 1} of ${what}`, layer);
  }
}

/** The layer that branches make; its sites are theirs, branch by branch. */
export function branched(kind: string, branches: readonly Branch[], junction: Junction): Layer {
  const chains = branches.map(({ layers }) => chain([...layers]));
  const isStepwise = branches.every(({ layers }) => layers.every(({ steps }) => steps === "each"));
  return Object.freeze({
    kind,
    indexCount: sharedIndexCount(chains),
    hasHiddenStates: chains.some(({ hasHiddenStates }) => hasHiddenStates),
    options: Object.freeze({ branches: branches.map(({ layers }) => settingsOf(layers)) }),
    steps: isStepwise ? "each" : undefined,
    outputShape: (input: Shape): Shape => {
      checkShape(`apply ${kind}`, input);
      return junction.outputShape(chains.map((layer) => layer.outputShape(input)));
    },
    sites: (input: Shape): SiteDescription[] => {
      checkShape(`apply ${kind}`, input);
      return chains.flatMap((layer, i) =>
        layer.sites(input).map((site) => memberSite(branches[i].name, site))
      );
    },
    state: (input: Shape): StateDescription[] =>
      chains.flatMap((layer, i) => memberState(branches[i].name, layer.state?.(input))),
    couplesSamples: (input: Shape) =>
      joinedCoupling(chains.map((layer) => layer.couplesSamples?.(input))),
    bind: (context: BindContext): BoundLayer => new BoundBranches(chains, junction, context),
  });
}

/** How many indices every branch takes that takes indices; undefined where none does. */
function sharedIndexCount(branches: readonly Layer[]): number | undefined {
  const counts = branches.flatMap(({ indexCount }) => indexCount ?? []);
  return counts.length > 0 ? Math.min(...counts) : undefined;
}

interface BranchedReverse extends ReverseSweep {
  readonly parts: readonly ReverseSweep[];
}

interface BranchedTangent extends TangentSweep {
  readonly parts: readonly TangentSweep[];
}

/** out = Σ parts, where absent counts as zero; one of them is there. */
export function addUp(parts: readonly (Tensor | undefined)[], out: Tensor): void {
  const [first, ...rest] = parts.filter((part) => part !== undefined);
  copy(first, out);
  for (const part of rest) axpy(1, part, out);
}

class BoundBranches implements BoundLayer<BranchedReverse, BranchedTangent> {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"];
  readonly #branches: readonly BoundLayer[];
  readonly #outputs: readonly Tensor[];
  readonly #junction: Junction;
  readonly #input: Tensor;
  readonly #join: () => void;

  constructor(chains: readonly Layer[], junction: Junction, context: BindContext) {
    const { input, buffer } = context;
    const shape = input.shape.slice(1);
    let next = 0, nextState = 0;
    this.#branches = chains.map((layer, i) => {
      const weights = context.weights.slice(next, next += layer.sites(shape).length);
      const stateCount = layer.state?.(shape).length ?? 0;
      const state = context.state.slice(nextState, nextState += stateCount);
      return layer.bind({ ...context, weights, state, buffer: memberBuffers(buffer, i) });
    });
    this.#outputs = this.#branches.map(({ output }) => output);
    this.#junction = junction;
    this.#input = input;
    this.sites = this.#branches.flatMap(({ sites }) => sites);
    const outputShape = junction.outputShape(this.#outputs.map(({ shape }) => shape.slice(1)));
    this.output = buffer([input.shape[0], ...outputShape]);
    this.#join = junction.join(this.#outputs, this.#outputs, this.output);
  }

  forward(): void {
    for (const branch of this.#branches) branch.forward();
    this.#join();
  }

  prepareState(): void {
    for (const branch of this.#branches) branch.prepareState?.();
  }

  reverse(context: ReverseContext): BranchedReverse {
    const { outputCotangent, keepsOutput, needsInput, buffer } = context;
    const split = this.#junction.split(this.#outputs, outputCotangent, keepsOutput, buffer);
    const wanted = this.#byBranch(context.wanted);
    const parts = this.#branches.map((branch, i) =>
      branch.reverse({
        ...context,
        outputCotangent: split.parts[i],
        wanted: wanted[i],
        buffer: memberBuffers(buffer, i),
      })
    );
    const inputCotangent = needsInput ? buffer(this.#input.shape, "sum") : undefined;
    const run = (): void => {
      split.run();
      runAll(parts);
      if (inputCotangent) addUp(parts.map((sweep) => sweep.inputCotangent), inputCotangent);
    };
    const siteCotangents = parts.flatMap((sweep) => sweep.siteCotangents);
    return { parts, outputCotangent, inputCotangent, siteCotangents, run };
  }

  tangent({ inputTangent, weightTangents, buffer }: TangentContext): BranchedTangent {
    const moving = this.#byBranch(weightTangents);
    const parts = this.#branches.map((branch, i) =>
      branch.tangent({ inputTangent, weightTangents: moving[i], buffer: memberBuffers(buffer, i) })
    );
    const given = { parts, inputTangent, weightTangents };
    const tangents = parts.map((sweep) => sweep.outputTangent);
    if (!tangents.some((tangent) => tangent)) {
      return { ...given, outputTangent: undefined, run: () => runAll(parts) };
    }
    const outputTangent = buffer(this.output.shape);
    const join = this.#junction.join(this.#outputs, tangents, outputTangent);
    const run = (): void => {
      runAll(parts);
      join();
    };
    return { ...given, outputTangent, run };
  }

  secondOrder(context: SecondOrderContext<BranchedReverse, BranchedTangent>): SecondOrderSweep {
    const { outputCotangentTangent, needsInput, buffer } = context;
    const { reverse: { parts: reverses }, tangent: { parts: tangents } } = context;
    const split = this.#junction.split(this.#outputs, outputCotangentTangent, true, buffer);
    const parts = this.#branches.map((branch, i) =>
      branch.secondOrder({
        reverse: reverses[i],
        tangent: tangents[i],
        outputCotangentTangent: split.parts[i],
        needsInput,
        buffer: memberBuffers(buffer, i),
      })
    );
    const inputCotangentTangent = needsInput ? buffer(this.#input.shape, "sum") : undefined;
    const run = (): void => {
      split.run();
      runAll(parts);
      if (!inputCotangentTangent) return;
      addUp(parts.map((sweep) => sweep.inputCotangentTangent), inputCotangentTangent);
    };
    return { inputCotangentTangent, sites: parts.flatMap(({ sites }) => sites), run };
  }

  /** Splits what is listed by site into one list for each branch. */
  #byBranch<T>(listed: readonly T[]): T[][] {
    let next = 0;
    return this.#branches.map(({ sites }) => listed.slice(next, next += sites.length));
  }
}
