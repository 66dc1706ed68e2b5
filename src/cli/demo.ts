import { terminalDisplays } from "./display.ts";
import { autoencoderText, type Experiment, loadExperiment } from "./experiment.ts";
import { claimFile } from "./files.ts";
import { HELP } from "./help.ts";
import { interruption } from "./interrupt.ts";
import { type DemoOptions, parseOptions } from "./options.ts";
import { reportPage } from "./report/page.ts";
import type { DemoResult } from "./results.ts";
import { compareSideBySide } from "./side_by_side.ts";
import { comparisonTable, courseTable, digestTable, finalTable, searchTable } from "./summary.ts";
import { formatTable } from "./table.ts";
import { UsageError } from "./usage_error.ts";
import { verdict } from "./verdict.ts";

/** Exit code of a process that Ctrl-C ended. */
const INTERRUPTED = 130;

/** `curvature demo`: compares optimizers on an autoencoder, prints tables and writes a report. */
export async function demo(args: readonly string[]): Promise<number> {
  const begin = performance.now();
  const options = parseOptions(args);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const experiment = await load(options);
  const files = options.json === undefined ? [options.report] : [options.report, options.json];
  for (const file of files) await claimFile(file);
  const { signal, release } = interruption();
  console.log(`${autoencoderText(experiment)}\n`);
  const { source, optimizers, epochs, seed } = options;
  const { displays, close } = terminalDisplays(optimizers.length);
  const result = await compareSideBySide({ source, optimizers, epochs, seed, signal, displays });
  close();
  release();

  printTables(result);
  await Deno.writeTextFile(options.report, await reportPage(experiment, result));
  if (options.json) await Deno.writeTextFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`\n${verdict(result)}`);
  console.log(`\nreport: ${await Deno.realPath(options.report)}`);
  console.log(`total time: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  return signal.aborted ? INTERRUPTED : 0;
}

/** Reads the data; that there are none is the user's matter, not a crash. */
async function load(options: DemoOptions): Promise<Experiment> {
  try {
    return await loadExperiment(options.source);
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}

function printTables(result: DemoResult): void {
  for (const table of [courseTable, searchTable, finalTable, comparisonTable, digestTable]) {
    const { rows, ...rest } = table(result);
    if (rows.length > 0) console.log(`\n${formatTable({ rows, ...rest })}`);
  }
}
