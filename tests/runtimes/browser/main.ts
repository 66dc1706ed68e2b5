// Runs files of tests in pages of a real browser: `main.ts <chrome|firefox> <program> <folder> <files>`.
// A page for a few files, since to load the library costs a browser more than most tests; files that are about pages have
// one each. A line per test on stdout, and the counts at the end.
//
// puppeteer-core (33 MB with what it needs, downloaded by `deno task test` alone) drives both Debian's
// Chromium and its unpatched Firefox, by DevTools and BiDi. A page that posts its results to the server
// needs no such library, but then start, death and profile of each browser are code of our own.
import type { Page, SupportedBrowser } from "puppeteer-core";
import { collect, runTest } from "./in_page.ts";
import { serveFolder } from "./server.ts";
import { INSECURE_HOST, LostBrowserError, Session } from "./session.ts";

const TEST_LIMIT_MS = 90_000;
const FILES_PER_PAGE = 8;
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

/** Files that come after each other in one page; those in page/ come alone. */
function pagesOf(all: readonly string[]): string[][] {
  const isAlone = (file: string): boolean => file.includes("/page/") || file.includes("/built/");
  const pages = all.filter(isAlone).map((file) => [file]);
  const others = all.filter((file) => !isAlone(file));
  for (let i = 0; i < others.length; i += FILES_PER_PAGE) {
    pages.push(others.slice(i, i + FILES_PER_PAGE));
  }
  return pages;
}

/** The page that a file of tests begins with: tests about pages may want a policy, or a site without https. */
function addressOf(file: string): string {
  const [, kind = ""] = file.match(/\/page\/(\w+)\//) ?? [];
  return kind === "insecure" ? origin.replace("127.0.0.1", INSECURE_HOST) : `${origin}/${kind}`;
}

async function runPage(files: readonly string[]): Promise<void> {
  [current] = files;
  let page: Page;
  try {
    page = await session.page(addressOf(current));
  } catch (error) {
    return report(current, String(error));
  }
  page.on("console", (message) => console.log(`${current} says: ${message.text()}`));
  for (const [i, file] of files.entries()) {
    if (await runFile(page, file)) continue;
    // The page is gone: the files after this one have another.
    if (i + 1 < files.length) await runPage(files.slice(i + 1));
    return;
  }
  await page.close();
}

/** Runs a file of tests; false where that cost the page. */
async function runFile(page: Page, file: string): Promise<boolean> {
  current = `${file}: import`;
  try {
    const tests = await session.within(
      TEST_LIMIT_MS,
      () => page.evaluate(collect, `/${file}`),
    );
    if (tests.length === 0) report(`${file}: import`, "the file registers no test");
    for (const { name, isSkipped, index } of tests) {
      current = `${file}: ${name}`;
      const run = () => session.within(TEST_LIMIT_MS, () => page.evaluate(runTest, index));
      if (isSkipped) console.log(`skip - ${current}`);
      else report(current, await run());
    }
    return true;
  } catch (error) {
    const isLost = error instanceof LostBrowserError;
    const rest = isLost ? "; the tests after it did not run" : "";
    report(current, `${error instanceof Error ? error.message : error}${rest}`);
    return !isLost;
  }
}

const origin = serveFolder(folder);
const session = new Session({ kind: kind as SupportedBrowser, program });

async function conclude(): Promise<never> {
  await session[Symbol.asyncDispose]();
  console.log(`${passed} passed, ${failed} failed`);
  Deno.exit(failed === 0 ? 0 : 1);
}

Deno.addSignalListener("SIGTERM", () => {
  report(current, "stopped from outside; the tests after it did not run");
  void conclude();
});
for (const page of pagesOf(files)) await runPage(page);
await conclude();
