// What a layer is: a description (frozen data, no memory), and, bound to a batch size and to parameters,
// buffers with the sweeps that fill them. Binding plans every buffer once; running allocates nothing.
import { checkMethods, checkString, checkWhole } from "../../runtime/arguments.ts";
import type { DType } from "../../runtime/dtype.ts";
import type { PlainRecord } from "../../runtime/plain_data.ts";
import { MAXIMUM_ELEMENTS, type Shape } from "../../tensor/shape.ts";
import type { RandomKey } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Coupling, LayerState, StateDescription } from "./layer_state.ts";
import type { SiteDescription, SiteTangents, SiteValues } from "../sites/site.ts";

/** A layer's description. */
export interface Layer {
  /** What messages and summaries call it, for example "dense". */
  readonly kind: string;
  /** All settings that results depend on, given the parameters, for the signature of checkpoints. @default none */
  readonly options?: PlainRecord;
  /** What the author of a layer of one's own calls this state of its functions, for the signature too. @default none */
  readonly version?: number | string;
  /**
   * What becomes of the time steps of sequences (T, …): "each" has an output step for each input step, and lets those that
   * are valid depend on valid ones only, "last" takes the last valid one. @default steps meet, and sequences of unequal lengths are refused
   */
  readonly steps?: "each" | "last" | undefined;
  /**
   * The layer takes class indices for input, whole numbers from 0 to below this one, by which nothing can be
   * differentiated: nothing may come before it. @default it takes any numbers
   */
  readonly indexCount?: number | undefined;
  /**
   * True for a layer whose outputs are hidden states, one for each step: its reverse sweeps take part in structural damping,
   * by `hiddenDamping` of what it is bound to. @default false
   */
  readonly hasHiddenStates?: boolean | undefined;
  /** The shape of one output sample; throws when the input shape does not suit the layer. */
  outputShape(input: Shape): Shape;
  /** The sites of the layer, in the order of their parameters. */
  sites(input: Shape): readonly SiteDescription[];
  /** What the layer keeps besides parameters; no gradient reaches it, and steps that stand replace it. @default nothing */
  state?(input: Shape): readonly StateDescription[];
  /** How samples meet in training; in prediction they never do. @default they do not */
  couplesSamples?(input: Shape): Coupling | undefined;
  /** Plans the buffers for one batch size. */
  bind(context: BindContext): BoundLayer;
}

/** Gives a buffer that lives as long as the pass; `path` keeps the parts of composite layers apart. */
export type Buffers = (shape: Shape, path?: string) => Tensor;

/** What a layer is bound to. */
export interface BindContext {
  /** Element type of parameters and activations. */
  readonly dtype: DType;
  /** The layer's input, (B, …input shape). */
  readonly input: Tensor;
  /** The matrices W of the layer's sites, views of the model's parameters; of a tied site the other's. */
  readonly weights: readonly Tensor[];
  /** What the layer keeps, in the order of its descriptions. */
  readonly state: readonly LayerState[];
  /** True while the batch that runs is one of training, false in prediction. */
  readonly isTraining: () => boolean;
  /** Gives buffers. */
  readonly buffer: Buffers;
  /** Makes the source of keys of a layer that draws; each claims one. */
  readonly claimKey: () => KeySource;
  /** Valid time steps of a sample of the batch that runs; undefined where it was given no lengths. */
  readonly lengthOf: (sample: number) => number | undefined;
  /** What adds to cotangents of hidden states in the reverse sweep that runs; undefined where nothing does. */
  readonly hiddenDamping: () => HiddenDamping | undefined;
}

/** Adds to the cotangent of hidden states (B, T, …) a multiple of how they change along a tangent, of which it clears what is padding. */
export type HiddenDamping = (tangent: Tensor, cotangent: Tensor) => void;

/** What a layer draws from in a forward pass. */
export interface DrawKey {
  /** A key apart from those of other layers. */
  readonly key: RandomKey;
  /** Number of the first sample: each sample's draws belong to its number. */
  readonly firstSample: number;
}

/** What a layer draws from in the forward pass that begins; undefined when nothing is drawn. */
export type KeySource = () => DrawKey | undefined;

/** A function of single elements, y = φ(x), at the elements that a layer sees. */
export interface ElementMap {
  /** out = φ'(x) t; out may be t. */
  readonly timesFirst: (t: Tensor, out: Tensor) => void;
  /** out = φ''(x) t; out may be t. */
  readonly timesSecond: (t: Tensor, out: Tensor) => void;
}

/** What turns a site's outputs into the next site's inputs: functions of single elements, in order. */
export type Link = readonly ElementMap[];

/** A layer with its buffers; R and T are its own sweeps, with all that the second order needs of them. */
export interface BoundLayer<
  R extends ReverseSweep = ReverseSweep,
  T extends TangentSweep = TangentSweep,
