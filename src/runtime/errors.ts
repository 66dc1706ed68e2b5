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
