// A page whose policy allows WebAssembly and no other evaluation needs nothing else.
import { digest } from "../../../../mod.ts";
import { agreed } from "../../../_support/agreed.ts";
import { equal } from "../../../_support/assert.ts";
import { test } from "../../../_support/harness.ts";
import { trained } from "../_training.ts";

test("a page under script-src 'self' 'wasm-unsafe-eval' trains to the bits of all others", async () => {
  await new Promise((resolve) => setTimeout(resolve)); // what drives the browser may evaluate, and its callees
  let isRefused = false;
  try {
    new Function("");
  } catch {
    isRefused = true;
  }
  equal(isRefused, true);
  using model = trained();
  agreed("a few steps in pages", await digest(model.parameters));
});
