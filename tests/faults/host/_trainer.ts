// A training process that stores a checkpoint after every step and is made to be killed.
import process from "node:process";
import { train, type TrainOptions } from "../../../mod.ts";
import { fileStore } from "../../../checkpoint.ts";
import type { Model } from "../../../mod.ts";
import { childArguments } from "../../_support/child.ts";
import { METHODS } from "../../optimizers/_methods.ts";
import { runModel, runOptions } from "../../train/_run.ts";

/** Where the module is, to start it. */
export const TRAINER: string = import.meta.url;

/** The run of the process, long enough for every kill. */
export function longRun(model: Model): TrainOptions {
  return { ...runOptions(model, METHODS["kBfgs, improved"]), epochs: 100_000 };
}

/** The model of the run. */
export function longRunModel(): Model {
  return runModel("float32");
}

const [folder] = childArguments() ?? [];
if (folder !== undefined) {
  using model = longRunModel();
  const store = fileStore(folder);
  const options = { ...longRun(model), checkpoint: { store, every: 1 }, resume: store };
  for await (const { step } of train(options)) {
    process.stdout.write(`${step}\n`);
  }
}
