// The `curvature` command: `deno run src/cli/main.ts [command] [options]`.
import { demo } from "./demo.ts";
import { HELP } from "./help.ts";
import { info } from "./info.ts";
import { UsageError } from "./usage_error.ts";

/** Each command takes the arguments after its name and resolves to the exit code. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  demo,
  info,
  help: (): Promise<number> => {
    console.log(HELP);
    return Promise.resolve(0);
  },
};

/** Runs a command line, "demo" when it begins with an option or is empty; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const isNamed = args.length > 0 && !args[0].startsWith("-");
  const [name, rest] = isNamed ? [args[0], args.slice(1)] : ["demo", args];
  try {
    const allowed = Object.keys(COMMANDS);
    if (!allowed.includes(name)) {
      throw new UsageError(
        `Cannot run "${name}": the commands are ${allowed.join(", ")}`,
      );
    }
    return await COMMANDS[name](rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
