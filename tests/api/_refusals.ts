// Puts bad values into good calls and watches what happens.
import { memoryUsage, Scope, Tensor } from "../../mod.ts";
import { instance } from "../../src/runtime/instance.ts";
import { releaseWorkspace } from "../../src/runtime/memory.ts";
import { isAllowed } from "./_allowed.ts";
import type { Example, ExampleMaker } from "./_example.ts";
import { poisons } from "./_poisons.ts";
import type { NamedObject, Parameter } from "./surface.ts";

/** Kernels that checks themselves may call: they only read tensors. */
const READERS =
  /^(first_(nonfinite|no_class|outside|asymmetry)|heap_base|sha256_(blocks|scratch)|\w*work_bytes)$/;
const GRAMMAR = /^Cannot .+[^.]$/s;

let calls = 0;

type Kernels = Record<string, (...args: never[]) => unknown>;

function counting<T>(family: T): T {
  const counted: Kernels = {};
  for (const [name, kernel] of Object.entries(family as Kernels)) {
    const isReader = READERS.test(name.replace(/^(f32_|f64_)/, ""));
    counted[name] = isReader ? kernel : (...args) => {
      calls++;
      return kernel(...args);
    };
  }
  return counted as T;
}

/** Counts calls of kernels from now on. */
export function watchKernels(): void {
  const running = instance();
  for (const part of ["exports", "float32", "float64"] as const) {
    Object.assign(running, { [part]: counting(running[part]) });
  }
}

/** A copy of the arguments in which one place has another value. */
function replaced(args: readonly unknown[], path: Parameter["path"], value: unknown): unknown[] {
  const [index, ...rest] = path as [number, ...string[]];
  const copy = [...args];
  copy[index] = rest.length === 0 ? value : within(args[index], rest, value);
  return copy;
}

function within(holder: unknown, [key, ...rest]: readonly string[], value: unknown): object {
  const inner = (holder as Record<string, unknown> | undefined)?.[key];
  return { ...holder as object, [key]: rest.length === 0 ? value : within(inner, rest, value) };
}

function valueAt(args: readonly unknown[], path: Parameter["path"]): unknown {
  return path.reduce<unknown>((holder, key) => (holder as Record<string, unknown>)?.[key], args);
}

type Outcome = { readonly error: unknown } | { readonly value: unknown };

/** What a call comes to, in the end. */
async function outcomeOf(call: () => unknown): Promise<Outcome> {
  try {
    const value = await call();
    if (value && typeof value === "object" && Symbol.asyncIterator in value) {
      const iterator = value as AsyncGenerator;
      await iterator.next();
      await iterator.return(undefined);
    }
    return { value };
  } catch (error) {
    return { error };
  }
}

function isRefusal(error: unknown): boolean {
  const isOurs = error instanceof TypeError || error instanceof RangeError ||
    error instanceof SyntaxError;
  return isOurs && GRAMMAR.test(error.message);
}

function release(outcome: Outcome): void {
  const value = "value" in outcome ? outcome.value : undefined;
  if (typeof value !== "object" || value === null) return;
  try {
    if ("dispose" in value) (value as Scope).dispose();
    else for (const part of Object.values(value)) if (part instanceof Tensor) part.dispose();
  } catch {
    // a proxy that went through on purpose
  }
}

/** Every element of every tensor that the example owns. */
function contents(owned: readonly Tensor[]): string {
  return owned.map((t) => t.isDisposed ? "" : t.data.join()).join(";");
}

/** What a refused call did all the same. */
function harmOf(isChanged: boolean, leakedBytes: number): string | undefined {
  if (calls > 0) return `${calls} kernels ran`;
  if (isChanged) return "memory changed";
  return leakedBytes > 0 ? `${leakedBytes} bytes leaked` : undefined; // fewer: others were collected
}

/** Bytes in use without the scratch block of the kernels, which stays. */
function tensorBytes(): number {
  releaseWorkspace();
  return memoryUsage().liveBytes;
}

class Watched extends Scope {
  readonly tensors: Tensor[] = [];

  override own<T extends { dispose(): void }>(resource: T): T {
    if (resource instanceof Tensor) this.tensors.push(resource);
    return super.own(resource);
  }
}

/** What a call came to, and what it did all the same. */
interface Trial {
  readonly outcome: Outcome;
  readonly harm: string | undefined;
}

/** Calls what an example calls with other arguments. */
async function trial(
  make: ExampleMaker,
  argsOf: (example: Example, scope: Scope) => readonly unknown[],
): Promise<Trial> {
  using scope = new Watched();
  const example = make(scope);
  const args = argsOf(example, scope);
  const before = contents(scope.tensors);
  const liveBytes = tensorBytes();
  calls = 0;
  const outcome = await outcomeOf(() => example.call(...args as never[]));
  const harm = "error" in outcome
    ? harmOf(contents(scope.tensors) !== before, tensorBytes() - liveBytes)
    : undefined;
  release(outcome);
  return { outcome, harm };
}

