// A run that is saved on one runtime goes on on another with the bits of an uninterrupted one: each runtime writes
// the same checkpoints, to the byte, which ../run.ts compares, and each goes on from them to the golden digests.
import { sha256 } from "../../src/tensor/digest.ts";
import { agreed } from "../_support/agreed.ts";
import { equal, sameBytes } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { GOLDEN } from "./golden.ts";
import { resumeHalfway, SCENARIOS } from "./scenarios.ts";

test("25 steps, a checkpoint and 25 more steps of every method end in the golden digests", async () => {
  const written: string[] = [];
  for (const [name, scenario] of SCENARIOS) {
    const { half, whole, resumed, digest } = await resumeHalfway(scenario);
    equal([name, digest], [name, GOLDEN[name][4]]);
    sameBytes(resumed, whole, `all that ${name} remembers`);
    written.push(await sha256(half));
  }
  agreed(`${written.length} checkpoints`, await sha256(new TextEncoder().encode(written.join())));
});
