// Every export is listed, and every listed one is there: a new one cannot come without tests, because
// tools/update_surface.ts, which writes the list, fails for what no test mentions.
import * as api from "../_support/api.ts";
import { ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { EXPORTS } from "./surface.ts";

test("the public surface is the one that is listed", () => {
  const exported = Object.keys(api), listed = new Set(EXPORTS);
  const added = exported.filter((name) => !listed.has(name));
  ok(added.length === 0, `run deno task update:surface for ${added.join(", ")}`);
  const gone = EXPORTS.filter((name) => !exported.includes(name));
  ok(gone.length === 0, `no longer exported: ${gone.join(", ")}`);
});
