// Whether inputs have the shape that a model takes, and if not, what was probably meant.
import { formatShape, sameShape, type Shape, sizeOf } from "../tensor/shape.ts";

/** Refuses inputs that are not one sample or more of the shape that a model takes. */
export function checkInputShape(action: string, given: Shape, sample: Shape): void {
  if (given.length > 0 && given[0] > 0 && sameShape(given.slice(1), sample)) return;
  throw new TypeError(
    `Cannot ${action}: the input has shape ${formatShape(given)}, ` +
      `the model takes (${["B", ...sample].join(", ")})${wayOut(given, sample)}`,
  );
}

/** What to do about frequent slips; nothing where the shape is like none of them. */
function wayOut(given: Shape, sample: Shape): string {
  if (sameShape(given, sample)) {
    return `: one sample is a batch too, input.view([${[1, ...sample].join(", ")}])`;
  }
  const [batchSize = 0, ...own] = given;
  if (batchSize === 0) return ", B at least 1";
  if (isChannelsFirst(own, sample)) return ": the channels of images come last";
  if (sizeOf(own) !== sizeOf(sample)) return "";
  return `: input.view([${[batchSize, ...sample].join(", ")}]) has that shape`;
}

/** True for (channels, height, width) in the place of (height, width, channels). */
function isChannelsFirst(own: Shape, [height, width, channels, ...rest]: Shape): boolean {
  return rest.length === 0 && channels > 1 && sameShape(own, [channels, height, width]);
}
