// Pages and workers store checkpoints in one folder of the origin private file system at once.
import { loadCheckpoint, opfsStore } from "../../../checkpoint.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { generations, recovered } from "../_generations.ts";
import type { Order, Outcome } from "./_opfs_writer.ts";

const FOLDER = "curvature-writers";
const SAVES = 8;
const WRITER = new URL("./_opfs_writer.js", import.meta.url).href;

async function inWorker(order: Order): Promise<Outcome> {
  const worker = new Worker(WRITER, { type: "module" });
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      worker.onmessage = ({ data }) => typeof data === "string" ? reject(data) : resolve(data);
      worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`));
      worker.postMessage(order);
    });
  } finally {
    worker.terminate();
  }
}

/** A frame has a page's realm of its own, with an instance of the library of its own. */
async function inFrame(order: Order): Promise<Outcome> {
  const element = document.createElement("iframe");
  element.src = "/";
  document.body.append(element);
  try {
    await new Promise((resolve) => element.onload = resolve);
    const frame = element.contentWindow as unknown as {
      eval(source: string): Promise<{ write(order: Order): Promise<Outcome> }>;
      structuredClone(order: Order): Order;
    };
    const { write } = await frame.eval(`import(${JSON.stringify(WRITER)})`);
    return await write(frame.structuredClone(order)); // arrays of its realm
  } finally {
    element.remove();
  }
}

test("two pages and two workers at once: every save gets a name that no other has", async () => {
  const store = opfsStore(FOLDER);
  for (const name of await store.names()) await store.remove(name);
  const files = await generations(3);
  const order = { folder: FOLDER, files, saves: SAVES };
  const writers = [inWorker, inWorker, inFrame, inFrame];
  const outcomes = await Promise.all(writers.map((writer) => writer(order)));
  equal(outcomes.flatMap(({ losses }) => losses), []);
  const names = outcomes.flatMap((outcome) => outcome.names);
  equal([names.length, new Set(names).size], [writers.length * SAVES, writers.length * SAVES]);
  equal((await loadCheckpoint(store))?.name, names.sort().at(-1));
  ok(await recovered(store, files) > 0, "not one of the files");
  equal((await store.names()).length, 2);
});
