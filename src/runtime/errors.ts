/** Memory could not grow. Nothing was changed; retry with a smaller batch or model. */
export class OutOfMemoryError extends RangeError {
  /** The class, also across realms. */
  override readonly name = "OutOfMemoryError";
  /** Bytes asked for. */
  readonly requestedBytes: number;
  /** Bytes in use when the request failed. */
  readonly liveBytes: number;

  /** Describes a request of `requestedBytes` while `liveBytes` were in use, and why it failed. */
  constructor(requestedBytes: number, liveBytes: number, why = "memory refuses to grow") {
    super(`Cannot allocate ${requestedBytes} bytes: ${why}, ${liveBytes} in use`);
    this.requestedBytes = requestedBytes;
    this.liveBytes = liveBytes;
  }
}

/** What is known of a number that is not finite, besides where it is. */
export interface NonFiniteDetails {
  /** True where a sample holds it. @default false */
  readonly isInData?: boolean;
  /** Mean loss of the step before, in training. @default there was none */
  readonly lossBefore?: number | undefined;
  /** What may help, as changes of options. @default nothing is known to */
  readonly advice?: readonly string[];
  /** The error that it was told by. @default none */
  readonly cause?: Error;
}

/** A value is NaN or infinite where only finite numbers have a meaning. */
export class NonFiniteError extends RangeError {
  /** The class, also across realms. */
  override readonly name = "NonFiniteError";
  /** The quantity, for example `site "dense_2", factor A`. */
  readonly where: string;
  /** The optimizer's step in which it appeared, counted from 0; absent outside training. */
  readonly step: number | undefined;
  /** True where a sample holds it: no option mends that. */
  readonly isInData: boolean;
  /** Mean loss of the step before it in `train()`; absent in the first step and elsewhere. */
  readonly lossBefore: number | undefined;
  /** What may help, as changes of options, for example "lower learningRate (0.3)"; empty outside `train()`. */
  readonly advice: readonly string[];

  /** Names the quantity `where` and, inside training, the `step`. */
  constructor(action: string, where: string, step?: number, details: NonFiniteDetails = {}) {
    const { isInData = false, lossBefore, advice = [], cause } = details;
    const remedy = advice.length > 0 ? `; ${alternatives(advice)}` : "";
    super(`Cannot ${action}: ${where} is not finite${remedy}`, cause && { cause });
    this.where = where;
    this.step = step;
    this.isInData = isInData;
    this.lossBefore = lossBefore;
    this.advice = advice;
  }
}

/** "a, b or c". */
function alternatives(texts: readonly string[]): string {
  const last = texts[texts.length - 1];
  return texts.length === 1 ? last : `${texts.slice(0, -1).join(", ")} or ${last}`;
}

/** A matrix that must be positive definite is not. */
export class NotPositiveDefiniteError extends RangeError {
  /** The class, also across realms. */
  override readonly name = "NotPositiveDefiniteError";
  /** Zero-based index of the first pivot that is not positive. */
  readonly pivot: number;

  /** Names the matrix by the action that failed and the pivot. */
  constructor(action: string, pivot: number) {
    super(`Cannot ${action}: pivot ${pivot} is not positive`);
    this.pivot = pivot;
  }
}

/** A tensor or model is used after its memory was given back. */
export class DisposedError extends TypeError {
  /** The class, also across realms. */
  override readonly name = "DisposedError";

  /** Names the object that was disposed. */
  constructor(what: string) {
    super(`Cannot use ${what}: it was disposed`);
  }
}

/** Bytes are not a file of the format that they should be. */
export class CheckpointFormatError extends SyntaxError {
  /** The class, also across realms. */
  override readonly name = "CheckpointFormatError";
  /** The byte at which reading stopped. */
  readonly offset: number;

  /** Says what is wrong at a byte of the file. */
  constructor(why: string, offset: number) {
    super(`Cannot read a tensor file: ${why}, at byte ${offset}`);
    this.offset = offset;
  }
}

/** A checkpoint's bytes are not those that were written. */
export class CheckpointIntegrityError extends SyntaxError {
  /** The class, also across realms. */
  override readonly name = "CheckpointIntegrityError";

  /** Names the SHA-256 that the file states and the one that its bytes have. */
  constructor(stated: string, actual: string) {
    super(`Cannot trust a checkpoint: it states the SHA-256 ${stated}, its bytes have ${actual}`);
  }
}

/** A file is sound, but belongs to another model, optimizer, data set or version. */
export class CheckpointMismatchError extends TypeError {
  /** The class, also across realms. */
  override readonly name = "CheckpointMismatchError";
  /** What differs, for example "optimizer learningRate" or `tensor "0.weight"`. */
  readonly part: string;

  /** Names what differs, and how. */
  constructor(action: string, part: string, why: string) {
    super(`Cannot ${action}: ${part} ${why}`);
    this.part = part;
  }
}

/**
 * A store has a file of that name already, which stays as it is. A `CheckpointStore` of your own throws it from
 * `write()`: it is how simultaneous saves learn that another was first.
 */
export class CheckpointExistsError extends Error {
  /** The class, also across realms. */
  override readonly name = "CheckpointExistsError";
  /** The name of the file. */
  readonly file: string;

  /** Names the file. */
  constructor(file: string) {
    super(`Cannot write ${file}: the store has a file of this name, and never writes one again`);
    this.file = file;
  }
}

/** The host failed to store or to fetch a checkpoint; those stored before are as they were. */
export class CheckpointStoreError extends Error {
  /** The class, also across realms. */
  override readonly name = "CheckpointStoreError";
  /** The host's name of the failure, for example "ENOSPC" or "QuotaExceededError". */
  readonly code: string;

  /** Wraps the host's error, which is also the `cause`. */
  constructor(action: string, cause: unknown) {
    const { code, name, message } = cause as { code?: unknown; name?: string; message?: string };
    super(`Cannot ${action}: ${String(message ?? cause).replace(/[.\s]+$/, "")}`, { cause });
    this.code = typeof code === "string" ? code : name ?? "unknown";
  }
}
