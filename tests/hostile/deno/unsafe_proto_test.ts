// Deno removes `__proto__`, so a default run cannot see what would happen with it.
import { run } from "../../../tools/_support/command.ts";
import { ROOT } from "../../../tools/_support/project.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";

test("hostile files pollute no prototype where __proto__ works", async () => {
  const flags = ["test", "-A", "--no-check", "--unstable-unsafe-proto"];
  const outcome = await run(Deno.execPath(), [...flags, "tests/hostile/corpus_test.ts"], {
    cwd: ROOT,
  });
  ok(outcome, "Deno does not start itself");
  equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`.slice(-2000));
});
