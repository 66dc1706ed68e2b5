import { memoryUsage, OutOfMemoryError, Scope, Tensor } from "../../mod.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

test("more memory than there is is refused with the bytes, and nothing leaks", () => {
  const before = memoryUsage();
  const held = new Scope();
  throws(
    () => {
      for (let i = 0; i < 5; i++) held.own(new Tensor("float32", [2 ** 28]));
    },
    OutOfMemoryError,
    /refuses to grow/,
  );
  held.dispose();
  equal(memoryUsage().liveBytes, before.liveBytes);
});
