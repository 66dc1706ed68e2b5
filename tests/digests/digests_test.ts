// The same bits on every runtime and machine. A kernel or method that computes otherwise changes these
// digests: tools/update_digests.ts writes them anew and demands the reason for the changelog.
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { GOLDEN } from "./golden.ts";
import { digestsOf, SCENARIOS } from "./scenarios.ts";

for (const [name, scenario] of SCENARIOS) {
  test(`50 steps of ${name} have the golden digests, parameters and state`, async () => {
    equal(await digestsOf(scenario), GOLDEN[name]);
  });
}

test("every golden digest belongs to a scenario, and none is the same as another", () => {
  equal(Object.keys(GOLDEN), [...SCENARIOS.keys()]);
  const ends = Object.values(GOLDEN).map((digests) => digests[4]);
  equal(new Set(ends).size, ends.length, "different digests");
});
