// What hostile files are aimed at, and the files of a stranger who knows the format as well as we do.
import { type DType, heavyBall, load, type Model, save, sequential, sgd } from "../../mod.ts";
import { checkpoint, restore } from "../../checkpoint.ts";
import { dense } from "../../mod.ts";
import { seal } from "../../src/train/checkpoint/seal.ts";
import { equal, ok } from "../_support/assert.ts";
import { liveBytes } from "../_support/live_bytes.ts";

const OPTIMIZER = sgd({ momentum: heavyBall() });
const REFUSALS: readonly string[] = [
  "CheckpointFormatError",
  "CheckpointIntegrityError",
  "CheckpointMismatchError",
  "NonFiniteError",
];
const PROTOTYPES: readonly object[] = [Object, Array, String, Map, Number].map(({ prototype }) =>
  prototype
);

/** A model of `units` times 3 parameters. */
export function targetModel(units = 1, dtype: DType = "float32"): Model {
  return sequential({ input: [2], seed: 1, dtype }, [dense(units)]);
}

/** A sound file of weights. */
export function weightsFile(): Uint8Array<ArrayBuffer> {
  using model = targetModel();
  return save(model);
}

/** A sound checkpoint of a model with so many units. */
export async function checkpointFile(units = 1): Promise<Uint8Array<ArrayBuffer>> {
  using model = targetModel(units);
  using state = OPTIMIZER.init(model);
  return await checkpoint({ model, optimizer: OPTIMIZER, state });
}

/** The file with another header and, if asked for, other elements. */
export function withHeader(
  file: Uint8Array,
  change: (header: string) => string,
  elements?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  const header = new TextDecoder().decode(file.subarray(8, 8 + length)).trimEnd();
  const json = new TextEncoder().encode(change(header));
  const data = elements ?? file.subarray(8 + length);
  const changed = new Uint8Array(8 + json.length + data.length);
  new DataView(changed.buffer).setUint32(0, json.length, true);
  changed.set(json, 8);
  changed.set(data, 8 + json.length);
  return changed;
}

/** The checkpoint with another header and a digest that fits again. */
export function resealed(
  file: Uint8Array,
  change: (header: string) => string,
  elements?: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const digest = /"sha256":"[0-9a-f]{64}"/;
  const open = withHeader(file, (header) => header.replace(digest, `"sha256":"${"0".repeat(64)}"`));
  return seal(withHeader(open, change, elements));
}

/** What a model, memory and the language's prototypes are now. */
function surroundings(model: Model): unknown {
  const names = PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).map(String).sort());
  const { version, parameters } = model;
  return {
    version,
    parameters: parameters.data.slice(),
    liveBytes: liveBytes(),
    names: String(names),
  };
}

/** Fails unless a file of weights is refused, and all is as before. */
export function refusedByLoad(name: string, file: Uint8Array): void {
  using model = targetModel();
  const before = surroundings(model);
  checkRefusal(name, outcomeOf(() => load(model, file)));
  equal(surroundings(model), before, name);
}

/** Fails unless a checkpoint is refused, and all is as before. */
export async function refusedByRestore(name: string, file: Uint8Array): Promise<void> {
  using model = targetModel();
  const before = surroundings(model);
  const outcome = await restore(file, { model, optimizer: OPTIMIZER }).catch((error) => error);
  checkRefusal(name, outcome);
  equal(surroundings(model), before, name);
}

function outcomeOf(body: () => unknown): unknown {
  try {
    return body();
  } catch (error) {
    return error;
  }
}

function checkRefusal(name: string, outcome: unknown): void {
  ok(outcome instanceof Error, `${name}: was accepted`);
  ok(REFUSALS.includes(outcome.name), `${name}: ${outcome}`);
  ok(/^Cannot .+[^.]$/s.test(outcome.message), `${name}: message "${outcome.message}"`);
  ok(outcome.message.length < 2000, `${name}: a message of ${outcome.message.length} characters`);
}
