// Runs files of tests in pages of a real browser: `main.ts <chrome|firefox> <program> <folder> <files>`.
// A page per file, so that files share nothing; a line per test on stdout, and the counts at the end.
//
// puppeteer-core (33 MB with what it needs, downloaded by `deno task test` alone) drives both Debian's
// Chromium and its unpatched Firefox, by DevTools and BiDi. A page that posts its results to the server
// needs no such library, but then start, death and profile of each browser are code of our own.
import type { SupportedBrowser } from "puppeteer-core";
import { collect, runTest } from "./in_page.ts";
import { serveFolder } from "./server.ts";
import { LostBrowserError, Session } from "./session.ts";

const TEST_LIMIT_MS = 90_000;
const [kind, program, folder, ...files] = Deno.args;
let passed = 0, failed = 0;
let current = "";

/** Counts a test; its failure is a text that is not empty. */
function report(test: string, failure: string): void {
  if (failure) failed++;
  else passed++;
  console.log(failure ? `not ok - ${test}\n${indent(failure)}` : `ok - ${test}`);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

async function runFile(file: string): Promise<void> {
  current = `${file}: import`;
  try {
    const page = await session.page();
    page.on("console", (message) => console.log(`${file} says: ${message.text()}`));
    const tests = await session.within(
      TEST_LIMIT_MS,
      () => page.evaluate(collect, `${origin}/${file}`),
    );
    if (tests.length === 0) report(`${file}: import`, "the file registers no test");
    for (const [index, { name, isSkipped }] of tests.entries()) {
      current = `${file}: ${name}`;
      const run = () => session.within(TEST_LIMIT_MS, () => page.evaluate(runTest, index));
      if (isSkipped) console.log(`skip - ${current}`);
      else report(current, await run());
    }
    await page.close();
  } catch (error) {
    const rest = error instanceof LostBrowserError ? "; the tests after it did not run" : "";
    report(current, `${error instanceof Error ? error.message : error}${rest}`);
  }
}

const origin = serveFolder(folder);
const session = new Session({ kind: kind as SupportedBrowser, program, origin });

async function conclude(): Promise<never> {
  await session[Symbol.asyncDispose]();
  console.log(`${passed} passed, ${failed} failed`);
  Deno.exit(failed === 0 ? 0 : 1);
}

Deno.addSignalListener("SIGTERM", () => {
  report(current, "stopped from outside; the tests after it did not run");
  void conclude();
});
for (const file of files) await runFile(file);
await conclude();
