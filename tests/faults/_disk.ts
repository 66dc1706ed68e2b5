// A disk that forgets, modelled on SQLite's crash simulator: what was not synchronized is kept, dropped, cut or
// garbled by sectors, in any order. Names of files and their contents become durable separately.
import type { FileSystem } from "../../src/train/checkpoint/file_store.ts";
import type { TestRandom } from "../_support/random.ts";

const SECTORS: readonly number[] = [512, 4096];

/** What happens at a call: nothing, an error instead, or an error after it had its effect. */
export type Fault = "none" | "before" | "after";

interface Inode {
  live: Uint8Array;
  durable: Uint8Array;
}

interface Write {
  readonly inode: Inode;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Names that change together. */
type Naming = readonly (readonly [path: string, inode: Inode | undefined])[];

/** Options of a disk. */
export interface DiskOptions {
  /** Asked before every call, with its number from 1. @default never a fault */
  readonly fault?: (call: number) => Fault;
  /** The error of a fault. @default "EIO" */
  readonly code?: string;
  /** Writes fewer bytes than asked for, now and then. */
  readonly shortWrites?: TestRandom;
  /** Whether synchronizing has an effect. @default true */
  readonly isHonest?: boolean;
  /** What it says instead of giving a file a second name. @default it gives it */
  readonly linkError?: string;
}

/** An error as hosts make them. */
export function hostError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

/** A disk with one file system. */
export class Disk {
  /** Calls so far. */
  calls = 0;
  #options: DiskOptions;
  readonly #names: Map<string, Inode>;
  readonly #durableNames: Map<string, Inode>;
  #writes: Write[] = [];
  #namings: Naming[] = [];

  /** An empty disk, or one with files. */
  constructor(options: DiskOptions = {}, names: ReadonlyMap<string, Inode> = new Map()) {
    this.#options = options;
    this.#names = new Map(names);
    this.#durableNames = new Map(names);
  }

  /** Changes what goes wrong from now on, and counts calls anew. */
  setOptions(options: DiskOptions): void {
    this.#options = options;
    this.calls = 0;
  }

  /** The names of all files as they are now. */
  get names(): string[] {
    return [...this.#names.keys()];
  }

  /** The disk after a power failure. */
  afterCrash(random: TestRandom): Disk {
    for (const write of random.shuffled(this.#writes)) writeSectors(write, random);
    for (const naming of random.shuffled(this.#namings)) {
      if (random.below(2) === 0) applyNaming(this.#durableNames, naming);
    }
    const names = new Map<string, Inode>();
    for (const [path, { durable }] of this.#durableNames) {
      names.set(path, { durable, live: durable.slice() });
    }
    return new Disk({}, names);
  }

  /** The calls that programs make. */
  readonly fileSystem: FileSystem = {
    mkdir: () => this.#call(() => undefined),
    readdir: (path) =>
      this.#call(() =>
        this.names.filter((name) => name.startsWith(`${path}/`)).map((name) => ({
          name: name.slice(path.length + 1),
          isDirectory: () => false,
        }))
      ),
    readFile: (path) => this.#call(() => this.#inode(path).live.slice()),
    link: (from, to) =>
      this.#call(() => {
        if (this.#options.linkError) throw hostError(this.#options.linkError);
        const inode = this.#inode(from);
        if (this.#names.has(to)) throw hostError("EEXIST");
        this.#name([[to, inode]]);
      }),
    rm: (path) =>
      this.#call(() => {
        if (this.#names.has(path)) this.#name([[path, undefined]]);
      }),
    open: (path, flags) =>
      this.#call(() => {
        if (flags === "wx" && this.#names.has(path)) throw hostError("EEXIST");
        if (flags === "wx") {
          this.#name([[path, { live: new Uint8Array(0), durable: new Uint8Array(0) }]]);
        }
        const inode = this.#names.get(path);
        return {
          write: (bytes, offset, length, position) =>
            this.#call(() => this.#write(this.#inode(path), bytes, offset, length, position)),
          sync: () => this.#call(() => inode ? this.#syncFile(inode) : this.#syncNames()),
          close: () => this.#call(() => {}),
        };
      }),
  };

  async #call<T>(effect: () => T): Promise<T> {
    await Promise.resolve();
    const { fault = () => "none", code = "EIO" } = this.#options;
    const kind = fault(++this.calls);
    if (kind === "before") throw hostError(code);
    const result = effect();
    if (kind === "after") throw hostError(code);
    return result;
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (!inode) throw hostError("ENOENT");
    return inode;
  }

  #name(naming: Naming): void {
    applyNaming(this.#names, naming);
    this.#namings.push(naming);
  }

  #write(
    inode: Inode,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): { bytesWritten: number } {
    const { shortWrites } = this.#options;
    const bytesWritten = shortWrites ? 1 + shortWrites.below(length) : length;
    const written = bytes.slice(offset, offset + bytesWritten);
    inode.live = withBytes(inode.live, position, written);
    this.#writes.push({ inode, offset: position, bytes: written });
    return { bytesWritten };
  }

  #syncFile(inode: Inode): void {
    if (this.#options.isHonest === false) return;
    this.#writes = this.#writes.filter((write) => write.inode !== inode);
    inode.durable = inode.live.slice();
  }

  #syncNames(): void {
    if (this.#options.isHonest === false) return;
    for (const naming of this.#namings) applyNaming(this.#durableNames, naming);
    this.#namings = [];
  }
}

function applyNaming(names: Map<string, Inode>, naming: Naming): void {
  for (const [path, inode] of naming) {
    if (inode) names.set(path, inode);
    else names.delete(path);
  }
}

function withBytes(content: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const longer = new Uint8Array(Math.max(content.length, offset + bytes.length));
  longer.set(content);
  longer.set(bytes, offset);
  return longer;
}

/** What a power failure makes of one write. */
function writeSectors({ inode, offset, bytes }: Write, random: TestRandom): void {
  const sector = random.pick(SECTORS);
  for (let start = 0; start < bytes.length; start += sector) {
    const piece = bytes.slice(start, start + sector);
    const fate = random.pick(["kept", "kept", "dropped", "cut", "garbled"]);
    if (fate === "dropped") continue;
    if (fate === "garbled") { for (let i = 0; i < piece.length; i++) piece[i] = random.below(256); }
    const end = fate === "cut" ? random.below(piece.length) : piece.length;
    inode.durable = withBytes(inode.durable, offset + start, piece.subarray(0, end));
  }
}
