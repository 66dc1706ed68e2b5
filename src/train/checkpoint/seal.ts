// The seal of a checkpoint: the SHA-256 of the whole file, header included, in which the 64 places of the
// digest itself are zeros. One flipped bit anywhere breaks it.
import { CheckpointFormatError, CheckpointIntegrityError } from "../../runtime/errors.ts";
import { sha256 } from "../../tensor/digest.ts";
import { checkFileBytes, readTensorFile, type TensorFile } from "../safetensors/read.ts";

const DIGEST_KEY = "sha256";
const DIGEST_LENGTH = 64;
const ZERO = 0x30;

/** Metadata with an open place for the digest. */
export const UNSEALED: Readonly<Record<string, string>> = Object.freeze({
  [DIGEST_KEY]: "0".repeat(DIGEST_LENGTH),
});

/** Writes the digest into a file with `UNSEALED` metadata. */
export async function seal(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { start } = digestPlace(readTensorFile(bytes));
  bytes.set(new TextEncoder().encode(await sha256(bytes)), start);
  return bytes;
}

/** Reads a file and verifies its digest, on a copy that nobody else can change meanwhile. */
export async function readSealed(bytes: Uint8Array): Promise<TensorFile> {
  checkFileBytes(bytes);
  const copy = new Uint8Array(bytes);
  const file = readTensorFile(copy);
  const { text: stated, start, end } = digestPlace(file);
  copy.fill(ZERO, start, end);
  const actual = await sha256(copy);
  if (stated !== actual) throw new CheckpointIntegrityError(stated, actual);
  return file;
}

/** The digest of a file that was read by `readSealed()`. */
export function sealOf(file: TensorFile): string {
  return digestPlace(file).text;
}

/** Where the digest is: 64 lower-case hexadecimal digits, written without escapes. */
function digestPlace({ metadata }: TensorFile): { text: string; start: number; end: number } {
  const found = metadata.get(DIGEST_KEY);
  if (!found || !/^[0-9a-f]{64}$/.test(found.text) || found.end - found.start !== DIGEST_LENGTH) {
    throw new CheckpointFormatError("it has no SHA-256 of a checkpoint", found?.start ?? 0);
  }
  return found;
}
