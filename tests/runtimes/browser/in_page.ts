// What runs inside the page. Puppeteer sends the text of these functions, so they close over nothing.
import type { CollectedTest } from "../../_support/harness.ts";

interface TestPage {
  collectedTests?: readonly CollectedTest[];
  /** Errors that nobody caught, which belong to the test that runs. */
  uncaught?: string[];
}

/** Imports a file of tests. Gives their names in order and whether each can run. */
export async function collect(
  url: string,
): Promise<{ readonly name: string; readonly isSkipped: boolean }[]> {
  const page = globalThis as unknown as TestPage;
  const uncaught: string[] = page.uncaught = [];
  addEventListener("error", (event) => uncaught.push(event.message));
  addEventListener(
    "unhandledrejection",
    (event) => uncaught.push(String(event.reason?.stack ?? event.reason)),
  );
  if (!crossOriginIsolated) throw new Error("the page is not cross-origin isolated");
  await import(url);
  return (page.collectedTests ?? []).map(({ name, body }) => ({ name, isSkipped: !body }));
}

/** Runs one test; says what failed, if anything. */
export async function runTest(index: number): Promise<string | undefined> {
  const page = globalThis as unknown as TestPage;
  const failures: string[] = [];
  try {
    await page.collectedTests?.[index]?.body?.();
  } catch (error) {
    const { message = String(error), stack = "" } = error as Error;
    // Only Chromium's stack begins with the message.
    failures.push(stack.includes(message) ? stack : `${message}\n${stack}`);
  }
  // A turn of the event loop, in which errors that nobody caught are reported.
  await new Promise((resolve) => setTimeout(resolve));
  failures.push(...page.uncaught?.splice(0) ?? []);
  return failures.length > 0 ? failures.join("\n") : undefined;
}