> {
  /** The layer's output, (B, …output shape), filled by `forward()`. */
  readonly output: Tensor;
  /** Forward quantities of its sites. */
  readonly sites: readonly SiteValues[];
  /** How each element of the output comes from one of the input; absent where several meet in one. */
  readonly elementMaps?: Link;
  /** What follows each site, up to the next or to the end; undefined where several elements meet. */
  readonly links?: readonly (Link | undefined)[];
  /** Fills the output from the input. */
  forward(): void;
  /** Writes what the state becomes after a step on the batch that went forward in training. */
  prepareState?(): void;
  /** Plans a reverse sweep. */
  reverse(context: ReverseContext): R;
  /** Plans a forward-mode sweep. */
  tangent(context: TangentContext): T;
  /** Plans the derivative of a reverse sweep along a forward-mode sweep, both of this layer. */
  secondOrder(context: SecondOrderContext<R, T>): SecondOrderSweep;
}

/** What a reverse sweep is bound to. */
export interface ReverseContext {
  /** Cotangent of the layer's output; the sweep may write the cotangent of the input over it. */
  readonly outputCotangent: Tensor;
  /** Makes the cotangent of the input, unless nothing before the layer needs it. */
  readonly needsInput: boolean;
  /** Leaves every cotangent as it is, for a second-order sweep that reads them later. */
  readonly keepsOutput: boolean;
  /** The sites whose cotangents are wanted; the others may be left out. */
  readonly wanted: readonly boolean[];
  /** Gives buffers. */
  readonly buffer: Buffers;
}

/** A planned reverse sweep through one layer. */
export interface ReverseSweep {
  /** Cotangent of the layer's output, which the sweep starts from. */
  readonly outputCotangent: Tensor;
  /** Cotangent of the layer's input; absent when it was not needed. */
  readonly inputCotangent: Tensor | undefined;
  /** Cotangents of the sites' outputs, G (B T, O) each; holes where not wanted. */
  readonly siteCotangents: readonly Tensor[];
  /** Fills them from the cotangent of the output. */
  run(): void;
}

/** What a forward-mode sweep is bound to. */
export interface TangentContext {
  /** Tangent of the layer's input; absent when it is zero. */
  readonly inputTangent: Tensor | undefined;
  /** Tangents of the matrices W; absent where a site does not move. */
  readonly weightTangents: readonly (Tensor | undefined)[];
  /** Gives buffers. */
  readonly buffer: Buffers;
}

/** A planned forward-mode sweep through one layer. */
export interface TangentSweep {
  /** Tangent of the layer's input, which the sweep starts from. */
  readonly inputTangent: Tensor | undefined;
  /** Tangents of the matrices W. */
  readonly weightTangents: readonly (Tensor | undefined)[];
  /** Tangent of the layer's output; absent when it is zero. */
  readonly outputTangent: Tensor | undefined;
  /** Fills it. */
  run(): void;
}

/** What the derivative of a reverse sweep is bound to; both sweeps run before it does. */
export interface SecondOrderContext<
  R extends ReverseSweep = ReverseSweep,
  T extends TangentSweep = TangentSweep,
> {
  /** The layer's own reverse sweep, which kept its cotangents. */
  readonly reverse: R;
  /** The layer's own forward-mode sweep. */
  readonly tangent: T;
  /** How the cotangent of the output changes along the tangent. */
  readonly outputCotangentTangent: Tensor;
  /** Makes the result for the input, unless nothing before the layer needs it. */
  readonly needsInput: boolean;
  /** Gives buffers. */
  readonly buffer: Buffers;
}

/** A planned derivative of a reverse sweep through one layer. */
export interface SecondOrderSweep {
  /** How the cotangent of the input changes; absent when it was not needed. */
  readonly inputCotangentTangent: Tensor | undefined;
  /** How the sites' quantities change. */
  readonly sites: readonly SiteTangents[];
  /** Fills them. */
  run(): void;
}

/** What the signature of checkpoints says of layers: kinds and settings, of layers inside others too. */
export function settingsOf(layers: readonly Layer[]): readonly PlainRecord[] {
  return layers.map(({ kind, version, options }) => ({ kind, version, options }));
}

/** Refuses what does not describe a layer. */
export function checkIsLayer(action: string, what: string, layer: unknown): asserts layer is Layer {
  checkMethods(
    action,
    what,
    layer,
    ["outputShape", "sites", "bind"],
    "a layer, such as dense(10) makes",
  );
  const { kind, indexCount } = layer as Layer;
  checkString(action, `the kind of ${what}`, kind);
  if (indexCount !== undefined) {
    checkWhole(action, `indexCount of ${what}`, indexCount, 1, MAXIMUM_ELEMENTS);
  }
}
