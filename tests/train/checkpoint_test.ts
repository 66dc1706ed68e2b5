import { adam, NonFiniteError, squaredError, welsch } from "../../mod.ts";
import { Batches } from "../../data.ts";
import {
  checkpoint,
  CheckpointFormatError,
  CheckpointIntegrityError,
  CheckpointMismatchError,
  restore,
} from "../../checkpoint.ts";
import { KERNELS_BASE64 } from "../../src/runtime/kernels_wasm.ts";
import { equal, rejects, sameBytes } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { liveBytes } from "../_support/live_bytes.ts";
import { resealed } from "../hostile/_target.ts";
import { runModel } from "./_run.ts";

const OPTIMIZER = adam();

async function fresh(): Promise<Uint8Array<ArrayBuffer>> {
  using model = runModel("float32");
  using state = OPTIMIZER.init(model);
  return await checkpoint({ model, optimizer: OPTIMIZER, state });
}

test("checkpoint() gives equal runs equal bytes", async () => {
  sameBytes(await fresh(), await fresh());
});

test("restore() sets the position of the batches", async () => {
  using model = runModel("float32");
  using state = OPTIMIZER.init(model);
  const batches = new Batches(20, { batchSize: 4, seed: 2 });
  for (let i = 0; i < 7; i++) batches.next();
  const bytes = await checkpoint({ model, optimizer: OPTIMIZER, state, batches });
  const again = new Batches(20, { batchSize: 4, seed: 2 });
  using _restored = await restore(bytes, { model, optimizer: OPTIMIZER, batches: again });
  equal(again.position, { epoch: 1, index: 2 });
  equal([...again.next()], [...batches.next()]);
});

test("restore() compares losses where both are told", async () => {
  using model = runModel("float32");
  using state = OPTIMIZER.init(model);
  const run = { model, optimizer: OPTIMIZER };
  const bytes = await checkpoint({ ...run, state, loss: squaredError() });
  await rejects(
    () => restore(bytes, { ...run, loss: welsch() }),
    CheckpointMismatchError,
    /loss name is "squaredError", not "welsch"$/,
  );
});

test("checkpoint() refuses a state of another model and what is not finite", async () => {
  using model = runModel("float32");
  using other = runModel("float32");
  using state = OPTIMIZER.init(model);
  const run = { model, optimizer: OPTIMIZER, state };
  await rejects(() => checkpoint({ ...run, model: other }), TypeError, /another model/);
  const [moment] = state.tensors.values();
  moment.data[3] = -Infinity;
  await rejects(() => checkpoint(run), NonFiniteError, /tensor "firstMoment"/);
  moment.data[3] = 0;
  state.numbers.set("beta1Power", NaN);
  await rejects(() => checkpoint(run), NonFiniteError, /number "beta1Power"/);
  state.numbers.set("beta1Power", 1);
  model.parameters.data[0] = NaN;
  await rejects(() => checkpoint(run), NonFiniteError, /tensor "parameters"/);
});

test("restore() refuses a sound file that is no checkpoint, and a damaged checkpoint", async () => {
  using model = runModel("float32");
  const run = { model, optimizer: OPTIMIZER };
  const bytes = await fresh();
  bytes[bytes.length - 2] ^= 4;
  await rejects(() => restore(bytes, run), CheckpointIntegrityError, /states the SHA-256/);
  const empty = new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]);
  await rejects(() => restore(empty, run), CheckpointFormatError, /no SHA-256/);
});

test("restore() leaves nothing behind when it refuses", async () => {
  using precise = runModel("float64");
  const bytes = await fresh();
  const before = liveBytes();
  const [version, parameters] = [precise.version, precise.parameters.data.slice()];
  await rejects(
    () => restore(bytes, { model: precise, optimizer: OPTIMIZER }),
    CheckpointMismatchError,
    /model dtype is "float32", not "float64"$/,
  );
  equal(liveBytes(), before);
  equal([precise.version, precise.parameters.data], [version, parameters]);
});

test("a checkpoint does not change while it is written", async () => {
  using model = runModel("float32");
  using state = OPTIMIZER.init(model);
  const run = { model, optimizer: OPTIMIZER, state };
  const writing = checkpoint(run);
  model.parameters.data.fill(1);
  state.step = 9;
  sameBytes(await writing, await fresh());
});

test("a checkpoint names the kernels by their digest", async () => {
  const text = new TextDecoder().decode(await fresh());
  const kernels = Uint8Array.from(atob(KERNELS_BASE64), (char) => char.charCodeAt(0));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", kernels));
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  equal(text.includes(`"kernels":"${hex}"`), true);
});

test("restore() says clearly that a file is of the earlier format, which named none", async () => {
  using model = runModel("float32");
  const file = await resealed(await fresh(), (header) => header.replace(`"checkpoint":"2",`, ""));
  await rejects(
    () => restore(file, { model, optimizer: OPTIMIZER }),
    CheckpointFormatError,
    /it is a checkpoint of an earlier format without a number, this version reads "2"/,
  );
});
