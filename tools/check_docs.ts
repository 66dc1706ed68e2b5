// What users read is there and true: every public symbol is documented, every public function has an
// example that asserts (and that the tests run), every error it names can be thrown, every task exists.
// That a function names each error it throws itself is a lint rule: tools/lint/surface.ts.
import { deno, run } from "./_support/command.ts";
import { moduleGraph, reachable } from "./_support/module_graph.ts";
import { configuration, entries, exists, filesUnder, read, ROOT } from "./_support/project.ts";
import { conclude } from "./_support/report.ts";

interface Tag {
  readonly kind: string;
  readonly doc?: string;
  readonly tsType?: { readonly repr: string };
}

interface Declaration {
  readonly kind: string;
  readonly location: { readonly filename: string; readonly line: number };
  readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly Tag[] };
}

interface Documentation {
  readonly nodes: Readonly<
    Record<
      string,
      { readonly symbols: readonly { name: string; declarations: readonly Declaration[] }[] }
    >
  >;
}

const ENTRIES = entries();
const graph = await moduleGraph(ENTRIES);

/** The error classes that a module, or anything it imports, throws. */
function thrownFrom(module: string): Set<string> {
  const modules = [...reachable(graph, module)].filter((file) => graph.has(file));
  const thrown = modules.flatMap((file) =>
    Array.from(read(file).matchAll(/\bthrow new (\w+)\(/g), ([, name]) => name)
  );
  return new Set(thrown);
}

function* functionComplaints({ jsDoc, location }: Declaration): Generator<string> {
  const tags = jsDoc?.tags ?? [];
  const examples = tags.filter(({ kind }) => kind === "example");
  if (!examples.some(({ doc = "" }) => /\bassert\w*\(/.test(doc))) {
    yield "has no @example that asserts";
  }
  const thrown = thrownFrom(location.filename.slice(ROOT.href.length));
  for (const { kind, tsType } of tags) {
    if (kind !== "throws") continue;
    if (tsType === undefined) yield "has a @throws without a {Class}";
    else if (!thrown.has(tsType.repr)) yield `names ${tsType.repr}, which nothing below it throws`;
  }
}

async function symbolComplaints(): Promise<{ complaints: string[]; count: number }> {
  const { nodes } = JSON.parse(
    await deno(["doc", "--json", ...ENTRIES], { cwd: ROOT }),
  ) as Documentation;
  const symbols = Object.values(nodes).flatMap((node) => node.symbols);
  const complaints: string[] = [];
  for (const { name, declarations } of symbols) {
    // What another public module has too is described there.
    if (declarations.every(({ kind }) => kind === "reference")) continue;
    if (!declarations.some(({ jsDoc }) => jsDoc?.doc)) complaints.push(`${name} is not documented`);
    // Overloads share the documentation of the first.
    const [first] = declarations.filter(({ kind }) => kind === "function");
    if (first === undefined) continue;
    const place = `${first.location.filename.slice(ROOT.href.length)}:${first.location.line + 1}`;
    for (const text of functionComplaints(first)) complaints.push(`${place}: ${name}() ${text}`);
  }
  return { complaints, count: symbols.length };
}

async function lintComplaints(): Promise<string[]> {
  const outcome = await run(Deno.execPath(), ["doc", "--lint", ...ENTRIES], { cwd: ROOT });
  return outcome?.code === 0 ? [] : [outcome?.stderr.replace(/\nStack backtrace:[^]*/, "") ?? ""];
}

/** Tasks that a page tells to run and that do not exist. */
function taskComplaints(): string[] {
  const { tasks } = configuration();
  return ["README.md", ...filesUnder("docs")].filter(exists).flatMap((page) => {
    const named = read(page).matchAll(/\bdeno(?:@[\d.]+)? task ([\w:-]+)/g);
    return [...new Set(Array.from(named, ([, task]) => task))].filter((task) => !(task in tasks))
      .map((task) => `${page} names the task ${task}, which deno.json does not have`);
  });
}

/** Lines of files that a page counts in a table, `| path | 120 |`, and that are no longer nearly so many. */
function lengthComplaints(): string[] {
  return ["README.md", ...filesUnder("docs")].filter(exists).flatMap((page) =>
    Array.from(read(page).matchAll(/^\| `([\w./]+\.ts)` +\| (\d+) +\|/gm), ([, file, said]) => {
      if (!exists(file)) return `${page} counts the lines of ${file}, which is not there`;
      const lines = read(file).split("\n").length - 1,
        isNear = Math.abs(lines - Number(said)) <= lines / 10;
      return isNear ? "" : `${page} says that ${file} has ${said} lines, it has ${lines}`;
    }).filter((complaint) => complaint !== "")
  );
}

const { complaints, count } = await symbolComplaints();
conclude(
  [...complaints, ...await lintComplaints(), ...taskComplaints(), ...lengthComplaints()],
  `docs: ${count} public symbols documented`,
);
