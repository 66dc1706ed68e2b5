// Layers one after the other, as one layer: the network itself is such a chain. A reverse sweep for a block
// of sites stops at the block's first layer.
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type {
  BindContext,
  BoundLayer,
  Buffers,
  Layer,
  Link,
  ReverseContext,
  ReverseSweep,
  SecondOrderContext,
  SecondOrderSweep,
  TangentContext,
  TangentSweep,
} from "./layer.ts";
import { joinedCoupling, memberState, type StateDescription } from "./layer_state.ts";
import type { SiteDescription, SiteTangents } from "../sites/site.ts";

interface ChainReverse extends ReverseSweep {
  /** By member, last first; members below the block are missing. */
  readonly members: readonly ReverseSweep[];
}

interface ChainTangent extends TangentSweep {
  readonly members: readonly TangentSweep[];
}

/** Applies layers one after the other. */
export function chain(layers: readonly Layer[]): Layer {
  const shapesFrom = (input: Shape): Shape[] => {
    const shapes = [input];
    for (const layer of layers) shapes.push(layer.outputShape(shapes[shapes.length - 1]));
    return shapes;
  };
  return Object.freeze({
    kind: "chain",
    indexCount: indexCountOf(layers),
    hasHiddenStates: layers.some(({ hasHiddenStates }) => hasHiddenStates),
    outputShape: (input: Shape): Shape => shapesFrom(input)[layers.length],
    sites: (input: Shape): SiteDescription[] => {
      const shapes = shapesFrom(input);
      return layers.flatMap((layer, i) =>
        layer.sites(shapes[i]).map((site) => memberSite(i, site))
      );
    },
    state: (input: Shape): StateDescription[] => {
      const shapes = shapesFrom(input);
      return layers.flatMap((layer, i) => memberState(i, layer.state?.(shapes[i])));
    },
    couplesSamples: (input: Shape) => {
      const shapes = shapesFrom(input);
      return joinedCoupling(layers.map((layer, i) => layer.couplesSamples?.(shapes[i])));
    },
    bind: (context: BindContext): BoundLayer => new BoundChain(layers, context),
  });
}

/** How many indices the first of layers takes; refuses others that take some. */
function indexCountOf(layers: readonly Layer[]): number | undefined {
  const late = layers.findIndex(({ indexCount }, i) => i > 0 && indexCount !== undefined);
  if (late < 0) return layers[0]?.indexCount;
  throw new TypeError(
    `Cannot put layer ${late + 1}, ${layers[late].kind}, behind another: it takes indices, ` +
      "which only the input of a model can be",
  );
}

/** A site of one member of a composite layer; its arrays are named as in torch.nn modules. */
export function memberSite(member: number | string, site: SiteDescription): SiteDescription {
  const arrays = site.arrays.map((array) => ({ ...array, name: `${member}.${array.name}` }));
  return { ...site, arrays };
}

/** Buffers of one member of a composite layer, apart from those of the others. */
export function memberBuffers(buffer: Buffers, member: number): Buffers {
  return (shape, path = "") => buffer(shape, `${member}/${path}`);
}

/** True for a layer that is its site: what it makes are the site's outputs, of rows that are in memory. */
function isSite({ output, sites }: BoundLayer): boolean {
  if (sites.length !== 1) return false;
  const [{ outputs, inputs }] = sites;
  return outputs.pointer === output.pointer && outputs.size === output.size && !inputs.patches;
}

/** What follows each site of members that come one after the other. */
function linksOf(members: readonly BoundLayer[]): (Link | undefined)[] {
  return members.flatMap((member, i) => {
    const rest = members.slice(i + 1);
    const next = rest.findIndex(({ elementMaps }) => !elementMaps);
    const isLinked = isSite(member) && (next < 0 || isSite(rest[next]));
    const between = rest.slice(0, next < 0 ? rest.length : next);
    const link = isLinked ? between.flatMap(({ elementMaps = [] }) => elementMaps) : undefined;
    return member.sites.map(() => link);
  });
}

/** Runs sweeps one after the other. */
export function runAll(sweeps: readonly { run(): void }[]): void {
  for (const sweep of sweeps) sweep.run();
}

