// A run that is cut, and continued with one setting changed, is refused by the name of that setting with both values, or
// goes on with the bits of the run that was not cut: then no result depends on the setting.
import { digest, train } from "../../mod.ts";
import { CheckpointMismatchError, memoryStore } from "../../checkpoint.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { TestRandom } from "../_support/random.ts";
import { atScale, IS_DENO } from "../_support/scale.ts";
import {
  ALL_STEPS,
  CHOICES,
  FIRST_STEPS,
  modelOf,
  optionsOf,
  type Settings,
} from "./_changed_runs.ts";

type Setting = keyof Settings;

const ROUNDS = IS_DENO ? atScale(400, 6000) : 60;
const ENDS = "Cannot restore a checkpoint: ";

/** What refusals call a setting where that is another word; undefined where no result depends on it. */
const NAMES: Partial<Record<Setting, RegExp | undefined>> = {
  network: /^model (dtype|input|layers)/,
  units: /^model layers\[0\] (units|filters) is (3|4), not (4|3)$/,
  activation: /^model layers\[1\] kind is/,
  maskSeed: /^model layers\[\d\] seed is (absent|7), not (7|absent)$/,
  innerSlope: /^model layers\[5\] branches\[0\]\[0\] branches\[1\]\[1\] slope is 0\.\d, not 0\.\d$/,
  layerVersion: /^model layers\[3\] version is \d, not \d$/,
  kernel: /^model layers\[0\] kernel\[0\] is \d, not \d$/,
  pool: /^model layers\[2\] kind is "\w+", not "\w+"$/,
  poolStride: /^model layers\[2\] stride is \d, not \d$/,
  initializer: undefined,
  forgetBias: undefined,
  modelSeed: undefined,
  optimizer: /^optimizer name is "\w+", not "\w+"$/,
  schedule: /^optimizer learningRate is (a function|0\.\d+), not (a function|0\.\d+)$/,
  decay: /^optimizer momentum (\w+ )?is /,
  loss: /^loss name is "\w+", not "\w+"$/,
  lossVersion: /^loss version is \d, not \d$/,
  scale: /^data input scale is [\d.]+, not [\d.]+$/,
  input: /^data input sha256 is "\w{64}", not "\w{64}"$/,
  target: /^data target sha256 is "\w{64}", not "\w{64}"$/,
  lengths: /^data lengths is ("\w{64}"|absent), not ("\w{64}"|absent)$/,
  onNonFinite: undefined,
  epochs: undefined,
  evaluates: undefined,
  timeBudgetMs: undefined,
};

/** Other settings that let one matter; every other round has them. */
const NEEDS: Partial<Record<Setting, Partial<Settings>>> = {
  slope: { activation: "leakyRelu" },
  alpha: { activation: "elu" },
  approximate: { activation: "gelu" },
  rate: { network: "dense" },
  maskSeed: { network: "images" },
  epsilon: { network: "dense" },
  innerSlope: { network: "dense" },
  factor: { network: "dense" },
  layerVersion: { network: "dense" },
  kernel: { network: "images" },
  stride: { network: "images" },
  padding: { network: "images" },
  dilation: { network: "images" },
  pool: { network: "images" },
  poolStride: { network: "images" },
  lengths: { network: "sequences" },
  bias: { network: "images" },
  learningRate: { optimizer: "adam", schedule: false },
  schedule: { optimizer: "sgd" },
  decay: { optimizer: "sgd" },
  beta1: { optimizer: "adam" },
  initialDamping: { optimizer: "levenbergMarquardt" },
  form: { optimizer: "levenbergMarquardt" },
  delta: { loss: "huber" },
  lossVersion: { loss: "own" },
  width: { loss: "own" },
};

/** Where in the signature the other settings are, which are called there as here. */
const PARTS: readonly (readonly [string, readonly Setting[]])[] = [
  ["model", ["dtype"]],
  ["model layers\\[\\d\\]", ["bias", "slope", "alpha", "approximate", "rate", "epsilon", "factor"]],
  ["model layers\\[0\\]", ["stride", "padding", "dilation"]],
  ["optimizer", ["learningRate", "l2", "beta1", "initialDamping", "form"]],
  ["loss", ["delta", "width"]],
  ["batches", ["batchSize", "seed"]],
];

