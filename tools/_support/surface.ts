// The public surface as a list of what can be called, from the output of `deno doc --json`.

interface TypeNode {
  readonly kind?: string;
  readonly repr?: string;
  readonly value?: unknown;
}

interface ParameterNode {
  readonly kind: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly tsType?: TypeNode;
  readonly left?: ParameterNode;
  readonly arg?: ParameterNode;
}

interface PropertyNode {
  readonly name: string;
  readonly optional?: boolean;
  readonly tsType?: TypeNode;
}

interface MethodNode {
  readonly name: string;
  readonly kind?: string;
  readonly accessibility?: string;
  readonly params?: readonly ParameterNode[];
  readonly functionDef?: { readonly params: readonly ParameterNode[] };
}

interface Definition {
  readonly hasBody?: boolean;
  readonly tsType?: TypeNode;
  readonly params?: readonly ParameterNode[];
  readonly constructors?: readonly { readonly params: readonly ParameterNode[] }[];
  readonly methods?: readonly MethodNode[];
  readonly properties?: readonly PropertyNode[];
  readonly extends?: readonly TypeNode[];
}

/** A symbol of `deno doc --json`. */
export interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly { readonly kind: string; readonly def: Definition }[];
}

/** What is read of `deno doc --json`. */
export interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocumentedSymbol[] }>>;
}

/** A parameter or an option within one. */
export interface Parameter {
  readonly path: readonly (number | string)[];
  readonly type: string;
  readonly isOptional: boolean;
}

/** A function, `new Class`, `Class.method`, `Interface.method` or `Class.property =`. */
export interface Callable {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

/** An object of named values that a callable takes. */
export interface NamedObject {
  readonly path: readonly (number | string)[];
  readonly type: string;
  readonly names: readonly string[];
}

const RUNTIME_KINDS = new Set(["function", "class", "variable"]);
/** Options within options are followed this deep. */
const DEEPEST_PATH = 3;

/** A type as text; a reference by its name, a union with its parts in order. */
function typeText({ kind, repr, value }: TypeNode = {}): string {
  if (kind === "union") return (value as TypeNode[]).map(typeText).join(" | ");
  if (kind === "literal") return JSON.stringify(repr);
  if (kind === "array") return `${typeText(value as TypeNode)}[]`;
  if (kind === "parenthesized") return `(${typeText(value as TypeNode)})`;
  if (kind === "typeOperator") return typeText((value as { tsType: TypeNode }).tsType);
  if (kind === "fnOrConstructor") return "function";
  if (kind === "typeLiteral") return "object";
  return repr ?? kind ?? "unknown";
}

function membersOf({ properties = [], methods = [] }: Definition): readonly PropertyNode[] {
  return [...properties, ...methods];
}

/** Reads symbols. */
export class Surface {
  readonly #symbols: readonly DocumentedSymbol[];

  /** Of all symbols of the public module. */
  constructor(symbols: readonly DocumentedSymbol[]) {
    this.#symbols = symbols;
  }

  /** Names of what exists at run time. */
  exports(): string[] {
    return this.#symbols.filter(({ declarations }) =>
      declarations.some(({ kind }) => RUNTIME_KINDS.has(kind))
    ).map(({ name }) => name).sort();
  }

  /** Everything with at least one parameter. */
  callables(): Callable[] {
    const found = this.#symbols.flatMap((
      { name, declarations: [first] },
    ) => [...this.#callablesOf(name, first.kind, first.def)]);
    return found.filter(({ parameters }) => parameters.length > 0)
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** The objects of named values within the parameters, those of overloads too, by callable. */
  namedObjects(): Record<string, NamedObject[]> {
    const found: Record<string, NamedObject[]> = {};
    for (const { name, declarations } of this.#symbols) {
      const called = declarations.filter(({ def }) => declarations.length === 1 || !def.hasBody);
      for (const { kind, def } of called) {
        for (const [full, params] of this.#parameterLists(name, kind, def)) {
          const types = params.map((param) => (param.left ?? param.arg ?? param).tsType);
          const objects = types.flatMap((type, index) => [...this.#objects([index], type)]);
          if (objects.length > 0) (found[full] ??= []).push(...objects);
        }
      }
    }
    return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1));
  }

  *#callablesOf(name: string, kind: string, def: Definition): Generator<Callable> {
    for (const [full, params] of this.#parameterLists(name, kind, def)) {
      yield this.#callable(full, params);
    }
  }

