// The part of a batch that makes the curvature of a step.
import type { Batch } from "../../nn/linearization.ts";
import { checkUncoupled } from "../method.ts";
import type { Problem } from "../optimizer.ts";
import { randomBits, randomKey, STREAMS } from "../../tensor/random.ts";

/** Numbers that a word of random bits can be. */
const WORDS = 4294967296;

/** Samples that lie together: from one up to another. */
export interface SampleSpan {
  readonly from: number;
  readonly to: number;
}

/** One of so many parts of a batch that are as equal as can be, one after the other with the steps. */
export function spanInTurn(batch: Batch, step: number, parts: number): SampleSpan {
  const size = sizeOf(batch, parts), part = step % parts;
  const at = (index: number): number => Math.floor(index * size / parts);
  return { from: at(part), to: at(part + 1) };
}

/** One of so many parts of a batch, from a sample on that the key of the batch draws. */
export function spanByKey(batch: Batch, parts: number): SampleSpan {
  const size = sizeOf(batch, parts), count = Math.floor(size / parts);
  if (!batch.key) return { from: 0, to: count };
  const { seed, index } = batch.key;
  const [word] = randomBits(randomKey(seed, STREAMS.curvature, index), 1);
  const from = Math.floor(word / WORDS * (size - count + 1));
  return { from, to: from + count };
}

function sizeOf({ input: { shape: [size] } }: Batch, parts: number): number {
  if (parts <= size) return size;
  throw new RangeError(
    `Cannot take a step: ${parts} curvatureChunks are more than the ${size} samples of the batch`,
  );
}

/**
 * The samples of the batch that make the curvature, as a batch of its own; none when they are all of it.
 *
 * @throws {TypeError} when samples meet in a layer: those of a part would be other ones than in the batch.
 */
export function curvaturePart({ model, batch }: Problem, span: SampleSpan): Batch | undefined {
  const part = partOf(batch, span);
  if (part && batch.isTraining !== false) checkUncoupled("take a step", "curvatureChunks", model);
  return part;
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
