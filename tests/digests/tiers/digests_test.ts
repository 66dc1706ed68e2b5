// The golden digests under one of V8's compilers: that runs resume is shown without.
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { GOLDEN } from "../golden.ts";
import { digestsOf, SCENARIOS } from "../scenarios.ts";

for (const [name, scenario] of SCENARIOS) {
  test(`50 steps of ${name} have the golden digests, parameters and state`, async () => {
    equal(await digestsOf(scenario), GOLDEN[name]);
  });
}
