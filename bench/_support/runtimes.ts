// Starting a bench on Deno or on a Node of some version.
import { fileURLToPath } from "node:url";
import { nodeRuntime } from "../../tests/runtimes/node.ts";
import { filesUnder, ROOT } from "../../tools/_support/project.ts";
import { transpile } from "../../tools/_support/transpile.ts";
import type { BenchOptions, Run, RuntimeName } from "./report.ts";

const CHILD = "bench/_support/child.ts";
/** Files that only Deno runs. */
const HOSTED: readonly string[] = ["bench/run.ts", "bench/_support/runtimes.ts"];

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string | URL;
}

let compiled: string | undefined;

/** The benches as JavaScript for Node 20, made once; Node 26 reads TypeScript itself. */
async function compile(): Promise<string> {
  const folder = compiled = await Deno.makeTempDir();
  const files = filesUnder("bench").filter((file) => file.endsWith(".ts"));
  await transpile(files.filter((file) => !HOSTED.includes(file)), folder);
  await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
  const rivals = "bench/rivals/node_modules";
  await Deno.symlink(fileURLToPath(new URL(rivals, ROOT)), `${folder}/${rivals}`);
  return folder;
}

async function commandOf(runtime: RuntimeName): Promise<Command | string> {
  if (runtime === "deno") {
    return { program: Deno.execPath(), args: ["run", "-A", "--no-check", CHILD], cwd: ROOT };
  }
  const major = Number(runtime.slice("node".length));
  const node = nodeRuntime(major);
  const program = await node.find();
  if (program === undefined) return `${node.name} is not found here (${node.hint})`;
  if (major >= 22) return { program, args: [CHILD], cwd: ROOT };
  return { program, args: [CHILD.replace(/ts$/, "js")], cwd: compiled ?? await compile() };
}

/** The run of a bench on a runtime, or why there is none. What the bench says meanwhile is shown. */
export async function runOn(
  runtime: RuntimeName,
  name: string,
  options: BenchOptions,
): Promise<Run | string> {
  const command = await commandOf(runtime);
  if (typeof command === "string") return command;
  const { program, args, cwd } = command;
  const { code, stdout } = await new Deno.Command(program, {
    args: [...args, name, JSON.stringify(options)],
    cwd,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).output();
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  if (code !== 0) return `${name} failed on ${runtime}`;
  return JSON.parse(lines[lines.length - 1]) as Run;
}

/** Removes what was compiled. */
export async function cleanUp(): Promise<void> {
  if (compiled) await Deno.remove(compiled, { recursive: true });
  compiled = undefined;
}
