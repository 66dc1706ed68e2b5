// Makes dist/, the npm package.
import { fileURLToPath } from "node:url";
import { buildPackage } from "./_support/npm_package.ts";
import { configuration, exists, ROOT } from "./_support/project.ts";

const DIST = new URL("dist/", ROOT);

if (exists("dist")) await Deno.remove(DIST, { recursive: true });
await buildPackage(fileURLToPath(DIST).replace(/\/$/, ""));
const { size } = Deno.statSync(new URL("curvature.js", DIST));
console.log(
  `dist/ holds curvature ${configuration().version}; dist/curvature.js has ${size} bytes`,
);
