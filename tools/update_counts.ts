// Writes the README's table of what the tests of faults lived through, as they print it themselves.
import { run } from "./_support/command.ts";
import { filesUnder, read, ROOT } from "./_support/project.ts";
import { conclude } from "./_support/report.ts";

const README = new URL("README.md", ROOT);
const TABLE = /(?<=<!-- survived -->\n)[^]*?(?=<!-- end -->)/;
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
  README,
  read("README.md").replace(
    TABLE,
    `\n| faults | of this kind |\n| ---: | --- |\n${table.join("\n")}\n\n`,
  ),
);
await run(Deno.execPath(), ["fmt", "--quiet", "README.md"], { cwd: ROOT });
conclude([], `counts: ${rows.length} kinds of faults`);
