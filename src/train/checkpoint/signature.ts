// What a checkpoint belongs to, as texts that are equal exactly when a run can be continued bit by bit.
// Functions (schedules) are only known to be functions: who continues a run hands in the same ones.
import { type Batches, checkBatches } from "../../data/batches.ts";
import { settingsOf } from "../../nn/layer.ts";
import { checkIsLoss, type Loss } from "../../nn/losses/loss.ts";
import { checkIsModel, type Model } from "../../nn/model.ts";
import type { Optimizer } from "../../optimizers/optimizer.ts";
import {
  checkMethods,
  checkNamed,
  type Known,
  type Names,
  namesOf,
} from "../../runtime/arguments.ts";
import { decodeBase64 } from "../../runtime/base64.ts";
import { KERNELS_BASE64 } from "../../runtime/kernels_wasm.ts";
import { VERSION } from "../../runtime/version.ts";
import { sha256 } from "../../tensor/digest.ts";

/** What a run consists of. */
export interface RunParts {
  /** The model. */
  readonly model: Model;
  /** The method with its settings. */
  readonly optimizer: Optimizer;
  /** The loss. @default not recorded */
  readonly loss?: Loss;
  /** The batches, whose position belongs to the checkpoint. @default none */
  readonly batches?: Batches;
}

/** Their names. */
export const RUN_PART_NAMES: Names<RunParts> = namesOf<RunParts>({
  model: true,
  optimizer: true,
  loss: true,
  batches: true,
});

/** Refuses what is no run. */
export function checkRun(action: string, run: unknown, known: Known): asserts run is RunParts {
  checkNamed(action, "the run", run, known);
  const { model, optimizer, loss, batches } = run as RunParts;
  checkIsModel(action, model);
  checkMethods(
    action,
    "the optimizer",
    optimizer,
    ["init", "step"],
    "an optimizer, such as adam() makes",
  );
  if (loss !== undefined) checkIsLoss(action, loss);
  if (batches !== undefined) checkBatches(action, batches);
}

/** Names of the parts that must agree. */
export type Signature = Readonly<
  Record<"library" | "kernels" | "model" | "optimizer" | "loss" | "data", string>
>;

/** The signature of a run in this version of the library. */
export async function signatureOf(
  { model, optimizer, loss, batches }: RunParts,
): Promise<Signature> {
  return {
    library: VERSION,
    kernels: await kernelsDigest(),
    model: text({
      input: model.input,
      dtype: model.dtype,
      layers: settingsOf(model.layers),
      sites: model.sites.map(({ weight, positions, arrays }) => ({
        shape: weight.shape,
        positions,
        arrays: arrays.map(({ name }) => name),
      })),
    }),
    optimizer: text([optimizer.name, optimizer.options]),
    loss: loss?.name ?? "none",
    data: batches ? text({ samples: batches.size, ...batches.options }) : "none",
  };
}

let digest: Promise<string> | undefined;

function kernelsDigest(): Promise<string> {
  return digest ??= sha256(decodeBase64(KERNELS_BASE64));
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "function") return "function";
    return typeof part === "number" && !Number.isFinite(part) ? String(part) : part;
  });
}
