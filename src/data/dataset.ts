import {
  checkFunction,
  checkMethods,
  checkNamed,
  checkNumber,
  checkOptions,
  checkWhole,
  describe,
  namesOf,
} from "../runtime/arguments.ts";
import { checkLengths } from "../nn/pass/packing.ts";
import type { PlainRecord } from "../runtime/plain_data.ts";
import { overlaps } from "../tensor/result.ts";
import { checkShape, formatShape, sameShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { checkTensor, type Tensor } from "../tensor/tensor.ts";
import { arrayColumn, type Column, tensorColumn } from "./column.ts";

/** Samples that can be drawn by number into tensors of a batch. */
export interface Dataset {
  /** Number of samples. */
  readonly size: number;
  /** Shape of one input. */
  readonly inputShape: Shape;
  /** Shape of one target; [] means one class index for each sample. */
  readonly targetShape: Shape;
  /** Valid time steps of each sample, where inputs are sequences of unequal lengths. @default all steps */
  readonly lengths?: ArrayLike<number> | undefined;
  /**
   * What tells these samples from others, for the signature of checkpoints: a digest, or, of what is too large or made on
   * the way, where it comes from and in which version. Data sets of the library have digests of their samples, taken once
   * when they are first asked for. @default none: a checkpoint knows the number, shapes and lengths of samples alone, and
   * does not notice that others are in their place
   */
  identify?(): PlainRecord | Promise<PlainRecord>;
  /**
   * Writes sample rows[i] to row i of the tensors.
   *
   * @param input Shape (rows.length, ...inputShape).
   * @param target Shape (rows.length, ...targetShape); absent when only inputs are wanted.
   */
  fill(rows: ArrayLike<number>, input: Tensor, target?: Tensor): void;
}

/** Training and test samples. */
export interface TrainTest {
  /** Samples to learn from. */
  readonly train: Dataset;
  /** Samples to judge by. */
  readonly test: Dataset;
}

/** Samples of `dataset()`: flat arrays in row-major order, kept as they are and not copied. */
export interface DatasetOptions {
  /** The inputs; bytes stay bytes until a batch is filled. */
  readonly input: ArrayLike<number>;
  /** The targets, or one class index for each sample. */
  readonly target: ArrayLike<number>;
  /** Shape of one input. */
  readonly inputShape: Shape;
  /** Shape of one target. @default [], class indices */
  readonly targetShape?: Shape;
  /** Valid time steps of each sample, of inputs (T, …). @default T */
  readonly lengths?: ArrayLike<number> | undefined;
  /** Factor of the inputs on the way into a batch, 1/255 for bytes. @default 1 */
  readonly scale?: number;
  /** Number of classes, if the targets are class indices. @default not checked */
  readonly classes?: number;
}

const NAMES = namesOf<DatasetOptions>({
  input: true,
  target: true,
  inputShape: true,
  targetShape: true,
  lengths: true,
  scale: true,
  classes: true,
});

/**
 * Makes a data set from flat arrays, which must not change while it is in use.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when the arrays do not fit the shapes or each other, a class index is not whole, negative or
 * not below `classes`, or a length is not whole, below 1 or above the steps of an input.
 * @throws {NonFiniteError} when a number is NaN or infinite.
 *
 * @example
 * ```ts
 * import { dataset, zeros } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * const points = dataset({ input: [0, 0, 0, 1, 1, 1], target: [0, 1, 0], inputShape: [2] });
 * using input = zeros([2, 2]);
 * using target = zeros([2]);
 * points.fill([2, 1], input, target);
 * assertEquals(input.toArray(), [[1, 1], [0, 1]]);
 * assertEquals(target.toArray(), [0, 1]);
 * ```
 */
export function dataset(options: DatasetOptions): Dataset {
  checkOptions("make a dataset", options, NAMES);
  const { input, target, inputShape, targetShape = [], scale = 1, classes = Infinity } = options;
  const { lengths } = options;
  checkNumber("make a dataset", "scale", scale);
  if (classes !== Infinity) checkWhole("make a dataset", "classes", classes, 1);
  const inputs = arrayColumn("input", input, inputShape, scale);
  const targets = arrayColumn("target", target, targetShape, 1);
  if (targetShape.length === 0) checkClasses(target, classes);
  return fromColumns(inputs, targets, lengths);
}

/**
 * Makes a data set from tensors whose first axis counts samples; they must outlive it, unchanged.
 *
 * @param tensors Targets of rank 1 are class indices.
 * @throws {TypeError} when they are not tensors.
 * @throws {RangeError} when there are no samples or not equally many of both, a class index is negative or not
 * whole, or a length is not whole, below 1 or above the steps of an input.
 *
 * @example
 * ```ts
 * import { tensor } from "curvature";
 * import { datasetFromTensors } from "curvature/data";
 * import { assertEquals } from "@std/assert";
 *
 * using input = tensor([[1, 2], [3, 4], [5, 6]]);
 * using target = tensor([[1], [2], [3]]);
 * assertEquals(datasetFromTensors({ input, target }).targetShape, [1]);
 * ```
 */
export function datasetFromTensors(
  tensors: {
    readonly input: Tensor;
    readonly target: Tensor;
    /** Valid time steps of each sample, of inputs (T, …). @default T */
    readonly lengths?: ArrayLike<number> | undefined;
  },
): Dataset {
  checkNamed("make a dataset", "the pair of tensors", tensors, PAIR_NAMES);
  const { input, target, lengths } = tensors;
  checkTensor("make a dataset", "input", input);
  checkTensor("make a dataset", "target", target);
  const inputs = tensorColumn("input", input);
  const targets = tensorColumn("target", target);
  if (target.shape.length === 1) checkClasses(target.data, Infinity);
  return fromColumns(inputs, targets, lengths);
}

const PAIR_NAMES = namesOf<Parameters<typeof datasetFromTensors>[0]>({
  input: true,
  target: true,
  lengths: true,
});

/** What makes a data set; of a pair of them, which is what readers give, one is taken. */
function describeWanted(value: unknown): string {
  const isPair = typeof value === "object" && value !== null && "train" in value && "test" in value;
  return isPair
    ? "one of both data sets, train or test"
    : "a data set, which dataset() makes of arrays and datasetFromTensors() of tensors";
}

/** Refuses what is not a data set. */
export function checkDataset(action: string, value: unknown): asserts value is Dataset {
  checkMethods(action, "the data set", value, ["fill"], describeWanted(value));
  const { size, inputShape, targetShape, lengths, identify } = value as Dataset;
  checkWhole(action, "the size of the data set", size, 1);
  checkShape(action, inputShape);
  checkShape(action, targetShape);
  if (lengths !== undefined) checkLengths(action, lengths, size, inputShape[0] ?? 0);
  if (identify !== undefined) checkFunction(action, "identify of the data set", identify);
}

/** Refuses rows that a data set does not have and tensors that do not hold them. */
export function checkBatch(
  source: { readonly size: number; readonly inputShape: Shape; readonly targetShape: Shape },
  rows: ArrayLike<number>,
  input: Tensor,
  target?: Tensor,
): void {
  if (!Array.isArray(rows) && !ArrayBuffer.isView(rows)) {
    throw new TypeError(
      `Cannot fill a batch: the rows must be an array or typed array, not ${describe(rows)}`,
    );
  }
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!Number.isInteger(row) || row < 0 || row >= source.size) {
      throw new RangeError(
        `Cannot fill a batch: row ${describe(row)} is not one of ${source.size} samples`,
      );
    }
  }
  checkRows("input", [rows.length, ...source.inputShape], input);
  if (target === undefined) return;
  checkRows("target", [rows.length, ...source.targetShape], target);
  if (overlaps(input, target)) {
    throw new TypeError("Cannot fill a batch: the tensors of inputs and targets overlap");
  }
}

