// What a checkpoint belongs to, as settings that are equal exactly when a run can be continued bit by bit.
// Functions (schedules, those of layers and losses of one's own) are only known to be functions: who continues a run hands
// in the same ones, and authors of layers and losses count their versions.
import { type Batches, checkBatches } from "../../data/batches.ts";
import { checkDataset, type Dataset } from "../../data/dataset.ts";
import { settingsOf } from "../../nn/layers/layer.ts";
import { checkIsLoss, type Loss } from "../../nn/losses/loss.ts";
import { checkIsModel, type Model } from "../../nn/model.ts";
import type { Optimizer } from "../../optimizers/optimizer.ts";
import { checkMethods, checkObject, type Names, namesOf } from "../../runtime/arguments.ts";
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
  /** The samples that batches are taken of; see `Dataset.identify()`. @default not recorded */
  readonly data?: Dataset;
  /** Samples by which steps are judged. @default not recorded */
  readonly validation?: Dataset;
}

/** Their names. */
export const RUN_PART_NAMES: Names<RunParts> = namesOf<RunParts>({
  model: true,
  optimizer: true,
  loss: true,
  batches: true,
  data: true,
  validation: true,
});

/** Refuses what is no run. */
export function checkRun(action: string, run: unknown): asserts run is RunParts {
  checkObject(action, "the run", run);
  const { model, optimizer, loss, batches, data, validation } = run as RunParts;
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
  if (data !== undefined) checkDataset(action, data);
  if (validation !== undefined) checkDataset(action, validation);
}

/** The parts that must agree, in the order in which they are compared: a text, or settings. */
export interface Signature {
  /** Version of the library. */
  readonly library: string;
  /** SHA-256 of the kernels. */
  readonly kernels: string;
  /** Layers with all their settings, and sites. */
  readonly model: unknown;
  /** Method and settings. */
  readonly optimizer: unknown;
  /** Its settings, and what it can do; empty where it was not told, as those that follow. */
  readonly loss: unknown;
  /** How batches are dealt. */
  readonly batches: unknown;
  /** The samples. */
  readonly data: unknown;
  /** Samples by which steps or epochs are judged. */
  readonly validation: unknown;
}

/** The signature of a run in this version of the library. */
export async function signatureOf(run: RunParts): Promise<Signature> {
  const { optimizer: { name, options }, batches } = run;
  const [model, loss] = [modelSettings(run.model), run.loss ? lossSettings(run.loss) : {}];
  const [kernels, data, validation] = await Promise.all([
    kernelsDigest(),
    run.data ? datasetSettings(run.data) : {},
    run.validation ? datasetSettings(run.validation) : {},
  ]);
  return {
    library: VERSION,
    kernels,
    model,
    optimizer: { name, options },
    loss,
    batches: { ...batches && { samples: batches.size, ...batches.options } },
    data,
    validation,
  };
}

function modelSettings({ dtype, input, layers, sites, state }: Model): object {
  return {
    dtype,
    input,
    layers: settingsOf(layers),
    sites: sites.map(({ name, weight, positions, arrays }) => ({
      name,
      shape: weight.shape,
      positions,
      arrays: arrays.map((array) => array.name),
    })),
    // absent where nothing is kept, as in checkpoints of models that never could
    ...state.length > 0 && {
      state: state.map(({ name, value: { shape } }) => ({ name, shape })),
    },
  };
}

function lossSettings(loss: Loss): object {
  const { name, version, options, isConvex, isSumOverSteps = false, hasUnitHessian = false } = loss;
  return {
    name,
    version,
    options,
    isConvex,
    isSumOverSteps,
    hasUnitHessian,
    hasHessianRoot: loss.hessianRoot !== undefined,
    hasResiduals: loss.residuals !== undefined,
    hasMeanHessian: loss.meanHessian !== undefined,
    hasSample: loss.sample !== undefined,
  };
}

/** Sizes, lengths and, where it says one, the identity of a data set. */
async function datasetSettings(data: Dataset): Promise<object> {
  const { size, inputShape, targetShape, lengths } = data;
  const [identity, counts] = await Promise.all([
    data.identify?.(),
    lengths && digestOfCounts(lengths),
  ]);
  return { samples: size, inputShape, targetShape, lengths: counts, identity };
}

function digestOfCounts(counts: ArrayLike<number>): Promise<string> {
  return sha256(new Uint8Array(Float64Array.from(counts).buffer));
}

let digest: Promise<string> | undefined;

function kernelsDigest(): Promise<string> {
  return digest ??= sha256(decodeBase64(KERNELS_BASE64));
}
