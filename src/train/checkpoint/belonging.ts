// The signature in the file: written among its metadata, and compared with that of the run that is to continue.
import { CheckpointFormatError, CheckpointMismatchError } from "../../runtime/errors.ts";
import { quote } from "../safetensors/cursor.ts";
import type { TensorFile } from "../safetensors/read.ts";
import { firstDifference, writeSettings } from "./compare.ts";
import type { Signature } from "./signature.ts";

/** The format of checkpoints, and where a file says it: a file of another one is refused before anything is read. */
const FORMAT = "2";
const FORMAT_KEY = "checkpoint";

/** Parts that are not compared where a checkpoint does not have them. */
const NEED_NOT_BE_RECORDED: ReadonlySet<string> = new Set(["data", "validation"]);
const NOTHING = "{}";

/** Metadata that say to what a checkpoint belongs. */
export function writeSignature(signature: Signature): Record<string, string> {
  const parts = Object.entries(signature).map(([part, settings]) =>
    [part, typeof settings === "string" ? settings : writeSettings(settings)] as const
  );
  return { [FORMAT_KEY]: FORMAT, ...Object.fromEntries(parts) };
}

/**
 * Refuses a checkpoint of another run, and names the first setting that differs.
 *
 * @throws {CheckpointFormatError} when the file is of another format, or does not say to what it belongs.
 * @throws {CheckpointMismatchError} when it belongs to another run.
 */
export function checkBelongs({ metadata }: TensorFile, signature: Signature): void {
  const format = metadata.get(FORMAT_KEY);
  if (format?.text !== FORMAT) {
    const stated = format ? `format ${quote(format.text)}` : "an earlier format without a number";
    throw new CheckpointFormatError(
      `it is a checkpoint of ${stated}, this version reads ${quote(FORMAT)}`,
      format?.start ?? 0,
    );
  }
  for (const [part, ours] of Object.entries(signature)) {
    const stored = metadata.get(part);
    if (stored === undefined) {
      throw new CheckpointFormatError(`it does not say to which ${part} it belongs`, 0);
    }
    if (NEED_NOT_BE_RECORDED.has(part) && stored.text === NOTHING) continue;
    const isText = typeof ours === "string";
    if (stored.text === (isText ? ours : writeSettings(ours))) continue;
    const theirs = isText ? stored.text : parse(part, stored);
    const found = firstDifference(theirs, isText ? ours : JSON.parse(writeSettings(ours)));
    if (!found) continue;
    const name = found.path ? `${part} ${found.path}` : part;
    const why = `is ${found.values[0]}, not ${found.values[1]}`;
    throw new CheckpointMismatchError("restore a checkpoint", name, why);
  }
}

function parse(part: string, { text, start }: { text: string; start: number }): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CheckpointFormatError(`what it says of its ${part} is no JSON`, start);
  }
}
