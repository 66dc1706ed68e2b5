// One layer by itself with buffers and all its sweeps, as the checkers run it.
//
// In JavaScript: a checker runs on a few samples, once, for whoever writes a layer, a loss or a model.
import type { DType, FloatArray } from "../../runtime/dtype.ts";
import type { Resource } from "../../runtime/scope.ts";
import { DISPOSE, Scope } from "../../runtime/scope.ts";
import { randomKey, uniform } from "../../tensor/random.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { BufferPool } from "../pass/buffer_pool.ts";
import type {
  BoundLayer,
  Layer,
  ReverseSweep,
  SecondOrderSweep,
  TangentSweep,
} from "../layers/layer.ts";
import { makeState } from "../layers/layer_state.ts";
import type { SiteDescription } from "../sites/site.ts";
import { checkSite } from "../sites/site.ts";
import { AFFINE, type SiteForm, TRANSPOSED } from "../sites/site_form.ts";
import { matrix } from "../../ops/matrix.ts";

/** Numbers in [-1, 1), a different sequence for each place. */
export class Draws {
  #place = 0;
  readonly #seed: number;

  /** Begins a sequence. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The next numbers. */
  next(count: number): number[] {
    const key = randomKey(this.#seed, 0, this.#place++ * 4294967296);
    using drawn = uniform(key, [count], { dtype: "float64", minimum: -1 });
    return [...drawn.data];
  }

  /** Fills a tensor with indices below a count. */
  fillIndices(tensor: Tensor, count: number): Tensor {
    tensor.data.set(this.next(tensor.size).map((x) => Math.floor((x + 1) / 2 * count)));
    return tensor;
  }

  /** Fills a tensor, rounded to its dtype. */
  fill(tensor: Tensor): Tensor {
    tensor.data.set(this.next(tensor.size));
    return tensor;
  }
}

/** Input and weights of a layer, or tangents or cotangents of them. */
export type LayerVector = readonly Tensor[];

/** The layer bound to a batch size. */
export class LayerProbe implements Resource {
  /** Input, then weights. */
  readonly point: LayerVector;
  /** Names of these parts. */
  readonly parts: readonly string[];
  /** Which of them derivatives are taken of: not of an input of indices. */
  readonly moves: readonly boolean[];
  /** Tangents of them. */
  readonly tangent: LayerVector;
  /** Whether the layer trains or predicts, from the next forward pass on. */
  isTraining = true;
  readonly #pool: BufferPool;
  readonly #state = new Scope();
  readonly #bound: BoundLayer;
  readonly #sites: readonly SiteDescription[];
  readonly #reverse: ReverseSweep;
  readonly #tangent: TangentSweep;
  readonly #buffer: ReturnType<BufferPool["plan"]>;
  #secondOrder: SecondOrderSweep | undefined;
  #change: Tensor | undefined;

