// What runs inside the page. Puppeteer sends the text of these functions, so they close over nothing.
import type { CollectedTest } from "../../_support/harness.ts";

interface TestPage {
  collectedTests?: readonly CollectedTest[];
  /** What went wrong since the last test ended. */
  failures: string[];
  /** Adds an error to them. */
  fail(error: unknown): void;
}

/** Imports a file of tests. Gives their names, whether each can run, and its index among those of the page. */
export async function collect(
  url: string,
): Promise<{ readonly name: string; readonly isSkipped: boolean; readonly index: number }[]> {
  const page = globalThis as unknown as TestPage;
  const isFirst = page.failures === undefined, before = page.collectedTests?.length ?? 0;
  page.failures ??= [];
  page.fail = (error) => {
    const { message = String(error), stack = "" } = (error ?? {}) as Partial<Error>;
    // Only Chromium's stack begins with the message.
    page.failures.push(stack.includes(message) ? stack : `${message}\n${stack}`);
  };
  if (isFirst) {
    addEventListener("error", (event) => page.fail(event.error ?? event.message));
    addEventListener("unhandledrejection", (event) => page.fail(event.reason));
  }
  // No page over http is isolated, but for those of localhost.
  if (isSecureContext && !crossOriginIsolated) {
    throw new Error("the page is not cross-origin isolated");
  }
  await import(new URL(url, location.href).href);
  const added = (page.collectedTests ?? []).slice(before);
  return added.map(({ name, body }, i) => ({ name, isSkipped: !body, index: before + i }));
}

/** Runs one test; says what failed, or nothing. */
export async function runTest(index: number): Promise<string> {
  const page = globalThis as unknown as TestPage;
  try {
    await page.collectedTests?.[index]?.body?.();
  } catch (error) {
    page.fail(error);
  }
  // Errors that nobody caught are told in one of the next turns of the event loop.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve));
  return page.failures.splice(0).join("\n");
}
