// A process on a host that refuses something: what the library says to its first tensor, and to init().
import process from "node:process";
import { init, tensor } from "../../../mod.ts";
import { childArguments } from "../../_support/child.ts";

/** Where the module is, to start it. */
export const REFUSING: string = import.meta.url;

/** What the process prints, as JSON. */
export interface Answer {
  /** Of `tensor()`. */
  readonly error: { readonly name: string; readonly message: string } | undefined;
  /** Of `init()` with what is no module. */
  readonly initError: string;
}

function errorOf(body: () => unknown): Error | undefined {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
}

if (childArguments()) {
  const found = errorOf(() => tensor([1, 2]));
  const error = found && { name: found.name, message: found.message };
  const initError = errorOf(() => init({} as WebAssembly.Module))?.message ?? "";
  const answer: Answer = { error, initError };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
