// Writes docs/survived.md: what the tests of faults lived through, as they print it themselves.
import { run } from "./_support/command.ts";
import { filesUnder, read, ROOT } from "./_support/project.ts";
import { conclude } from "./_support/report.ts";

const OUTPUT = new URL("docs/survived.md", ROOT);
const LINE = /^survived: (\d+) (.+)$/gm;

const files = filesUnder("tests").filter((file) =>
  file.endsWith("_test.ts") && read(file).includes("survived(")
);
const outcome = await run(Deno.execPath(), ["test", "-A", "--no-check", ...files], { cwd: ROOT });
const log = outcome?.stdout ?? "";
const rows = Array.from(log.matchAll(LINE), ([, count, what]) => ({ count: Number(count), what }));
if (outcome?.code !== 0) conclude([log, outcome?.stderr ?? ""], "");

rows.sort((a, b) => a.what < b.what ? -1 : 1);
const table = rows.map(({ count, what }) => `| ${count.toLocaleString("en")} | ${what} |`);
await Deno.writeTextFile(
  OUTPUT,
  `# Survived

Every run of the suite injects these faults. Each one ends in a typed error or in the right result, with
parameters, state and checkpoints as they were before; one exception fails the suite. Figures of one run,
written by \`deno task update:counts\`.

| faults | of this kind |
| ---: | --- |
${table.join("\n")}
`,
);
await run(Deno.execPath(), ["fmt", "--quiet", "docs/survived.md"], { cwd: ROOT });
conclude([], `counts: ${rows.length} kinds of faults`);