  /** Plans everything but the second order, which a layer may refuse. */
  constructor(layer: Layer, dtype: DType, batch: Shape, draws: Draws) {
    this.#pool = new BufferPool(dtype);
    const buffer = this.#buffer = this.#pool.plan();
    const sites = this.#sites = layer.sites(batch.slice(1));
    for (const site of sites) checkSite("check a layer", site);
    const make = (): Tensor[] => [
      buffer(batch, "probe"),
      ...sites.map(({ outputs, inputs }) => buffer([outputs, inputs], "probe")),
    ];
    try {
      const { indexCount } = layer;
      this.point = make().map((tensor, i) =>
        i === 0 && indexCount ? draws.fillIndices(tensor, indexCount) : draws.fill(tensor)
      );
      this.moves = this.point.map((_, i) => i > 0 || indexCount === undefined);
      this.tangent = make();
      this.parts = [
        "the input",
        ...sites.map(({ arrays, kind }, i) =>
          `the parameter ${JSON.stringify(arrays[0]?.name ?? `${kind} ${i + 1}`)}`
        ),
      ];
      const [input, ...weights] = this.point;
      const claimKey = () => () => ({ key: randomKey(1), firstSample: 0 });
      const state = (layer.state?.(batch.slice(1)) ?? []).map((described) =>
        makeState(described, dtype, (made) => this.#state.own(made))
      );
      this.#bound = layer.bind({
        dtype,
        input,
        weights,
        state,
        buffer,
        claimKey,
        isTraining: () => this.isTraining,
        lengthOf: () => undefined,
        hiddenDamping: () => undefined,
      });
      this.#reverse = this.#bound.reverse({
        outputCotangent: buffer(this.#bound.output.shape, "probe"),
        needsInput: this.moves[0],
        keepsOutput: true,
        wanted: sites.map(() => true),
        buffer,
      });
      const [inputTangent, ...weightTangents] = this.tangent;
      this.#tangent = this.#bound.tangent({
        inputTangent: this.moves[0] ? inputTangent : undefined,
        weightTangents,
        buffer,
      });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The shape of the output (B, …). */
  get outputShape(): Shape {
    return this.#bound.output.shape;
  }

  /** Random parts like those of the point, zero where it cannot move. */
  direction(draws: Draws): number[][] {
    return this.point.map(({ size, shape: [, columns] }, p) => {
      if (!this.moves[p]) return new Array<number>(size).fill(0);
      const drawn = draws.next(size);
      return p === 0 ? drawn : withoutFixed(drawn, this.#sites[p - 1].form, columns);
    });
  }

  /** The output at the point. */
  forward(): number[] {
    this.#bound.forward();
    return [...this.#bound.output.data];
  }

  /** The tangent of the output. */
  push(tangent: readonly ArrayLike<number>[]): number[] {
    for (const [i, part] of tangent.entries()) this.tangent[i].data.set(part);
    this.#tangent.run();
    const { outputTangent } = this.#tangent;
    return outputTangent ? [...outputTangent.data] : new Array(this.#bound.output.size).fill(0);
  }

  /** The cotangents of every part. */
  pull(cotangent: ArrayLike<number>): number[][] {
    this.#reverse.outputCotangent.data.set(cotangent);
    this.#reverse.run();
    return this.#collect(this.#reverse.inputCotangent, this.#reverse.siteCotangents);
  }

  /** How `pull(cotangent)` changes along a tangent and a change of the cotangent. */
  bend(
    cotangent: ArrayLike<number>,
    tangent: readonly ArrayLike<number>[],
    change: ArrayLike<number>,
  ): number[][] {
    const sweep = this.#planSecondOrder();
    const pulled = this.#reverse;
    this.pull(cotangent);
    this.push(tangent);
    this.#change?.data.set(change);
    sweep.run();
    const first = this.#collect(sweep.inputCotangentTangent, sweep.sites.map((s) => s.cotangents));
    for (const [i, { form = AFFINE, tie }] of this.#sites.entries()) {
      const { inputs } = sweep.sites[i];
      if (!inputs) continue;
      const use = tie?.isTransposed ? TRANSPOSED : form;
      const out = this.#buffer(this.point[i + 1].shape, "bent");
      out.data.set(first[i + 1]);
      use.pull(matrix(pulled.siteCotangents[i]), inputs, out, { beta: 1 });
      first[i + 1] = [...out.data];
    }
    return first;
  }

  /** Gives the buffers back. */
  dispose(): void {
    this.#pool.dispose();
    this.#state.dispose();
  }

  /** The same as dispose, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  #planSecondOrder(): SecondOrderSweep {
    if (this.#secondOrder) return this.#secondOrder;
    this.#change = this.#buffer(this.#bound.output.shape, "change");
    return this.#secondOrder = this.#bound.secondOrder({
      reverse: this.#reverse,
      tangent: this.#tangent,
      outputCotangentTangent: this.#change,
      needsInput: this.moves[0],
      buffer: (shape, path = "") => this.#buffer(shape, `second/${path}`),
    });
  }

  #collect(input: Tensor | undefined, cotangents: readonly Tensor[]): number[][] {
    const [own, ...weights] = this.point;
    const values = this.#bound.sites;
    const pulled = weights.map((weight, i) => {
      const { form = AFFINE, tie } = this.#sites[i];
      const use = tie?.isTransposed ? TRANSPOSED : form;
      const out = this.#buffer(weight.shape, "pulled");
      out.data.fill(0);
      use.pull(matrix(cotangents[i]), values[i].inputs, out, { beta: 1 });
      return [...out.data];
    });
    return [input ? [...input.data] : new Array<number>(own.size).fill(0), ...pulled];
  }
}

/** A direction of W with zeros in the rows that count as constants; of all but the rows it is the same. */
export function withoutFixed(
  direction: number[],
  { fixedRows = [] }: SiteForm = AFFINE,
  columns: number,
  offset = 0,
): number[] {
  for (const row of fixedRows) {
    direction.fill(0, offset + row * columns, offset + (row + 1) * columns);
  }
  return direction;
}

/** Copies of the elements of every part. */
export function elementsOf(parts: LayerVector): FloatArray[] {
  return parts.map(({ data }) => data.slice());
}
