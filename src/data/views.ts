// Data sets made of another one.
import { checkWhole } from "../runtime/arguments.ts";
import type { PlainRecord } from "../runtime/plain_data.ts";
import { checkBatch, checkDataset, type Dataset } from "./dataset.ts";

/**
 * The same inputs with themselves as targets.
 *
 * @throws {TypeError} when `source` is not a data set.
 *
 * @example
 * ```ts
 * import { dataset } from "curvature";
 * import { autoencoding } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * const digits = dataset({ input: [0, 1, 1, 0], target: [0, 1], inputShape: [2] });
 * assertEquals(autoencoding(digits).targetShape, [2]);
 * ```
 */
export function autoencoding(source: Dataset): Dataset {
  checkDataset("use inputs as targets", source);
  const { size, inputShape, lengths } = source;
  const made: Dataset = {
    size,
    inputShape,
    targetShape: inputShape,
    lengths,
    ...derivedIdentity(source, { target: "input" }),
    fill: (rows, input, target): void => {
      checkBatch(made, rows, input, target);
      source.fill(rows, input);
      if (target) target.data.set(input.data);
    },
  };
  return Object.freeze(made);
}

/**
 * The samples from number `from` up to but not including `to`.
 *
 * @throws {TypeError} when `source` is not a data set or a limit not a number.
 * @throws {RangeError} unless 0 <= from < to <= source.size, both whole.
 *
 * @example
 * ```ts
 * import { dataset } from "curvature";
 * import { subset } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * const all = dataset({ input: [1, 2, 3, 4], target: [0, 1, 0, 1], inputShape: [1] });
 * assertEquals(subset(all, 1, 3).size, 2);
 * ```
 */
export function subset(source: Dataset, from: number, to: number): Dataset {
  const action = "take a part of a data set";
  checkDataset(action, source);
  checkWhole(action, "from", from, 0, source.size - 1);
  checkWhole(action, "to", to, from + 1, source.size);
  const { inputShape, targetShape, lengths } = source;
  let shifted = new Uint32Array(0);
  const made: Dataset = {
    size: to - from,
    inputShape,
    targetShape,
    lengths: lengths && Array.from(lengths).slice(from, to),
    ...derivedIdentity(source, { from, to }),
    fill: (rows, input, target): void => {
      checkBatch(made, rows, input, target);
      if (shifted.length !== rows.length) shifted = new Uint32Array(rows.length);
      for (let i = 0; i < rows.length; i++) shifted[i] = rows[i] + from;
      source.fill(shifted, input, target);
    },
  };
  return Object.freeze(made);
}

/** The identity of what is made of another data set, if that one has an identity. */
function derivedIdentity(source: Dataset, made: PlainRecord): Pick<Dataset, "identify"> {
  if (!source.identify) return {};
  return { identify: async () => ({ ...made, of: await source.identify?.() }) };
}
