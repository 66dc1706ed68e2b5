// Many files of declarations as one: what an entry exports and all that this mentions. A reader of types
// over the network then asks for one file, and what is internal has no address.

/** Reads a file of declarations by its path. */
export type ReadDeclarations = (path: string) => string;

/** Declarations that stand in another file already, and where it is. */
export interface Elsewhere {
  readonly specifier: string;
  readonly names: ReadonlySet<string>;
}

/** One rolled file. */
export interface Rolled {
  readonly text: string;
  /** What it exports. */
  readonly names: ReadonlySet<string>;
}

/** A name at the top of a file, of which overloads and merged interfaces have several statements. */
interface Place {
  readonly path: string;
  readonly name: string;
}

interface Module {
  /** The statements of each name, with their comments. */
  readonly declarations: ReadonlyMap<string, readonly string[]>;
  /** Where names come from that other files declare. */
  readonly imports: ReadonlyMap<string, Place>;
  readonly reexports: ReadonlyMap<string, Place>;
}

const COMMENTS = /(?:\/\*\*[^]*?\*\/\n?)*/y;
const NAMES = /(import|export) (?:type )?\{([^}]*)\}(?: from "([^"]+)")?;\n/y;
const DECLARED =
  /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const|let) ([\w$]+)/;
const IDENTIFIER = /[A-Za-z_$][\w$]*/g;

/** The declarations that `entry` exports, in one text; what `elsewhere` has is imported from there. */
export function rollDeclarations(
  entry: string,
  read: ReadDeclarations,
  elsewhere?: Elsewhere,
): Rolled {
  const modules = new Map<string, Module>();
  const moduleAt = (path: string): Module => {
    const module = modules.get(path) ?? parse(path, read(path));
    modules.set(path, module);
    return module;
  };
  const placeOf = ({ path, name }: Place): Place => {
    const { reexports, imports, declarations } = moduleAt(path);
    if (declarations.has(name)) return { path, name };
    const next = reexports.get(name) ?? imports.get(name);
    if (next === undefined) throw new Error(`Cannot roll ${entry}: ${path} has no ${name}`);
    return placeOf(next);
  };

  const { reexports, declarations } = moduleAt(entry);
  const names = new Set([...reexports.keys(), ...exportedBy(declarations)]);
  const imported = new Set<string>();
  const owners = new Map<string, string>();
  const found: string[] = [];
  const visit = (from: Place, isPublic: boolean): void => {
    const { path, name } = placeOf(from);
    if (elsewhere?.names.has(name)) return void imported.add(name);
    const owner = owners.get(name);
    if (owner === path) return;
    if (owner !== undefined) {
      throw new Error(`Cannot roll ${entry}: ${owner} and ${path} both have a ${name}`);
    }
    if (name !== from.name) {
      throw new Error(`Cannot roll ${entry}: ${name} is called ${from.name} elsewhere`);
    }
    owners.set(name, path);
    const module = moduleAt(path);
    const statements = module.declarations.get(name) ?? [];
    found.push(...statements.map((statement) => exposed(statement, isPublic)));
    for (const mentioned of mentionedIn(statements)) {
      const isKnown = module.declarations.has(mentioned) || module.imports.has(mentioned);
      if (isKnown) visit({ path, name: mentioned }, names.has(mentioned));
    }
  };
  for (const name of names) visit({ path: entry, name }, true);

  const head = imported.size === 0
    ? ""
    : `import type { ${[...imported].sort().join(", ")} } from "${elsewhere?.specifier}";\n`;
  // Without an explicit export, all that a file of declarations holds would be public.
  return { text: `${head}${found.join("")}export {};\n`, names };
}

function parse(path: string, text: string): Module {
  const module = {
    declarations: new Map<string, string[]>(),
    imports: new Map<string, Place>(),
    reexports: new Map<string, Place>(),
  };
  for (let at = 0; at < text.length;) {
    const comment = matchAt(COMMENTS, text, at)?.[0] ?? "";
    const start = at + comment.length;
    const names = matchAt(NAMES, text, start);
    const end = names ? start + names[0].length : endOfStatement(text, start);
    const statement = text.slice(start, end);
    const name = statement.match(DECLARED)?.[1];
    if (names) addNames(module, path, names);
    else if (name) add(module.declarations, name, comment + statement);
    else if (!isEmpty(statement)) throw new Error(`Cannot read ${path}: ${statement}`);
    at = end;
  }
  return module;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** A statement ends before the next line that begins one, or a comment, at the margin. */
function endOfStatement(text: string, start: number): number {
  const lines = /^(?=[a-z/])/gm;
  lines.lastIndex = start + 1;
  return lines.exec(text)?.index ?? text.length;
}

/** What a file may say that declares nothing. */
function isEmpty(statement: string): boolean {
  return /^(\/\/.*|import "[^"]*";)?\s*$/.test(statement);
}

function addNames(
  { imports, reexports }: { imports: Map<string, Place>; reexports: Map<string, Place> },
  path: string,
  [, keyword, list, specifier]: RegExpExecArray,
): void {
  for (const part of list.split(",").map((part) => part.trim()).filter((part) => part !== "")) {
    const [, name, alias = name] = part.match(/^(?:type )?([\w$]+)(?: as ([\w$]+))?$/) ?? [];
    const place = specifier === undefined
      ? imports.get(name) ?? { path, name }
      : { path: resolve(path, specifier), name };
    (keyword === "import" ? imports : reexports).set(alias, place);
  }
}

/** The declarations of the module that `specifier` means in the file `path`. */
function resolve(path: string, specifier: string): string {
  return new URL(specifier.replace(/\.ts$/, ".d.ts"), `file:///${path}`).pathname.slice(1);
}

function add(target: Map<string, string[]>, name: string, statement: string): void {
  target.set(name, [...target.get(name) ?? [], statement]);
}

function exportedBy(declarations: Module["declarations"]): string[] {
  return [...declarations].filter(([, [statement]]) => /^export /m.test(statement))
    .map(([name]) => name);
}

/** The statement with `export` if it is public, without it otherwise. */
function exposed(statement: string, isPublic: boolean): string {
  return statement.replace(
    /^(?:export )?((?:declare|abstract|interface|type|class)\b)/m,
    isPublic ? "export $1" : "$1",
  );
}

function mentionedIn(statements: readonly string[]): Set<string> {
  return new Set(statements.join("").replaceAll(/\/\*[^]*?\*\//g, "").match(IDENTIFIER));
}
