const COMPILER = "npm:assemblyscript@0.28.20/asc";

/** Compiles one AssemblyScript file with the options of the kernels; one page of memory and more is declared. */
export async function compileAssemblyScript(source: string): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/source.ts`, source);
  const options = ["-O3", "--runtime=stub", "--noAssert", "--enable=simd", "--initialMemory=64"];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", COMPILER, "source.ts", "--outFile=module.wasm", ...options],
    cwd: folder,
  }).output();
  if (code !== 0) throw new Error(`Cannot compile:\n${new TextDecoder().decode(stderr)}`);
  const binary = await Deno.readFile(`${folder}/module.wasm`);
  await Deno.remove(folder, { recursive: true });
  return binary;
}
