// What a library computes in a thread that is ended when it takes too long.
import { Worker } from "node:worker_threads";

/** Messages of a thread that ended by itself, or why it did not. */
export interface Limited {
  readonly messages: readonly unknown[];
  /** Undefined when all went well. */
  readonly failure?: string;
}

/** Runs a module in a thread until it has said as much as is wanted; at most so many seconds for each message. */
export async function runLimited(
  module: URL,
  workerData: unknown,
  { wanted, seconds }: { readonly wanted: number; readonly seconds: number },
): Promise<Limited> {
  const worker = new Worker(module, { workerData });
  const messages: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const limit = (): ReturnType<typeof setTimeout> =>
    setTimeout(() => resolve(`more than ${seconds} s`), 1000 * seconds);
  let timer = limit();
  worker.on("message", (message: unknown) => {
    messages.push(message);
    clearTimeout(timer);
    if (messages.length === wanted) resolve(undefined);
    else timer = limit();
  });
  worker.on("error", (error: Error) => resolve(error.message.split("\n")[0]));
  const failure = await promise;
  clearTimeout(timer);
  await worker.terminate();
  return failure === undefined ? { messages } : { messages, failure };
}
