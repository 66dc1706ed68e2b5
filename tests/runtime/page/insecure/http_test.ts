// A page over http, not of localhost, is no secure context: it has neither WebCrypto nor files of its own.
import { adam, digest } from "../../../../mod.ts";
import {
  checkpoint,
  loadCheckpoint,
  memoryStore,
  opfsStore,
  restore,
  saveCheckpoint,
} from "../../../../checkpoint.ts";
import { agreed } from "../../../_support/agreed.ts";
import { equal, throws } from "../../../_support/assert.ts";
import { test } from "../../../_support/harness.ts";
import { trained } from "../_training.ts";

test("a page over http trains to the bits of all others, and digests them", async () => {
  equal([isSecureContext, crypto.subtle], [false, undefined]);
  using model = trained();
  agreed("a few steps in pages", await digest(model.parameters));
});

test("a page over http writes and reads checkpoints", async () => {
  using model = trained();
  const optimizer = adam();
  using state = optimizer.init(model);
  const store = memoryStore();
  await saveCheckpoint(store, await checkpoint({ model, optimizer, state }));
  const parameters = await digest(model.parameters);
  model.parameters.data.fill(0);
  const found = await loadCheckpoint(store);
  using _restored = await restore(found?.bytes ?? new Uint8Array(0), { model, optimizer });
  equal(await digest(model.parameters), parameters);
});

test("opfsStore() says in a page over http where there is such a store, and what is left", () => {
  throws(() => opfsStore("run"), TypeError, /which pages have over https.*memoryStore\(\)/);
});