function fromColumns(
  inputs: Column,
  targets: Column,
  lengths: ArrayLike<number> | undefined,
): Dataset {
  if (inputs.count !== targets.count) {
    throw new RangeError(
      `Cannot make a dataset: ${inputs.count} inputs but ${targets.count} targets${
        targetHint(inputs, targets)
      }`,
    );
  }
  const [steps = 0] = inputs.shape;
  if (lengths !== undefined) checkLengths("make a dataset", lengths, inputs.count, steps);
  let identity: Promise<PlainRecord> | undefined;
  const made: Dataset = {
    size: inputs.count,
    inputShape: inputs.shape,
    targetShape: targets.shape,
    lengths,
    identify: () => identity ??= identityOf(inputs, targets),
    fill: (rows, input, target): void => {
      checkBatch(made, rows, input, target);
      inputs.gather(rows, input);
      if (target) targets.gather(rows, target);
    },
  };
  return Object.freeze(made);
}

async function identityOf(inputs: Column, targets: Column): Promise<PlainRecord> {
  return { input: await inputs.identify(), target: await targets.identify() };
}

/** The shape that targets may have been meant to have, where they are more numbers than inputs are samples. */
function targetHint({ count }: Column, targets: Column): string {
  const width = targets.count * sizeOf(targets.shape) / count;
  return width > 1 && Number.isInteger(width)
    ? `; targets of ${width} numbers have targetShape: [${width}]`
    : "";
}

function checkRows(what: string, shape: Shape, given: Tensor): void {
  checkTensor("fill a batch", `the ${what} tensor`, given);
  if (sameShape(shape, given.shape)) return;
  throw new TypeError(
    `Cannot fill a batch: the ${what} tensor has shape ${formatShape(given.shape)}, not ${
      formatShape(shape)
    }`,
  );
}

function checkClasses(target: ArrayLike<number>, classes: number): void {
  for (let i = 0; i < target.length; i++) {
    if (!Number.isInteger(target[i]) || target[i] < 0 || target[i] >= classes) {
      const limit = classes === Infinity ? "" : ` below ${classes}`;
      const hint = Number.isInteger(target[i]) ? "" : "; numbers to fit have targetShape: [1]";
      throw new RangeError(
        `Cannot make a dataset: target ${
          target[i]
        } of sample ${i} is not a class index${limit}${hint}`,
      );
    }
  }
}
