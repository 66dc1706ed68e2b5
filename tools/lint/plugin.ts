// The project's own lint rules, for `deno lint` and editors.
/// <reference lib="deno.unstable" />
import { hostMath, hostState } from "./determinism.ts";
import { kernelLoops } from "./kernel_loops.ts";
import { siteRows } from "./site_rows.ts";
import { documentedThrows, reExportsOnly } from "./surface.ts";

const plugin: Deno.lint.Plugin = {
  name: "curvature",
  rules: {
    "host-math": hostMath,
    "host-state": hostState,
    "re-exports-only": reExportsOnly,
    "documented-throws": documentedThrows,
    "site-rows": siteRows,
    "kernel-loops": kernelLoops,
  },
};
export default plugin;
