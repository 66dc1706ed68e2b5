import { exportedNames, nameComplaints } from "../../tools/_support/kernel_exports.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const FILES: Readonly<Record<string, string>> = {
  "wasm/index.ts": 'export * from "./nn/index";\nexport function heap_base(): usize {}\n',
  "wasm/nn/index.ts": 'export * from "./rows";\nexport {\n  sfold,\n  dfold,\n} from "./fold";\n',
  "wasm/nn/rows.ts": "function own(): void {}\nexport function copy(n: i32): void {}\n",
};

test("exportedNames() follows what index files pass on", () => {
  const names = exportedNames((path) => FILES[path], "wasm/index.ts");
  equal(names, ["heap_base", "sfold", "dfold", "copy"]);
  equal(nameComplaints(names), []);
});

test("nameComplaints() names what two files export", () => {
  equal(nameComplaints(["copy", "fold", "copy"]).length, 1);
});
