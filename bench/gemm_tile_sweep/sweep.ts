// Which register tile and loop form of the gemm micro-kernel is fastest on every engine?
//
//   deno run -A bench/gemm_tile_sweep/sweep.ts [engine ...]
//
// An engine is a command that runs a JavaScript file (`node`, or a path to another version). Deno is always timed.
// Prints, per dtype, the percentage of the strict-SIMD peak of each variant, the best of its worst engine first.
import { PEAK_FLOPS_PER_LANE, peakModule } from "../_support/peak.ts";
import { compileAssemblyScript } from "./compile.ts";
import { renderVariant, VARIANTS } from "./variants.ts";

interface Timing {
  /** GFLOP/s of independent multiplications and additions in registers, measured in turn with the variant. */
  peak: number;
  /** What the variant reached of it. */
  share: number;
}

/** The timing of every variant on one engine. */
function time(engine: string[], folder: string): Map<string, Timing> {
  const [command, ...before] = engine;
  const script = new URL("time_variants.js", import.meta.url).pathname;
  const { code, stdout, stderr } = new Deno.Command(command as string, {
    args: [...before, script, folder, String(PEAK_FLOPS_PER_LANE)],
  }).outputSync();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
  return new Map(lines.map(({ name, peak, share }) => [name, { peak, share }]));
}

function median(values: number[]): number {
  return values.sort((x, y) => x - y)[values.length >> 1] as number;
}

const folder = await Deno.makeTempDir();
const source = VARIANTS.map(renderVariant).join("");
await Deno.writeFile(`${folder}/variants.wasm`, await compileAssemblyScript(source));
await Deno.writeFile(`${folder}/peak.wasm`, peakModule());
const engines: string[][] = [[Deno.execPath(), "run", "-A"], ...Deno.args.map((path) => [path])];
const timings = engines.map((engine) => time(engine, folder));
await Deno.remove(folder, { recursive: true });

for (const dtype of ["f32", "f64"]) {
  const rows = VARIANTS.map(({ name }) => {
    const found = timings.map((timing) => timing.get(`${dtype}_${name}`) as Timing);
    const shares = found.map(({ share }) => share);
    return { name, shares, peaks: found.map(({ peak }) => peak), worst: Math.min(...shares) };
  });
  const peaks = timings.map((_, e) => median(rows.map(({ peaks }) => peaks[e] as number)));
  console.log(`${dtype}: peak ${peaks.map((p) => p.toFixed(1)).join(", ")} GFLOP/s`);
  for (const { name, shares } of rows.sort((x, y) => y.worst - x.worst)) {
    const columns = shares.map((s) => `${(100 * s).toFixed(0)} %`.padStart(7)).join("");
    console.log(`  ${name.padEnd(28)}${columns}`);
  }
}
