// The golden digests of parameters under one of V8's compilers. One of them is slow, so runs are short; their states,
// and that they resume, are compared without.
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { GOLDEN } from "../golden.ts";
import { digestsOf, SCENARIOS } from "../scenarios.ts";

const STEPS = 20;

for (const [name, scenario] of SCENARIOS) {
  test(`${STEPS} steps of ${name} have the golden digests`, async () => {
    const found = (await digestsOf(scenario, STEPS)).slice(0, -1);
    equal(found.length, 2, "digests");
    equal(found, GOLDEN[name].slice(0, found.length));
  });
}
