// Values that no argument is, or hardly any.
import { type Scope, Tensor } from "../../mod.ts";

/** Every access to it throws, as a hostile getter does. */
function hostile(): object {
  const refuse = (): never => {
    throw new RangeError("Cannot read a property: its getter refuses");
  };
  return new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse });
}

class Foreign {
  readonly unrelated = 1;
}

/** Values that need nothing to be made from. */
const VALUES: Readonly<Record<string, () => unknown>> = {
  "undefined": () => undefined,
  "null": () => null,
  "true": () => true,
  "NaN": () => NaN,
  "Infinity": () => Infinity,
  "-Infinity": () => -Infinity,
  "-0": () => -0,
  "-1": () => -1,
  "0.5": () => 0.5,
  "2^31": () => 2147483648,
  "2^32": () => 4294967296,
  "2^53": () => 9007199254740992,
  "an empty string": () => "",
  "a string": () => "3",
  "an empty array": () => [],
  "an array": () => [{}],
  "an empty object": () => ({}),
  "a foreign object": () => new Foreign(),
  "a hostile object": hostile,
  "a symbol": () => Symbol("bad"),
  "a bigint": () => 3n,
  "a function": () => () => {
    throw new RangeError("Cannot be called: it was an argument");
  },
};

function tensorPoisons(good: Tensor, scope: Scope): Record<string, unknown> {
  const { dtype, shape } = good;
  const disposed = new Tensor(dtype, shape);
  disposed.dispose();
  const zeros = (...made: ConstructorParameters<typeof Tensor>): Tensor => {
    const t = scope.own(new Tensor(...made));
    t.data.fill(0);
    return t;
  };
  return {
    "a tensor of another rank": zeros(dtype, [1, ...shape, 1]),
    "a tensor of another size": zeros(dtype, [...shape.slice(0, -1), (shape.at(-1) ?? 1) + 1]),
    "a tensor of another dtype": zeros(dtype === "float32" ? "float64" : "float32", shape),
    "a tensor without elements": zeros(dtype, [0]),
    "a disposed tensor": disposed,
    "a proxy of a tensor": new Proxy(good, {}),
  };
}

/** A copy whose memory was transferred away. */
function transferred(good: Uint8Array | Float64Array): unknown {
  const copy = good.slice();
  structuredClone(copy.buffer, { transfer: [copy.buffer] });
  return copy;
}

/** All bad values for the place of a good one. */
export function poisons(good: unknown, scope: Scope): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, make] of Object.entries(VALUES)) found[name] = make();
  if (good instanceof Tensor) return { ...found, ...tensorPoisons(good, scope) };
  if (good instanceof Uint8Array || good instanceof Float64Array) {
    return { ...found, "a transferred array": transferred(good) };
  }
  const isInstance = typeof good === "object" && good !== null &&
    ![Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(good));
  return isInstance ? { ...found, "a proxy of a good one": new Proxy(good, {}) } : found;
}
