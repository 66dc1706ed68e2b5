// A page whose policy allows no evaluation, not even of WebAssembly: `default-src 'self'`.
import { digest, init, tensor } from "../../../../mod.ts";
import { agreed } from "../../../_support/agreed.ts";
import { equal, throws } from "../../../_support/assert.ts";
import { test } from "../../../_support/harness.ts";
import { trained } from "../_training.ts";

async function errorOf(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
}

/** The kernels as a frame of the same site compiles them, whose policy allows it. */
async function moduleOfFrame(): Promise<WebAssembly.Module> {
  const element = document.createElement("iframe");
  element.src = "/wasm_only";
  const loaded = new Promise((resolve) => element.onload = resolve);
  document.body.append(element);
  await loaded;
  const frame = element.contentWindow as unknown as typeof globalThis;
  try {
    return await frame.WebAssembly.compileStreaming(frame.fetch("/kernels.wasm"));
  } finally {
    element.remove();
  }
}

test("a page under default-src 'self' says what to do, and trains with what a frame compiled", async () => {
  throws(
    () => tensor([1, 2]),
    TypeError,
    /^Cannot run kernels: .*refused to compile.*pass a precompiled module to init\(\)$/,
  );
  // The page itself cannot make a module of the file either.
  const kernels = await (await fetch("/kernels.wasm")).arrayBuffer();
  equal(await errorOf(() => WebAssembly.compile(kernels)) instanceof Error, true);
  init(await moduleOfFrame());
  using model = trained();
  agreed("a few steps in pages", await digest(model.parameters));
});