/** A bad value in one place of one example; undefined when all is well. */
async function attempt(
  label: string,
  make: ExampleMaker,
  { path, isOptional, type }: Parameter,
  name: string,
): Promise<string | undefined> {
  const place = `${label} ${path.join(".")}`;
  const { outcome, harm } = await trial(make, (example, scope) => {
    const good = valueAt(example.args, path);
    const bad = { ...poisons(good, scope), ...overlaps(example.overlapping, path) }[name];
    return replaced(example.args, path, bad);
  });
  if ("error" in outcome && isRefusal(outcome.error)) {
    if (harm === undefined || isAllowed(place, type, name)) return undefined;
    return `${place}, ${name}: ${harm} before the refusal`;
  }
  if (name === "undefined" && isOptional) return undefined;
  if (isAllowed(place, type, name)) return undefined;
  return `${place} (${type}), ${name}: ${
    "error" in outcome ? `got ${outcome.error}` : "went through"
  }`;
}

function overlaps(
  overlapping: Readonly<Record<string, readonly unknown[]>> = {},
  path: Parameter["path"],
): Record<string, unknown> {
  const tensors = overlapping[path.join(".")] ?? [];
  return Object.fromEntries(tensors.map((t, i) => [`an overlapping tensor ${i}`, t]));
}

/** Names of the bad values for one place. */
function poisonNames(make: ExampleMaker, { path }: Parameter): string[] {
  using scope = new Scope();
  const { args, overlapping, skips = {} } = make(scope);
  const found = { ...poisons(valueAt(args, path), scope), ...overlaps(overlapping, path) };
  return Object.keys(found).filter((name) => !skips[path.join(".")]?.test(name));
}

/** Tries every bad value in every place of an example. */
export async function attempts(
  label: string,
  make: ExampleMaker,
  parameters: readonly Parameter[],
): Promise<{ count: number; complaints: string[] }> {
  const complaints: string[] = [];
  let count = 0;
  for (const parameter of parameters) {
    for (const name of poisonNames(make, parameter)) {
      const complaint = await attempt(label, make, parameter, name);
      if (complaint !== undefined) complaints.push(complaint);
      count++;
    }
  }
  return { count, complaints };
}

/** Why the good call of an example fails, if it does. */
export async function goodCall(label: string, make: ExampleMaker): Promise<string | undefined> {
  using scope = new Scope();
  const { args, call, failsAnyway } = make(scope);
  const outcome = await outcomeOf(() => call(...args as never[]));
  release(outcome);
  if ("error" in outcome && !failsAnyway) return `${label}: the good call fails, ${outcome.error}`;
}

/** A name that nothing has. */
const NOBODYS = "zzyzx";

/** The same name as others spell it, and with a slip. */
function misspelt(name: string): readonly string[] {
  const spelt = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return [`${name[0]}${name}`, ...(spelt === name ? [] : [spelt])];
}

/** The object of an example in a place, with one name more; undefined where the example has none there. */
async function attemptName(
  label: string,
  make: ExampleMaker,
  path: NamedObject["path"],
  name: string,
  wanted: string,
): Promise<string | undefined> {
  const { outcome, harm } = await trial(make, ({ args }) => replaced(args, [...path, name], 1));
  const place = `${label} ${path.join(".")}, ${name}`;
  if (!("error" in outcome)) return `${place}: went through`;
  const { error } = outcome;
  const isNamed = error instanceof TypeError && isRefusal(error) && error.message.includes(wanted);
  if (!isNamed) return `${place}: got ${error}, not ${wanted}`;
  return harm === undefined ? undefined : `${place}: ${harm} before the refusal`;
}

/** The object types of a callable that those of an example can be, one for each place. */
export function objectsOf(make: ExampleMaker, objects: readonly NamedObject[]): NamedObject[] {
  using scope = new Scope();
  const { args } = make(scope);
  const fitting = objects.filter(({ path, names }) => {
    const given = valueAt(args, path);
    return typeof given === "object" && given !== null &&
      Object.keys(given).every((name) => names.includes(name));
  }).sort((a, b) => a.names.length - b.names.length);
  return [...new Map(fitting.toReversed().map((each) => [each.path.join(), each])).values()];
}

/** Tries a name that is unknown, and every known one misspelt, in one object of an example. */
export async function nameAttempts(
  label: string,
  make: ExampleMaker,
  { path, names }: NamedObject,
): Promise<{ count: number; complaints: string[] }> {
  const cases = [
    { name: NOBODYS, wanted: `"${NOBODYS}", only "` },
    ...names.flatMap((known) =>
      misspelt(known).map((name) => ({ name, wanted: `"${name}", did you mean "${known}"?` }))
    ),
  ];
  const complaints: string[] = [];
  for (const { name, wanted } of cases) {
    const complaint = await attemptName(label, make, path, name, wanted);
    if (complaint !== undefined) complaints.push(complaint);
  }
  return { count: cases.length, complaints };
}
