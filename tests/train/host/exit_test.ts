// A program that has trained ends by itself, and one that only awaits train() is told before it ends.
import { equal } from "../../_support/assert.ts";
import { ended, startChild } from "../../_support/child.ts";
import { test } from "../../_support/harness.ts";
import { PROGRAM } from "./_program.ts";

const LIMIT_MS = 30_000;

/** What a program printed, and how it ended. */
async function outcome(what: string): Promise<{ code: number | string | null; text: string }> {
  const child = startChild(PROGRAM, [what]);
  let text = "";
  child.stdout?.on("data", (bytes) => text += bytes);
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  const code = await ended(child);
  clearTimeout(timer);
  return { code, text: text.trim() };
}

test("a program that has trained ends by itself", async () => {
  equal(await outcome("fit"), { code: 0, text: "signal" });
});

test("a program that awaits train() and nothing else says that it has trained nothing", async () => {
  const { code, text } = await outcome("await");
  equal(code, 0);
  const said = text.split("\n").filter((line) =>
    line.startsWith("train() was awaited and has trained nothing")
  );
  equal(said.length, 1, text);
});
