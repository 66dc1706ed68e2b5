// Arrays that look into a tensor's memory keep the tensor: who holds one may have forgotten the tensor itself.
import type { FloatArray } from "../runtime/dtype.ts";

/** What it is made of is what is made: a class that extends it adds its private fields to any object. */
const Given = function (given: object): object {
  return given;
} as unknown as new (given: object) => object;

/** A private field is seen by nobody, and compares equal with nothing. */
class Owned extends Given {
  readonly #owner: object;

  constructor(array: FloatArray, owner: object) {
    super(array);
    this.#owner = owner;
  }
}

/** Makes `owner` live as long as the array, which it returns. */
export function keepOwner(array: FloatArray, owner: object): FloatArray {
  new Owned(array, owner);
  return array;
}
