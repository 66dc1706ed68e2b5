// What a layer keeps besides its parameters: tensors that no gradient reaches and that a step replaces when it stands, as
// the running statistics of batchNorm().
import type { DType } from "../../runtime/dtype.ts";
import type { Shape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** One tensor of a layer's state. */
export interface StateDescription {
  /** Its name in files, as in PyTorch. */
  readonly name: string;
  /** Its shape; () for a number. */
  readonly shape: Shape;
  /** What every element is at first. */
  readonly initial: number;
  /** True for a count, which is float64 in memory and an integer in files. @default false */
  readonly isCount?: boolean | undefined;
}

/** The tensor with its successor. */
export interface LayerState {
  /** What is kept. */
  readonly value: Tensor;
  /** What `prepareState()` of the bound layer writes, and a step that stands makes the value. */
  readonly next: Tensor;
}

/** How the samples of a batch meet in training. */
export interface Coupling {
  /** What messages call the layer in which they do. */
  readonly layer: string;
  /** The fewest samples that it can train on. */
  readonly leastSamples: number;
}

/** The state of one member of a composite layer, named as in torch.nn modules. */
export function memberState(
  member: number | string,
  described: readonly StateDescription[] = [],
): StateDescription[] {
  return described.map((state) => ({ ...state, name: `${member}.${state.name}` }));
}

/** The coupling of a layer made of others: what is coupled in any is coupled. */
export function joinedCoupling(parts: readonly (Coupling | undefined)[]): Coupling | undefined {
  const [first, ...rest] = parts.filter((part) => part !== undefined);
  if (!first) return undefined;
  const leastSamples = Math.max(first.leastSamples, ...rest.map((part) => part.leastSamples));
  return { layer: first.layer, leastSamples };
}

/** Makes the tensor as it is at first. */
export function makeState(
  { shape, initial, isCount = false }: StateDescription,
  dtype: DType,
  own: (made: Tensor) => Tensor,
): LayerState {
  const held = isCount ? "float64" : dtype;
  const [value, next] = [0, 1].map(() => own(new Tensor(held, shape)));
  value.data.fill(initial);
  return { value, next };
}
