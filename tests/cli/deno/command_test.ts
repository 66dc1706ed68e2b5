import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { runCommand, start } from "./_command.ts";

const SIDE = 28;

/** A folder with four training images and one test image in MNIST's format. */
async function smallMnist(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const write = (name: string, shape: number[], data: Uint8Array): Promise<void> => {
    const sizes = shape.flatMap((extent) => [0, 0, 0, extent]);
    return Deno.writeFile(
      `${folder}/${name}`,
      Uint8Array.of(0, 0, 8, shape.length, ...sizes, ...data),
    );
  };
  for (const [name, count] of [["train", 4], ["t10k", 1]] as const) {
    const pixels = Uint8Array.from({ length: count * SIDE * SIDE }, (_, i) => (i * 37) % 256);
    await write(`${name}-images-idx3-ubyte`, [count, SIDE, SIDE], pixels);
    await write(`${name}-labels-idx1-ubyte`, [count], new Uint8Array(count));
  }
  return folder;
}

test("the command explains itself", async () => {
  const { code, output } = await runCommand("--help");
  equal(code, 0);
  for (const option of ["--data", "--data-dir", "--optimizer", "--epochs", "--seed", "--json"]) {
    ok(output.includes(option), `${option} is explained`);
  }
  const info = await runCommand("info");
  ok(/kernels: \d+ bytes[^]*SIMD: supported/.test(info.output), info.output);
});

test("what cannot be obeyed is one line on standard error and exit code 2", async () => {
  const lines = [["--epochs", "none"], ["fly"], ["info", "x"], [
    "--data",
    "mnist",
    "--data-dir",
    "/nowhere",
  ]];
  for (const args of lines) {
    const { code, output, errors } = await runCommand(...args);
    equal([code, output], [2, ""]);
    ok(/^Cannot [^\n]+\n$/.test(errors), errors);
  }
});

test("demo trains on files, prints tables and writes JSON and a report", async () => {
  const folder = await smallMnist();
  try {
    const [json, report] = [`${folder}/out/result.json`, `${folder}/report.html`];
    const { code, output, errors } = await runCommand(
      ...["demo", "--data", "mnist", "--data-dir", folder, "--optimizer", "sgd,adam"],
      ...["--epochs", "1", "--seed", "3", "--json", json, "--report", report],
    );
    equal([code, errors], [0, ""]);
    ok(output.includes(`report: ${await Deno.realPath(report)}\n`), "the path is printed");
    const { runs, seed } = JSON.parse(await Deno.readTextFile(json));
    equal([seed, runs.map((run: { optimizer: string }) => run.optimizer)], [3, ["sgd", "adam"]]);
    for (const { digest } of runs) ok(output.includes(digest), "digests are printed");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("Ctrl-C ends training between two steps and still reports what ran", async () => {
  const folder = await smallMnist();
  try {
    const report = `${folder}/report.html`;
    const child = start([
      ...["--data", "mnist", "--data-dir", folder, "--optimizer", "k-bfgs-l,adam"],
      ...["--epochs", "100000", "--report", report],
    ]);
    let output = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const isFirstEpoch = !output.includes("epoch 1") && (output + text).includes("epoch 1");
      output += text;
      if (isFirstEpoch) child.kill("SIGINT");
    }
    const { code } = await child.status;
    await child.stderr.cancel();
    equal(code, 130);
    ok(/K-BFGS\(L\) \(interrupted\)/.test(output), output.slice(-2000));
    ok((await Deno.stat(report)).size > 0, "there is a report");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