  *#parameterLists(
    name: string,
    kind: string,
    def: Definition,
  ): Generator<[name: string, params: readonly ParameterNode[]]> {
    if (kind === "function") yield [name, def.params ?? []];
    if (kind === "class") yield [`new ${name}`, def.constructors?.[0]?.params ?? []];
    if (kind !== "class" && kind !== "interface") return;
    for (
      const { name: method, kind: how, functionDef, params, accessibility } of def.methods ?? []
    ) {
      if (accessibility !== undefined || method.startsWith("[")) continue; // private or protected
      const isSetter = how === "setter";
      if (how === "getter") continue;
      const full = isSetter ? `${name}.${method} =` : `${name}.${method}`;
      yield [full, functionDef?.params ?? params ?? []];
    }
  }

  #callable(name: string, params: readonly ParameterNode[] = []): Callable {
    const parameters = params.flatMap((param, index) => {
      const isOptional = param.kind === "assign" || (param.optional ?? false);
      const { tsType } = param.left ?? param.arg ?? param;
      return [...this.#parameters([index], tsType, isOptional)];
    });
    return { name, parameters };
  }

  *#parameters(
    path: readonly (number | string)[],
    type: TypeNode | undefined,
    isOptional: boolean,
  ): Generator<Parameter> {
    yield { path, type: typeText(type), isOptional };
    if (path.length >= DEEPEST_PATH) return;
    for (const { name, tsType, optional = false } of this.#options(type)) {
      yield* this.#parameters([...path, name], tsType, optional);
    }
  }

  *#objects(path: NamedObject["path"], type: TypeNode | undefined): Generator<NamedObject> {
    const members = this.#members(type);
    if (members.length > 0) {
      yield { path, type: typeText(type), names: members.map(({ name }) => name) };
    }
    if (path.length >= DEEPEST_PATH) return;
    for (const { name, tsType } of members) yield* this.#objects([...path, name], tsType);
  }

  /** The members of an object type, by whatever it is named; none of a class. */
  #members({ kind, repr, value }: TypeNode = {}): readonly PropertyNode[] {
    if (kind === "typeLiteral") return membersOf(value as Definition);
    if (kind === "union") return (value as TypeNode[]).flatMap((part) => this.#members(part));
    if (kind !== "typeRef") return [];
    if (repr === "Pick") {
      const [whole, picked] = (value as { typeParams: TypeNode[] }).typeParams;
      const names = picked.kind === "union" ? picked.value as TypeNode[] : [picked];
      return this.#members(whole).filter(({ name }) => names.some(({ repr }) => repr === name));
    }
    const [first] = this.#symbols.find(({ name }) => name === repr)?.declarations ?? [];
    if (first?.kind === "typeAlias") return this.#members(first.def.tsType);
    if (first?.kind !== "interface") return [];
    const inherited = (first.def.extends ?? []).flatMap((parent) => this.#members(parent));
    return [...inherited, ...membersOf(first.def)];
  }

  /** The properties of an object of options: an interface without methods, or an object type written out. */
  #options({ kind, repr, value }: TypeNode = {}): readonly PropertyNode[] {
    if (kind === "typeLiteral") return (value as Definition).properties ?? [];
    if (kind !== "typeRef") return [];
    const [first] = this.#symbols.find(({ name }) => name === repr)?.declarations ?? [];
    if (first?.kind !== "interface" || (first.def.methods ?? []).length > 0) return [];
    const inherited = (first.def.extends ?? []).flatMap((parent) => this.#options(parent));
    return [...inherited, ...(first.def.properties ?? [])];
  }
}
