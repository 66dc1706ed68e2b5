// Times every export of a compiled sweep on the engine that runs this file and prints JSON lines.
// Plain JavaScript, so that Node of any version runs it too; sweep.ts calls it.
import { readFileSync } from "node:fs";
import process from "node:process";

const DEPTH = 256; // steps of k
const PANEL_BYTES = 1 << 20;
const REPETITIONS = 12;
const WARM_UP_MS = 80; // baseline code is replaced by optimized code within these

const [folder, peakFlopsPerLane] = process.argv.slice(2);

async function load(name) {
  const { instance } = await WebAssembly.instantiate(readFileSync(`${folder}/${name}.wasm`), {});
  return instance.exports;
}

const { memory, ...variants } = await load("variants");
const { float32, float64 } = await load("peak");
const peaks = { f32: float32, f64: float64 };

function warmUp(call) {
  const start = performance.now();
  while (performance.now() - start < WARM_UP_MS) call();
}

function milliseconds(call) {
  const start = performance.now();
  call();
  return performance.now() - start;
}

new Float32Array(memory.buffer).fill(0);
const count = 20_000;
for (const dtype of ["f32", "f64"]) {
  const lanes = dtype === "f32" ? 4 : 2;
  const peak = () => peaks[dtype](count, 1);
  for (let i = 0; i < 4; i++) warmUp(peak);
  const peakFlops = count * lanes * Number(peakFlopsPerLane);
  for (const [name, call] of Object.entries(variants).filter(([name]) => name.startsWith(dtype))) {
    const [rows, vectors] = name.split("_")[1].split("x").map(Number);
    const m = Math.floor(60 / rows) * rows;
    const n = Math.floor(96 / vectors / lanes) * vectors * lanes;
    const run = () => call(m, n, DEPTH, 1024, PANEL_BYTES, 2 * PANEL_BYTES);
    warmUp(run);
    // The clock of the machine drifts: the peak is taken in turn with the variant.
    let fastest = Infinity, fastestPeak = Infinity;
    for (let i = 0; i < REPETITIONS; i++) {
      fastest = Math.min(fastest, milliseconds(run));
      fastestPeak = Math.min(fastestPeak, milliseconds(peak));
    }
    const peakRate = peakFlops / fastestPeak / 1e6;
    const share = 2 * m * n * DEPTH / fastest / 1e6 / peakRate;
    console.log(JSON.stringify({ name, share, peak: peakRate }));
  }
}
