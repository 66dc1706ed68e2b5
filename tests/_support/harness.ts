// One test API for every runtime: node:test where there is one (Deno, Node, Bun); elsewhere, in pages and
// edge workers, the tests are collected for the one who imports the file.
type Body = () => void | Promise<void>;

/** A test that waits to be run; without a body it is skipped, and its name says why. */
export interface CollectedTest {
  readonly name: string;
  readonly body?: Body;
}

interface Host {
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly navigator?: { readonly userAgent?: string };
  collectedTests?: CollectedTest[];
}

const host = globalThis as unknown as Host;
// Cloudflare's workers pretend to be Node and have no test runner.
const hasNodeTest = host.process?.versions?.node !== undefined &&
  host.navigator?.userAgent !== "Cloudflare-Workers";
const nodeTest = hasNodeTest ? (await import("node:test")).test : undefined;

/** Registers a test; its name says the behaviour. */
export function test(name: string, body: Body): void {
  if (nodeTest) void nodeTest(name, () => body());
  else (host.collectedTests ??= []).push({ name, body });
}

/** Registers a test that cannot run here; `deno task test` prints the reason. */
export function skip(name: string, reason: string): void {
  const full = `${name} (skipped: ${reason})`;
  if (nodeTest) void nodeTest(full, { skip: true }, () => {});
  else (host.collectedTests ??= []).push({ name: full });
}