function namesOf(setting: Setting, before: unknown, after: unknown): RegExp | undefined {
  if (setting in NAMES) return NAMES[setting];
  const part = PARTS.find(([, settings]) => settings.includes(setting));
  ok(part, `${setting} has no name`);
  const show = (value: unknown): string =>
    value === undefined ? "absent" : JSON.stringify(value).replace("1e-5", "0.00001");
  return new RegExp(`^${part[0]} ${setting} is ${show(before)}, not ${show(after)}$`);
}

function randomSettings(random: TestRandom): Settings {
  const drawn = Object.entries(CHOICES).map(([name, all]) => [name, random.pick<unknown>(all)]);
  return Object.fromEntries(drawn) as Settings;
}

/** The settings with another choice for one of them. */
function changed(settings: Settings, setting: Setting, random: TestRandom): Settings {
  const others = (CHOICES[setting] as readonly unknown[]).filter((x) => x !== settings[setting]);
  return { ...settings, [setting]: random.pick(others) };
}

/** The digest after all steps, and a checkpoint after the first ones. */
async function wholeRun(settings: Settings): Promise<{ bytes: Uint8Array; end: string }> {
  using model = modelOf(settings);
  const store = memoryStore();
  const options = { ...optionsOf(settings), model };
  let bytes: Uint8Array | undefined;
  for await (
    const { step, checkpoint } of train({ ...options, checkpoint: { store, every: FIRST_STEPS } })
  ) {
    if (step === FIRST_STEPS) bytes = await store.read(checkpoint ?? "");
    if (step === ALL_STEPS) break;
  }
  ok(bytes, "no checkpoint was stored");
  return { bytes, end: await digest(model.parameters) };
}

/** The digest after all steps of a run that is continued, or why it is refused. */
async function continued(
  settings: Settings,
  bytes: Uint8Array,
): Promise<{ end?: string; refusal?: string }> {
  using model = modelOf(settings);
  const before = await digest(model.parameters);
  try {
    for await (const { step } of train({ ...optionsOf(settings), model, resume: bytes })) {
      if (step === ALL_STEPS) break;
    }
    return { end: await digest(model.parameters) };
  } catch (error) {
    if (!(error instanceof CheckpointMismatchError)) throw error;
    equal(await digest(model.parameters), before, "a refusal changes nothing");
    ok(error.message.startsWith(ENDS), error.message);
    return { refusal: error.message.slice(ENDS.length) };
  }
}

test("a run that continues with one setting changed is refused by its name, or keeps its bits", async () => {
  const settings = Object.keys(CHOICES) as Setting[];
  const refused = new Set<Setting>(), accepted = new Set<Setting>();
  const random = new TestRandom(20240229);
  for (let round = 0; round < ROUNDS; round++) {
    const setting = settings[round % settings.length];
    const isNeeded = Math.floor(round / settings.length) % 2 === 0;
    const drawn = { ...randomSettings(random), ...(isNeeded && NEEDS[setting]) };
    // Of a schedule only that it is a function is known, as is documented.
    const first = setting === "learningRate" ? { ...drawn, schedule: false } : drawn;
    const second = changed(first, setting, random);
    const where = `round ${round}: ${setting} ${first[setting]} to ${second[setting]}`;
    const { bytes, end } = await wholeRun(first);
    const outcome = await continued(second, bytes);
    if (outcome.refusal === undefined) {
      equal(outcome.end, end, `${where} in ${JSON.stringify(first)}`);
      accepted.add(setting);
      continue;
    }
    const pattern = namesOf(setting, first[setting], second[setting]);
    ok(pattern?.test(outcome.refusal), `${where}: ${outcome.refusal}`);
    refused.add(setting);
  }
  if (ROUNDS < 8 * settings.length) return;
  for (const setting of settings) {
    const isFree = setting in NAMES && NAMES[setting] === undefined;
    ok(isFree ? accepted.has(setting) : refused.has(setting), `${setting} was never met`);
  }
});

test("a run that continues as it was keeps its bits, and its checkpoint is the same", async () => {
  const random = new TestRandom(7);
  for (let round = 0; round < 5; round++) {
    const settings = randomSettings(random);
    const [first, second] = [await wholeRun(settings), await wholeRun(settings)];
    equal([...first.bytes], [...second.bytes]);
    equal((await continued(settings, first.bytes)).end, first.end);
  }
});
