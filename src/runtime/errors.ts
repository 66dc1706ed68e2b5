/** Memory could not grow. Nothing was changed; retry with a smaller batch or model. */
export class OutOfMemoryError extends RangeError {
  /** The class, also across realms. */
  override readonly name = "OutOfMemoryError";
  /** Bytes asked for. */
  readonly requestedBytes: number;
  /** Bytes in use when the request failed. */
  readonly liveBytes: number;

  /** Describes a request of `requestedBytes` while `liveBytes` were in use. */
  constructor(requestedBytes: number, liveBytes: number) {
    super(`Cannot allocate ${requestedBytes} bytes: memory refuses to grow, ${liveBytes} in use`);
    this.requestedBytes = requestedBytes;
    this.liveBytes = liveBytes;
  }
}

/** A value is NaN or infinite where only finite numbers have a meaning. */
export class NonFiniteError extends RangeError {
  /** The class, also across realms. */
  override readonly name = "NonFiniteError";
  /** The quantity, for example `site "dense_2", factor A`. */
  readonly where: string;
  /** The optimizer step in which it appeared; absent outside training. */
  readonly step: number | undefined;

  /** Names the quantity `where` and, inside training, the `step`. */
  constructor(action: string, where: string, step?: number) {
    super(`Cannot ${action}: ${where} is not finite`);
    this.where = where;
    this.step = step;
  }
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
