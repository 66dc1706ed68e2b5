// The one place where data meet a host's file system. Node, Deno and Bun hand out `node:fs` at run time,
// so that nothing here is imported in a browser.

/** Files as the loaders need them. */
export interface Files {
  /** The bytes of a file, undefined when there is none. */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Writes a file and its folders; a reader sees the whole file or none. */
  write(path: string, bytes: Uint8Array): Promise<void>;
}

interface NodeFiles {
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  mkdir(path: string, options: { recursive: boolean }): Promise<unknown>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: boolean }): Promise<void>;
}

interface NodeProcess {
  readonly pid: number;
  getBuiltinModule?(id: string): unknown;
}

/** The host's files, undefined where it has none. */
export function hostFiles(): Files | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  const fs = process?.getBuiltinModule?.("node:fs/promises") as NodeFiles | undefined;
  return process && fs ? filesOf(fs, process.pid) : undefined;
}

/** The host's files, for who cannot do without. */
export function requireFiles(action: string): Files {
  const files = hostFiles();
  if (files) return files;
  throw new TypeError(`Cannot ${action}: this host has no file system`);
}

function filesOf(fs: NodeFiles, pid: number): Files {
  return {
    read: async (path) => {
      try {
        return new Uint8Array(await fs.readFile(path));
      } catch (error) {
        const { code } = error as { code?: string };
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        throw error;
      }
    },
    write: async (path, bytes) => {
      const partial = `${path}.${pid}.partial`;
      await fs.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      try {
        await fs.writeFile(partial, bytes);
        await fs.rename(partial, path);
      } finally {
        await fs.rm(partial, { force: true });
      }
    },
  };
}
