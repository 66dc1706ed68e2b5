// The same bits on every runtime and machine. A kernel or method that computes otherwise changes these
// digests: tools/update_digests.ts writes them anew and demands the reason for the changelog.
//
// A run that is saved on one runtime goes on on another with the bits of an uninterrupted one: each runtime writes
// the same checkpoints, to the byte, which ../run.ts compares, and each goes on from them to the golden digests.
import { sha256 } from "../../src/tensor/digest.ts";
import { agreed } from "../_support/agreed.ts";
import { equal, sameBytes } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { GOLDEN } from "./golden.ts";
import { resumeHalfway, SCENARIOS } from "./scenarios.ts";

const written: string[] = [];

for (const [name, scenario] of SCENARIOS) {
  test(`50 steps of ${name} have the golden digests, at one go and from a checkpoint`, async () => {
    const { half, whole, resumed, digests } = await resumeHalfway(scenario);
    equal(digests, GOLDEN[name]);
    sameBytes(resumed, whole, "all that is remembered");
    written.push(await sha256(half));
  });
}

test("all runtimes write the same checkpoints", async () => {
  equal(written.length, SCENARIOS.size);
  agreed(`${written.length} checkpoints`, await sha256(new TextEncoder().encode(written.join())));
});

test("every golden digest belongs to a scenario, and none is the same as another", () => {
  equal(Object.keys(GOLDEN), [...SCENARIOS.keys()]);
  const ends = Object.values(GOLDEN).map((digests) => digests[4]);
  equal(new Set(ends).size, ends.length, "different digests");
});
