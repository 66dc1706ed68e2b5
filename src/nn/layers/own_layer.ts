// What a layer of a user's own is described by: functions of one sample on views of memory.
import { type Names, namesOf } from "../../runtime/arguments.ts";
import type { FloatArray } from "../../runtime/dtype.ts";
import type { PlainRecord } from "../../runtime/plain_data.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Initializer } from "../sites/initializers.ts";

/** Arrays by the names of a layer's parameters. */
export type NamedArrays = Readonly<Record<string, FloatArray>>;

/** An array of parameters of a layer of one's own. */
export interface OwnParameter {
  /** Its name, in functions and in files. */
  readonly name: string;
  /** Its shape. */
  readonly shape: Shape;
  /** What every element begins with, or what sets them. @default 0 */
  readonly initial?: number | Initializer;
}

/** Its names. */
export const PARAMETER_NAMES: Names<OwnParameter> = namesOf<OwnParameter>({
  name: true,
  shape: true,
  initial: true,
});

/** One sample at the point of the forward pass, to be read. */
export interface OwnPoint {
  /** The input. */
  readonly x: FloatArray;
  /** The parameters. */
  readonly parameters: NamedArrays;
  /** The output, once `forward()` has run. */
  readonly y: FloatArray;
}

/** A direction, to be read; zero where nothing moves. */
export interface OwnTangent {
  /** Tangent of the input. */
  readonly x: FloatArray;
  /** Tangents of the parameters. */
  readonly parameters: NamedArrays;
}

/** Where gradients of a sample go; all zero before. */
export interface OwnCotangents {
  /** Cotangent of the input. */
  readonly x: FloatArray;
  /** Gradients of the parameters, of this sample alone. */
  readonly parameters: NamedArrays;
}

/** A layer y = f(x, parameters) of one sample, as its author describes it. */
export interface LayerDefinition {
  /** What messages, sites and files call it, for example "scaledSine". */
  readonly name: string;
  /** All settings that results depend on, as plain data; checkpoints of other settings are refused. @default none */
  readonly options?: PlainRecord;
  /** Change it whenever the functions change: checkpoints of another version are refused. @default 1 */
  readonly version?: number | string;
  /** The shape of one output sample; throws when the input shape does not suit. */
  outputShape(input: Shape): Shape;
  /** The trainable arrays. @default none */
  readonly parameters?: (input: Shape) => readonly OwnParameter[];
  /** y = f(x, parameters); y is zero before. */
  forward(point: Omit<OwnPoint, "y">, y: FloatArray): void;
  /** Jᵀ dy: writes the cotangents of input and parameters. */
  vjp(point: OwnPoint, dy: FloatArray, out: OwnCotangents): void;
  /** J t: writes the tangent of the output; dy is zero before. */
  jvp(point: OwnPoint, tangent: OwnTangent, dy: FloatArray): void;
  /**
   * How what `vjp()` writes changes along a tangent, where dy itself changes by `change`. Without it, Hessian
   * products are refused; gradients and Gauss-Newton products need none. @default none
   */
  readonly secondOrder?: (
    point: OwnPoint,
    given: { readonly dy: FloatArray; readonly tangent: OwnTangent; readonly change: FloatArray },
    out: OwnCotangents,
  ) => void;
}

/** Its names. */
export const DEFINITION_NAMES: Names<LayerDefinition> = namesOf<LayerDefinition>({
  name: true,
  options: true,
  version: true,
  outputShape: true,
  parameters: true,
  forward: true,
  vjp: true,
  jvp: true,
  secondOrder: true,
});
