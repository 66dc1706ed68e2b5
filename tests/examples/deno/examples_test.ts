// Every example runs as a user would run it, and ends with a digest.
import { filesUnder, ROOT } from "../../../tools/_support/project.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";

const LONGEST = 100; // lines of an example

for (const file of filesUnder("examples").filter((file) => file.endsWith(".ts"))) {
  test(`${file} runs, is short and prints the same digest twice`, async () => {
    const lines = (await Deno.readTextFile(new URL(file, ROOT))).split("\n").length;
    ok(lines < LONGEST, `${file} has ${lines} lines`);
    const outcomes = await Promise.all([runExample(file), runExample(file)]);
    equal(outcomes[0].errors, "");
    ok(/: [0-9a-f]{64}\n$/.test(outcomes[0].output), `${file} ends with ${outcomes[0].output}`);
    equal(outcomes[0].output, outcomes[1].output);
  });
}

async function runExample(file: string): Promise<{ output: string; errors: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", file],
    cwd: ROOT,
  });
  const { stdout, stderr } = await command.output();
  return { output: new TextDecoder().decode(stdout), errors: new TextDecoder().decode(stderr) };
}
