// wasm/ through the AssemblyScript compiler, in memory.
import asc from "assemblyscript/asc";
import { indexText, type Kernel, kernelTable } from "./kernel_table.ts";
import { filesUnder, read, ROOT } from "./project.ts";

const FOLDER = "wasm/";
const ENTRY = "index.ts";

/** The module and what it exports. */
export interface Compiled {
  readonly binary: Uint8Array<ArrayBuffer>;
  readonly table: readonly Kernel[];
}

/** Compiles wasm/; with names, the module also holds the name of every function. */
export async function compileWasm(
  { withNames }: { readonly withNames: boolean },
): Promise<Compiled> {
  const sources = filesUnder("wasm").map((path) => path.slice(FOLDER.length));
  const table = kernelTable(sources, (file) => read(FOLDER + file));
  const index = indexText(table);
  const readSource = async (name: string, base: string): Promise<string | null> => {
    if (base === "." && name === ENTRY) return index;
    const path = base === "." ? name : `${base}/${name}`;
    return await Deno.readTextFile(new URL(FOLDER + path, ROOT)).catch(() => null);
  };
  const files = new Map<string, string | Uint8Array>();
  const { error, stderr } = await asc.main([
    ENTRY,
    "--outFile=kernels.wasm",
    "-O3",
    "--runtime=stub",
    "--importMemory",
    // A page that is always there makes the check of every constant offset static: 10 % of gemm on Deno.
    "--initialMemory=1",
    "--zeroFilledMemory",
    "--noAssert",
    "--enable=simd",
    "--disable=mutable-globals",
    ...(withNames ? ["--debug"] : []),
  ], {
    readFile: readSource,
    writeFile: (name: string, contents: string | Uint8Array) => void files.set(name, contents),
    listFiles: () => [],
  });
  if (error) throw new Error(`Cannot compile wasm/:\n${stderr.toString()}`);
  return { binary: new Uint8Array(files.get("kernels.wasm") as Uint8Array), table };
}

/** The module without its custom sections: what a host executes. */
export function executable(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept = [...binary.subarray(0, 8)];
  for (let start = 8; start < binary.length;) {
    let end = start + 1, length = 0, shift = 0, byte: number;
    do {
      byte = binary[end++];
      length |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80);
    end += length;
    if (binary[start] !== 0) { for (let i = start; i < end; i++) kept.push(binary[i]); }
    start = end;
  }
  return new Uint8Array(kept);
}
