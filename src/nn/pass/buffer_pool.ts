import { blockBytes } from "../../runtime/arena.ts";
import type { DType } from "../../runtime/dtype.ts";
import { elementBytes } from "../../runtime/memory.ts";
import { type Resource, Scope } from "../../runtime/scope.ts";
import type { Shape } from "../../tensor/shape.ts";
import { lend, Tensor } from "../../tensor/tensor.ts";
import type { Buffers } from "../layers/layer.ts";

/**
 * Buffers of one kind of sweep. Planning again hands out the same ones, layer by layer and in the same
 * order, because two sweeps of a kind never need their results at the same time.
 */
export class BufferPool implements Resource {
  readonly #dtype: DType;
  readonly #scope = new Scope();
  readonly #made: Map<string, Tensor> = new Map();
  #bytes = 0;

  /** Makes buffers of one dtype. */
  constructor(dtype: DType) {
    this.#dtype = dtype;
  }

  /** Kernel memory of all buffers. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The buffers of one plan, from the first on. */
  plan(): Buffers {
    const taken = new Map<string, number>();
    return (shape, path = "") => {
      const kind = `${path}:${shape.join("x")}`;
      const index = taken.get(kind) ?? 0;
      taken.set(kind, index + 1);
      const key = `${kind}:${index}`;
      const found = this.#made.get(key) ?? this.#make(shape);
      this.#made.set(key, found);
      return found;
    };
  }

  /** Gives every buffer back. */
  dispose(): void {
    this.#scope.dispose();
    this.#made.clear();
    this.#bytes = 0;
  }

  #make(shape: Shape): Tensor {
    const made = lend(this.#scope.own(new Tensor(this.#dtype, shape)), "a model");
    this.#bytes += blockBytes(elementBytes(this.#dtype, made.size));
    return made;
  }
}
