// Files that are fetched once, verified and kept.
import type { HostSignal } from "../runtime/host_types.ts";
import { sha256 } from "../tensor/digest.ts";
import { type ByteStream, readStream } from "./bytes.ts";
import type { Files } from "./files.ts";
import { gunzip, isGzip } from "./gzip.ts";

/** What of a `Response` is used. */
export interface FetchedFile {
  /** Whether the server had the file. */
  readonly ok: boolean;
  /** The HTTP status. */
  readonly status: number;
  /** The bytes of the file, compressed or not. */
  readonly body: ByteStream | null;
}

/** What of `fetch` is used. */
export type Fetch = (url: string, init?: { signal?: HostSignal }) => Promise<FetchedFile>;

/** A file to be had from a server. */
export interface RemoteFile {
  readonly name: string;
  /** Folder on the server, with the last slash; ".gz" is appended to the name. */
  readonly url: string;
  /** SHA-256 of the decompressed bytes, hexadecimal. */
  readonly sha256: string;
}

/** Means of a download. */
export interface DownloadOptions {
  readonly fetch: Fetch;
  /** Folder to keep files in; absent, nothing is kept. */
  readonly cache?: { readonly files: Files; readonly directory: string };
  readonly signal?: HostSignal;
  readonly maximumBytes: number;
}

/** The decompressed bytes of a file in a folder, with or without ".gz"; undefined when there is none. */
export async function readLocal(
  files: Files,
  directory: string,
  name: string,
  maximumBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = await files.read(`${directory}/${name}`) ??
    await files.read(`${directory}/${name}.gz`);
  return bytes && await decompress(bytes, name, maximumBytes);
}

/** The decompressed, verified bytes of a file: the kept ones if they are intact, else downloaded. */
export async function download(
  file: RemoteFile,
  options: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { cache, maximumBytes } = options;
  const kept = cache && await readKept(cache, file, maximumBytes);
  if (kept) return kept;
  const received = await receive(file, options);
  const bytes = await decompress(received, file.name, maximumBytes);
  const digest = await sha256(bytes);
  if (digest !== file.sha256) {
    throw new SyntaxError(
      `Cannot use ${file.name} from ${file.url}: its SHA-256 is ${digest}, not ${file.sha256}`,
    );
  }
  if (cache) {
    const name = isGzip(received) ? `${file.name}.gz` : file.name;
    await cache.files.write(`${cache.directory}/${name}`, received);
  }
  return bytes;
}

/** A kept file that was damaged counts as none: it is downloaded again. */
async function readKept(
  cache: NonNullable<DownloadOptions["cache"]>,
  file: RemoteFile,
  maximumBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const bytes = await readLocal(cache.files, cache.directory, file.name, maximumBytes);
    return bytes && await sha256(bytes) === file.sha256 ? bytes : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

async function receive(
  file: RemoteFile,
  options: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { fetch, signal, maximumBytes } = options;
  const url = `${file.url}${file.name}.gz`;
  const action = `download ${url}`;
  let response: FetchedFile;
  try {
    response = await fetch(url, signal ? { signal } : {});
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Error(`Cannot ${action}: the server was not reached`, { cause });
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new Error(`Cannot ${action}: the server answered ${response.status}`);
  }
  return await readStream(action, response.body, maximumBytes);
}

/** A server or proxy may have decompressed already, so the bytes themselves are asked. */
async function decompress(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  maximumBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return isGzip(bytes) ? await gunzip(bytes, name, maximumBytes) : bytes;
}
