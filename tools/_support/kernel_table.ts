// The table of kernels, read from wasm/, and what is generated from it: the module's index and its TypeScript types.
//
// `@kernel` before an exported function makes a kernel of it. `@kernel(loop, "name")` before an exported class makes one
// of `loop<T, F>`, a function that the file imports, with this class as F. A kernel that is generic over T is exported
// as f32_name and f64_name, any other by its name alone.

/** A function that the module exports, for every dtype if it is generic. */
export interface Kernel {
  readonly name: string;
  readonly isGeneric: boolean;
  readonly parameters: readonly Parameter[];
  readonly result: string;
  /** File of the function, from wasm/ and without its ending, and its name there. */
  readonly from: string;
  readonly callee: string;
  /** What stands for F in a loop. */
  readonly body?: Body;
}

interface Parameter {
  readonly name: string;
  readonly type: string;
}

interface Body {
  readonly from: string;
  readonly name: string;
  readonly isGeneric: boolean;
}

type Signature = Pick<Kernel, "isGeneric" | "parameters" | "result">;

const DTYPES = ["f32", "f64"] as const;
/** What JavaScript sees of a type. */
const SEEN_AS: Readonly<Record<string, string>> = {
  void: "void",
  i32: "number",
  u32: "number",
  usize: "number",
  f32: "number",
  f64: "number",
  T: "number",
};
const MARK = /^@kernel(.*)\n/gm;
const LOOP = /^\((\w+), "(\w+)"\)$/;
const FUNCTION = /^export function (\w+)(<T>)?\(([^)]*)\): (\w+) \{/;
const CLASS = /^(?:@kernel.*\n)*export class (\w+)(<T>)? \{/;

/** Reads what follows the name of a function. */
function signatureOf(place: string, generics = "", parameters: string, result: string): Signature {
  const listed = parameters.split(",").map((text) => text.trim()).filter(Boolean);
  const named = listed.map((text) => {
    const [name, type] = text.split(/:\s*/);
    return { name, type };
  });
  for (const type of [result, ...named.map(({ type }) => type)]) {
    if (!(type in SEEN_AS)) throw new Error(`Cannot export ${place}: JavaScript has no ${type}`);
  }
  return { isGeneric: generics !== "", parameters: named, result };
}

/** The signature of a loop, and where it is, by what the file at `from` imports. */
function loopOf(
  loop: string,
  from: string,
  text: string,
  read: (file: string) => string,
): Signature & { readonly from: string } {
  const place = `${loop}() for ${from}`;
  const imported = [...text.matchAll(/^import \{([^}]*)\} from "(.+)";$/gm)]
    .find(([, names]) => names.split(",").some((name) => name.trim() === loop));
  if (!imported) throw new Error(`Cannot export ${place}: the file does not import it`);
  const home = new URL(imported[2], `file:///${from}`).pathname.slice(1);
  const declared = read(`${home}.ts`).match(
    new RegExp(`^export function ${loop}(<T, F>)\\(([^)]*)\\): (\\w+) \\{`, "m"),
  );
  if (!declared) throw new Error(`Cannot export ${place}: it is not a function of <T, F>`);
  const [, generics, parameters, result] = declared;
  return { ...signatureOf(place, generics, parameters, result), from: home };
}

/** The kernel that a mark before a function makes. */
function functionKernel(from: string, marked: string): Kernel {
  const declared = marked.match(FUNCTION);
  if (!declared) throw new Error(`Cannot read ${from}: @kernel is not before an exported function`);
  const [, name, generics, parameters, result] = declared;
  const signature = signatureOf(`${name}() of ${from}`, generics, parameters, result);
  return { name, callee: name, from, ...signature };
}

/** The kernels that one file marks. */
function kernelsIn(file: string, read: (file: string) => string): Kernel[] {
  const from = file.replace(/\.ts$/, ""), text = read(file);
  return [...text.matchAll(MARK)].map(({ 0: mark, 1: argument, index }) => {
    const marked = text.slice(index + mark.length);
    if (argument === "") return functionKernel(from, marked);
    const [, loop, name] = argument.match(LOOP) ?? [];
    const declared = marked.match(CLASS);
    if (!loop || !declared) {
      throw new Error(
        `Cannot read ${from}: @kernel${argument} is no loop before an exported class`,
      );
    }
    const body = { from, name: declared[1], isGeneric: declared[2] !== undefined };
    return { name, callee: loop, body, ...loopOf(loop, from, text, read) };
  });
}

/** Names of the exports of a kernel. */
export function exportsOf({ name, isGeneric }: Kernel): string[] {
  return isGeneric ? DTYPES.map((dtype) => `${dtype}_${name}`) : [name];
}

/** Every kernel that the files mark, by name. Paths are from wasm/. */
export function kernelTable(files: readonly string[], read: (file: string) => string): Kernel[] {
  const table = files.flatMap((file) => kernelsIn(file, read));
  const names = table.flatMap(exportsOf);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  // The compiler takes one of them without a word.
  if (twice !== undefined) throw new Error(`Cannot export ${twice}: two kernels have this name`);
  return table.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** A file as the name of what is imported from it. */
function alias(from: string): string {
  return from.replaceAll("/", "_");
}

/** The export of a generic kernel for one dtype. */
function instanceText(
  { name, parameters, result, from, callee, body }: Kernel,
  dtype: string,
): string {
  const typed = (type: string): string => type === "T" ? dtype : type;
  const list = parameters.map(({ name, type }) => `${name}: ${typed(type)}`).join(", ");
  const values = parameters.map(({ name }) => name).join(", ");
  const own = body?.isGeneric ? `<${dtype}>` : "";
  const generics = body ? `${dtype}, ${alias(body.from)}.${body.name}${own}` : dtype;
  const call = `${alias(from)}.${callee}<${generics}>(${values});`;
  const statement = result === "void" ? call : `return ${call}`;
  return `export function ${dtype}_${name}(${list}): ${typed(result)} { ${statement} }`;
}

/** The entry of the module in AssemblyScript. */
export function indexText(table: readonly Kernel[]): string {
  const files = table.flatMap(({ from, body }) => body ? [from, body.from] : [from]);
  const imports = [...new Set(files)].map((from) => `import * as ${alias(from)} from "./${from}";`);
  const exports = table.flatMap((kernel) =>
    kernel.isGeneric
      ? DTYPES.map((dtype) => instanceText(kernel, dtype))
      : [`export { ${kernel.callee} } from "./${kernel.from}";`]
  );
  return [...imports, ...exports, ""].join("\n");
}

/** The kernels as members of an interface, those of every dtype or those of none. */
export function membersText(table: readonly Kernel[], isGeneric: boolean): string {
  return table.filter((kernel) => kernel.isGeneric === isGeneric).map((
    { name, parameters, result },
  ) => {
    const list = parameters.map(({ name, type }) => `${name}: ${SEEN_AS[type]}`).join(", ");
    return `  ${name}(${list}): ${SEEN_AS[result]};\n`;
  }).join("");
}
