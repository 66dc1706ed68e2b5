// Bad values in every place of every public function and method: refused by name, before a kernel runs,
// with nothing leaked and nothing changed.
import { ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { survived } from "../_support/survived.ts";
import { AREAS, callableOf } from "./_areas.ts";
import { NOT_TRIED, unusedAllowances } from "./_allowed.ts";
import { attempts, goodCall, watchKernels } from "./_refusals.ts";
import { CALLABLES } from "./surface.ts";

/** At least so many, whatever becomes of the surface. */
const LEAST_CASES = 2000;

const labels = Object.values(AREAS).flatMap((examples) => Object.keys(examples));

test("every public callable has an example, or a reason for none", () => {
  const shown = new Set(labels.map(callableOf));
  const missing = Object.keys(CALLABLES).filter((name) =>
    !shown.has(name) && !NOT_TRIED.some(({ where }) => where.test(name))
  );
  ok(missing.length === 0, `no example in tests/api/_examples of ${missing.join(", ")}`);
  const stale = [...shown].filter((name) => !(name in CALLABLES));
  ok(stale.length === 0, `not public any more: ${stale.join(", ")}`);
});

test("the examples are good calls", async () => {
  for (const examples of Object.values(AREAS)) {
    for (const [label, make] of Object.entries(examples)) {
      const complaint = await goodCall(label, make);
      ok(complaint === undefined, complaint ?? "");
    }
  }
});

let total = 0;

for (const [area, examples] of Object.entries(AREAS)) {
  test(`bad arguments are refused by name and change nothing: ${area}`, async () => {
    watchKernels();
    const complaints: string[] = [];
    for (const [label, make] of Object.entries(examples)) {
      const tried = await attempts(label, make, CALLABLES[callableOf(label)] ?? []);
      total += tried.count;
      complaints.push(...tried.complaints);
    }
    ok(complaints.length === 0, `${complaints.length} of them:\n${complaints.join("\n")}`);
  });
}

test("every allowance for a bad argument is needed, and the cases are many", () => {
  const unused = unusedAllowances();
  ok(unused.length === 0, `allowances that nothing needs:\n${unused.join("\n")}`);
  ok(total >= LEAST_CASES, `only ${total} cases`);
  survived(total, "bad arguments");
});
