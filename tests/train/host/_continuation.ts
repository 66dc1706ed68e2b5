// The second half of runs in a process of their own.
import { readFile, writeFile } from "node:fs/promises";
import { childArguments } from "../../_support/child.ts";
import type { DType } from "../../../mod.ts";
import { METHODS } from "../../optimizers/_methods.ts";
import { runModel, runOptions, STEPS, trainUntil } from "../_run.ts";

/** Where the module is, to start it. */
export const CONTINUATION: string = import.meta.url;

/** Every method in a dtype, with the file of its run in a folder. */
export function* runsIn(folder: string, dtypes: readonly DType[]): Generator<
  { readonly method: string; readonly dtype: DType; readonly path: string }
> {
  for (const dtype of dtypes) {
    for (const [i, method] of Object.keys(METHODS).entries()) {
      yield { method, dtype, path: `${folder}/${dtype}-${i}` };
    }
  }
}

const [folder, ...dtypes] = childArguments() ?? [];
if (folder !== undefined) {
  for (const { method, dtype, path } of runsIn(folder, dtypes as DType[])) {
    using model = runModel(dtype, 99);
    const resume = new Uint8Array(await readFile(path));
    const options = { ...runOptions(model, METHODS[method]), resume };
    await writeFile(path, (await trainUntil(STEPS, options)).bytes);
  }
}
