// One test API for every runtime: node:test where there is one (Deno, Node, Bun); in a page the tests
// are collected for the page's runner.
type Body = () => void | Promise<void>;
interface Host {
  process?: { versions?: { node?: string } };
  collectedTests?: { name: string; body: Body }[];
}

const host = globalThis as unknown as Host;
const nodeTest = host.process?.versions?.node ? (await import("node:test")).test : undefined;

/** Registers a test; its name says the behaviour. */
export function test(name: string, body: Body): void {
  if (nodeTest) void nodeTest(name, () => body());
  else (host.collectedTests ??= []).push({ name, body });
}
