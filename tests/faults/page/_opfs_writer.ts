// A worker or a frame that stores checkpoints in the origin private file system, and loads after each.
import { loadCheckpoint, opfsStore, saveCheckpoint } from "../../../checkpoint.ts";

/** What a writer is to do: `files` one after the other, again and again. */
export interface Order {
  readonly folder: string;
  readonly files: readonly Uint8Array[];
  readonly saves: number;
}

/** What came of it: a name for each save, and loads that found nothing or something damaged. */
export interface Outcome {
  readonly names: readonly string[];
  readonly losses: readonly string[];
}

/** Does it. */
export async function write({ folder, files, saves }: Order): Promise<Outcome> {
  const store = opfsStore(folder);
  const names: string[] = [], losses: string[] = [];
  for (let i = 0; i < saves; i++) {
    names.push(await saveCheckpoint(store, files[i % files.length]));
    const found = await loadCheckpoint(store);
    if (!found) losses.push("found nothing");
    else losses.push(...found.refused.map(({ error }) => String(error)));
  }
  return { names, losses };
}

const scope = globalThis as unknown as {
  readonly document?: unknown;
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(outcome: Outcome | string): void;
};
if (scope.document === undefined) {
  scope.onmessage = ({ data }) => {
    void write(data).catch(String).then((outcome) => scope.postMessage(outcome));
  };
}