class BoundChain implements BoundLayer<ChainReverse, ChainTangent> {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"];
  readonly links: readonly (Link | undefined)[];
  readonly #members: BoundLayer[] = [];

  constructor(layers: readonly Layer[], context: BindContext) {
    const { input, weights, state, buffer } = context;
    let next = 0, nextState = 0;
    this.output = input;
    for (const [i, layer] of layers.entries()) {
      const shape = this.output.shape.slice(1);
      const count = layer.sites(shape).length;
      const stateCount = layer.state?.(shape).length ?? 0;
      const member = layer.bind({
        ...context,
        input: this.output,
        weights: weights.slice(next, next += count),
        state: state.slice(nextState, nextState += stateCount),
        buffer: memberBuffers(buffer, i),
      });
      this.#members.push(member);
      this.output = member.output;
    }
    this.sites = this.#members.flatMap((member) => member.sites);
    this.links = linksOf(this.#members);
  }

  forward(): void {
    for (const member of this.#members) member.forward();
  }

  prepareState(): void {
    for (const member of this.#members) member.prepareState?.();
  }

  reverse(context: ReverseContext): ChainReverse {
    const { outputCotangent, keepsOutput, needsInput, buffer } = context;
    const wanted = this.#byMember(context.wanted);
    const first = needsInput ? 0 : wanted.findIndex((sites) => sites.includes(true));
    const members: ReverseSweep[] = [];
    let cotangent: Tensor | undefined = outputCotangent;
    for (let i = this.#members.length - 1; i >= first && first >= 0 && cotangent; i--) {
      const sweep: ReverseSweep = this.#members[i].reverse({
        outputCotangent: cotangent,
        needsInput: i > first || needsInput,
        keepsOutput,
        wanted: wanted[i],
        buffer: memberBuffers(buffer, i),
      });
      members.push(sweep);
      cotangent = sweep.inputCotangent;
    }
    const reached = members.toReversed().flatMap((sweep) => sweep.siteCotangents);
    const below = new Array<Tensor>(this.sites.length - reached.length);
    return {
      members,
      outputCotangent,
      inputCotangent: needsInput ? cotangent : undefined,
      siteCotangents: [...below, ...reached],
      run: () => runAll(members),
    };
  }

  tangent({ inputTangent, weightTangents, buffer }: TangentContext): ChainTangent {
    const members: TangentSweep[] = [];
    let outputTangent = inputTangent;
    for (const [i, weights] of this.#byMember(weightTangents).entries()) {
      const sweep = this.#members[i].tangent({
        inputTangent: outputTangent,
        weightTangents: weights,
        buffer: memberBuffers(buffer, i),
      });
      members.push(sweep);
      outputTangent = sweep.outputTangent;
    }
    return { members, inputTangent, weightTangents, outputTangent, run: () => runAll(members) };
  }

  secondOrder(context: SecondOrderContext<ChainReverse, ChainTangent>): SecondOrderSweep {
    const { reverse: { members: reverses }, tangent: { members: tangents } } = context;
    const sweeps: SecondOrderSweep[] = [];
    let change: Tensor | undefined = context.outputCotangentTangent;
    for (const [back, reverse] of reverses.entries()) {
      const i = this.#members.length - 1 - back;
      const sweep: SecondOrderSweep = this.#members[i].secondOrder({
        reverse,
        tangent: tangents[i],
        outputCotangentTangent: change!,
        needsInput: back < reverses.length - 1 || context.needsInput,
        buffer: memberBuffers(context.buffer, i),
      });
      sweeps.push(sweep);
      change = sweep.inputCotangentTangent;
    }
    const reached: SiteTangents[] = sweeps.toReversed().flatMap((sweep) => sweep.sites);
    const sites = [...new Array<SiteTangents>(this.sites.length - reached.length), ...reached];
    const inputCotangentTangent = context.needsInput ? change : undefined;
    return { inputCotangentTangent, sites, run: () => runAll(sweeps) };
  }

  /** Splits what is listed by site into one list for each member. */
  #byMember<T>(listed: readonly T[]): T[][] {
    let next = 0;
    return this.#members.map(({ sites }) => listed.slice(next, next += sites.length));
  }
}
