/** A command line that cannot be obeyed; its message is all that the user needs to see. */
export class UsageError extends Error {
  /** The name in stack traces. */
  override readonly name = "UsageError";
}
