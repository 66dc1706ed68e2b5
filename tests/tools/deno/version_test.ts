import { VERSION } from "../../../src/runtime/version.ts";
import { configuration } from "../../../tools/_support/project.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";

test("VERSION is the version of deno.json", () => {
  equal(VERSION, configuration().version);
});
