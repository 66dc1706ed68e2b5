// Running another program and keeping what it says.

/** How a program ended, and both its streams in order of stream, not of time. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of `run()`. */
export interface RunOptions {
  readonly cwd?: string | URL;
  readonly env?: Record<string, string>;
  /** Milliseconds after which the program is told to end. */
  readonly limit?: number;
}

/** Runs a program to its end; undefined when there is no such program. Colours are off. */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, env = {}, limit }: RunOptions = {},
): Promise<Outcome | undefined> {
  const options: Deno.CommandOptions = {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  };
  if (cwd !== undefined) options.cwd = cwd;
  if (limit !== undefined) options.signal = AbortSignal.timeout(limit);
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, options).output();
    const decoder = new TextDecoder();
    const end = options.signal?.aborted ? `${program} was stopped after ${limit! / 1000} s\n` : "";
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) + end };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Runs this Deno; throws with what it said unless it succeeds. */
export async function deno(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const outcome = await run(Deno.execPath(), args, options);
  if (outcome?.code !== 0) {
    throw new Error(
      `Cannot run deno ${args.join(" ")}:\n${outcome?.stdout ?? ""}${outcome?.stderr ?? ""}`,
    );
  }
  return outcome.stdout;
}
