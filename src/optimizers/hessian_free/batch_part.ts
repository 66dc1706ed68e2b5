// Parts of the batch of a step: that which makes the curvature, and that which points are looked at with.
//
//   in turn   part `step` of the curvature's, the one behind it for points: of as many parts of both they are never the same
//   by key    from a sample on that the key of the batch draws, a word of random bits for each
import type { Batch } from "../../nn/linearization.ts";
import { checkUncoupled } from "../method.ts";
import type { Problem } from "../optimizer.ts";
import { randomBits, randomKey, STREAMS } from "../../tensor/random.ts";

/** What a part is for, and how many parts the batch is cut into. */
export interface PartRule {
  readonly option: "curvatureChunks" | "lineSearchChunks";
  readonly parts: number;
}

/** Which part is taken. */
export type PartOrder = "in-turn" | "by-key";

/** The place of a use among the words of random bits, and before the parts that are taken in turn. */
const PLACES = { curvatureChunks: 0, lineSearchChunks: 1 };

/** Numbers that a word of random bits can be. */
const WORDS = 4294967296;

/** Samples that lie together: from one up to another. */
interface SampleSpan {
  readonly from: number;
  readonly to: number;
}

/** One of so many parts of a batch that are as equal as can be, one after the other with the steps. */
function spanInTurn(size: number, turn: number, parts: number): SampleSpan {
  const part = turn % parts;
  const at = (index: number): number => Math.floor(index * size / parts);
  return { from: at(part), to: at(part + 1) };
}

/** One of so many parts of a batch, from a sample on that the key of the batch draws. */
function spanByKey({ key }: Batch, size: number, place: number, parts: number): SampleSpan {
  const count = Math.floor(size / parts);
  if (!key) return { from: 0, to: count };
  const { seed, index } = key;
  const word = randomBits(randomKey(seed, STREAMS.curvature, index), place + 1)[place];
  const from = Math.floor(word / WORDS * (size - count + 1));
  return { from, to: from + count };
}

/**
 * A part of the batch for one use, as a batch of its own; none when it is all of it.
 *
 * @throws {TypeError} when samples meet in a layer: those of a part would be other ones than in the batch.
 * @throws {RangeError} when there are more parts than samples.
 */
export function batchPart(
  { model, batch }: Problem,
  step: number,
  { option, parts }: PartRule,
  order: PartOrder,
): Batch | undefined {
  const { input: { shape: [size] } } = batch, place = PLACES[option];
  if (parts > size) {
    throw new RangeError(
      `Cannot take a step: ${parts} ${option} are more than the ${size} samples of the batch`,
    );
  }
  const span = order === "by-key"
    ? spanByKey(batch, size, place, parts)
    : spanInTurn(size, step + place, parts);
  const part = partOf(batch, span);
  if (part && batch.isTraining !== false) checkUncoupled("take a step", option, model);
  return part;
}

/** Steps after which parts in turn are the same again: the least common multiple, as far as there are so many steps. */
export function turnsOf(curvatureChunks: number, lineSearchChunks: number): number {
  let [divisor, rest] = [curvatureChunks, lineSearchChunks];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return Math.min(curvatureChunks / divisor * lineSearchChunks, Number.MAX_SAFE_INTEGER);
}

function partOf(batch: Batch, { from, to }: SampleSpan): Batch | undefined {
  const { input, target, key, isTraining, lengths, firstSample = 0 } = batch;
  const [size] = input.shape;
  if (to - from === size) return undefined;
  const [inputs, targets] = [input, target].map((all) => {
    const width = all.size / size;
    return all.view([to - from, ...all.shape.slice(1)], from * width);
  });
  const stepsOf = lengths && Array.from(lengths).slice(from, to);
  return {
    ...{ input: inputs, target: targets, key, isTraining },
    ...{ firstSample: firstSample + from, lengths: stepsOf },
  };
}
