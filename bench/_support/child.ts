// Runs one bench on whatever runtime executes this file and prints the outcome as the last line.
import process from "node:process";
import { type Bench, type BenchOptions, provenance, type Run } from "./report.ts";

const [name, json] = process.argv.slice(2);
const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
const { bench } = await import(`../${name}${extension}`) as { bench: Bench };
const outcome = await bench.run(JSON.parse(json) as BenchOptions);
const run: Run = { ...provenance(), ...outcome };
// A pipe takes 64 KiB at once: the process may only end when all of it was read.
process.stdout.write(`\n${JSON.stringify(run)}\n`, () => process.exit(0));
