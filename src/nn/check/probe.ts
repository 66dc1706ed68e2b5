// One layer by itself with buffers and all its sweeps, as the checkers run it.
//
// In JavaScript: a checker runs on a few samples, once, for whoever writes a layer, a loss or a model.
import type { DType, FloatArray } from "../../runtime/dtype.ts";
import type { Resource } from "../../runtime/scope.ts";
import { DISPOSE } from "../../runtime/scope.ts";
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
import type { SiteDescription } from "../sites/site.ts";
import { checkSite } from "../sites/site.ts";
import { AFFINE, TRANSPOSED } from "../sites/site_form.ts";
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
  /** Tangents of them. */
  readonly tangent: LayerVector;
  readonly #pool: BufferPool;
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
      this.point = make().map((tensor) => draws.fill(tensor));
      this.tangent = make();
      this.parts = [
        "the input",
        ...sites.map(({ arrays, kind }, i) =>
          `the parameter ${JSON.stringify(arrays[0]?.name ?? `${kind} ${i + 1}`)}`
        ),
      ];
      const [input, ...weights] = this.point;
      const claimKey = () => () => ({ key: randomKey(1), firstSample: 0 });
      this.#bound = layer.bind({
        dtype,
        input,
        weights,
        buffer,
        claimKey,
        lengthOf: () => undefined,
      });
      this.#reverse = this.#bound.reverse({
        outputCotangent: buffer(this.#bound.output.shape, "probe"),
        needsInput: true,
        keepsOutput: true,
        wanted: sites.map(() => true),
        buffer,
      });
      const [inputTangent, ...weightTangents] = this.tangent;
      this.#tangent = this.#bound.tangent({ inputTangent, weightTangents, buffer });
    } catch (error) {
      this.#pool.dispose();
      throw error;
    }
  }

  /** The shape of the output (B, …). */
  get outputShape(): Shape {
    return this.#bound.output.shape;
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
      needsInput: true,
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

/** Copies of the elements of every part. */
export function elementsOf(parts: LayerVector): FloatArray[] {
  return parts.map(({ data }) => data.slice());
}
