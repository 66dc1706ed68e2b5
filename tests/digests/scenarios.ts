// What the golden digests are taken of: 50 steps of every method in both dtypes on a small network with
// tanh and rectified units, on a convolutional, a recurrent and a normalized one and on attention, from keys alone.
//
// The last digest is of all that the method remembers.
import {
  type Batch,
  batchNorm,
  concatenation,
  conv2d,
  dense,
  digest,
  dropout,
  type DType,
  embedding,
  flatten,
  groupNorm,
  lastStep,
  type Layer,
  layerNorm,
  lstm,
  maxPool2d,
  type Model,
  multiHeadAttention,
  normal,
  type Optimizer,
  type OptimizerState,
  randomKey,
  relu,
  residual,
  rmsNorm,
  Scope,
  sequential,
  softmaxCrossEntropy,
  tanh,
  uniform,
} from "../../mod.ts";
import { STREAMS } from "../../layers.ts";
import { checkpoint, restore } from "../../checkpoint.ts";
import { sha256 } from "../../src/tensor/digest.ts";
import { suited } from "../nn/_layers.ts";
import { type Form, FORMS, has } from "../optimizers/_methods.ts";

const SEED = 20201105;
const STEPS = 50;
const STEPS_PER_DIGEST = 10;
const BATCHES = 4;
const BATCH_SIZE = 19; // no multiple of any number of lanes
const CLASSES = 5;

/** A network by the shape of its input and its layers. */
interface NetworkSpec {
  readonly prefix: string;
  readonly input: readonly number[];
  readonly layers: () => Layer[];
  /** Whether it is for a method. */
  readonly takes: (form: Form, name: string) => boolean;
}

const NETWORKS: readonly NetworkSpec[] = [
  {
    prefix: "",
    input: [11],
    takes: () => true,
    layers: () => [dense(17), tanh(), dense(13), relu(), dense(CLASSES)],
  },
  {
    prefix: "convnet, ",
    input: [7, 6, 2],
    takes: ({ method }) => method.sites !== "dense",
    layers: () => [
      conv2d(5, { kernel: 3, padding: "same" }),
      relu(),
      maxPool2d(2),
      conv2d(6, { kernel: 2 }),
      tanh(),
      flatten(),
      dense(CLASSES),
    ],
  },
  {
    prefix: "lstm, ",
    input: [6, 3],
    takes: ({ method }) => method.sites !== "dense",
    layers: () => [lstm(5), lstm(3), lastStep(), dense(CLASSES)],
  },
  {
    prefix: "normalized, masked and tied, ",
    input: [11],
    takes: ({ method, isPlain }) => method.sites === "all" && isPlain,
    layers: () => [
      dense(9),
      layerNorm(),
      tanh(),
      dropout(0.2),
      dense(7),
      tanh(),
      dense(9, { tiedTo: "dense_3", transpose: true }),
      layerNorm({ epsilon: 0.01 }),
      dense(CLASSES),
    ],
  },
  {
    prefix: "running statistics, ",
    input: [5, 2],
    takes: (form) => form.method.sites === "all" && form.isPlain && !has(form, "needsIndependence"),
    layers: () => [
      batchNorm(),
      dense(6),
      residual([batchNorm({ epsilon: 0.01, momentum: 0.3 }), tanh(), dense(6)]),
      flatten(),
      dense(7),
      batchNorm({ momentum: 1 }),
      tanh(),
      dense(CLASSES),
    ],
  },
  {
    // More inputs than samples, which KFI has a way of its own for.
    prefix: "wide, ",
    input: [29],
    takes: (_, name) => name.startsWith("kfi"),
    layers: () => [dense(23), tanh(), dense(7), tanh(), dense(CLASSES)],
  },
  {
    prefix: "shortcuts, ",
    input: [11],
    takes: (_, name) => name === "levenbergMarquardt",
    layers: () => [
      dense(6),
      tanh(),
      concatenation([[], [dense(5), tanh(), residual([dense(5), tanh()])]]),
      dense(CLASSES),
    ],
  },
  {
    // So many parameters take Levenberg and Marquardt longer than everything else here.
    prefix: "transformer, ",
    input: [6],
    takes: ({ method, isPlain }, name) =>
      method.sites === "all" && isPlain && name !== "levenbergMarquardt",
    layers: () => [
      embedding(7, 6, { paddingIndex: 2 }),
      residual([rmsNorm(), multiHeadAttention({ heads: 2, causal: true })]),
      residual([groupNorm(3), dense(7), tanh(), dense(6)]),
      flatten(),
      dense(CLASSES),
    ],
  },
  {
    prefix: "attention, ",
    input: [5, 6],
    takes: ({ method, isPlain }) =>
      method.sites !== "dense" && "fallback" in method.make().options && isPlain,
    layers: () => [multiHeadAttention({ heads: 3 }), tanh(), flatten(), dense(CLASSES)],
  },
];

/** One run that ends in digests. */
export interface Scenario {
  readonly optimizer: Optimizer;
  readonly network: NetworkSpec;
  readonly dtype: DType;
}

/** By the names under which the golden digests stand. */
export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map(
  NETWORKS.flatMap((network) =>
    Object.entries(FORMS)
      .filter(([name, form]) => network.takes(form, name))
      .flatMap(([name, { optimizer }]) =>
        (["float32", "float64"] as const).map((dtype) =>
          [`${network.prefix}${name}, ${dtype}`, { optimizer, network, dtype }] as const
        )
      )
  ),
);

function keyedBatches(
  { input: shape, layers }: NetworkSpec,
  dtype: DType,
  scope: Scope,
): Batch[] {
  return Array.from({ length: BATCHES }, (_, index) => {
    const key = randomKey(SEED, STREAMS.data, index * 2 ** 20);
    const numbers = scope.own(normal(key, [BATCH_SIZE, ...shape], { dtype }));
    const input = suited(numbers, layers());
    const classes = randomKey(SEED, STREAMS.general, index * 2 ** 20);
    const target = scope.own(uniform(classes, [BATCH_SIZE], { dtype, maximum: CLASSES }));
    for (const [i, value] of target.data.entries()) {
      target.data[i] = Math.min(CLASSES - 1, Math.floor(value));
    }
    return { input, target };
  });
}

/** SHA-256 of everything that an optimizer remembers, and what the layers keep. */
async function stateDigest(
  { step, tensors, numbers }: OptimizerState,
  { state }: Model,
): Promise<string> {
  const parts = [`step ${step}`];
  for (const { name, value } of state) parts.push(`${name} ${await digest(value)}`);
  for (const [name, tensor] of tensors) parts.push(`${name} ${await digest(tensor)}`);
  for (const [name, number] of numbers) parts.push(`${name} ${number}`);
  return await sha256(new TextEncoder().encode(parts.join()));
}

/** SHA-256 of the parameters after every tenth step, then of the optimizer's state. */
export async function digestsOf(
  { optimizer, network, dtype }: Scenario,
  steps = STEPS,
): Promise<string[]> {
  const { input, layers } = network;
  using scope = new Scope();
  const model = scope.own(sequential({ input, seed: SEED, dtype }, layers()));
  const batches = keyedBatches(network, dtype, scope);
  const loss = softmaxCrossEntropy();
  const state = scope.own(optimizer.init(model, { loss, warmStart: batches }));
  const found: string[] = [];
  for (let step = 1; step <= steps; step++) {
    optimizer.step(state, { model, loss, batch: batches[step % BATCHES] });
    if (step % STEPS_PER_DIGEST === 0) found.push(await digest(model.parameters));
  }
  return [...found, await stateDigest(state, model)];
}

/** Checkpoints of a run and of its continuation by another model from the first of them. */
export interface Continuation {
  /** After half of the steps. */
  readonly half: Uint8Array<ArrayBuffer>;
  /** After all steps, without interruption. */
  readonly whole: Uint8Array<ArrayBuffer>;
  /** After all steps, the second half of them from `half`. */
  readonly resumed: Uint8Array<ArrayBuffer>;
  /** What `digestsOf()` finds, of the run without interruption. */
  readonly digests: string[];
}

/** Takes the 50 steps of a scenario at one go and from a checkpoint after half of them. */
export async function resumeHalfway(scenario: Scenario): Promise<Continuation> {
  const { optimizer, network, dtype } = scenario;
  using scope = new Scope();
  const batches = keyedBatches(network, dtype, scope);
  const loss = softmaxCrossEntropy();
  const build = (seed: number): Model =>
    scope.own(sequential({ input: network.input, seed, dtype }, network.layers()));
  const digests: string[] = [];
  const takeHalf = async (
    model: Model,
    state: OptimizerState,
    from: number,
    found: string[] = [],
  ): Promise<Uint8Array<ArrayBuffer>> => {
    for (let step = from + 1; step <= from + STEPS / 2; step++) {
      optimizer.step(state, { model, loss, batch: batches[step % BATCHES] });
      if (step % STEPS_PER_DIGEST === 0) found.push(await digest(model.parameters));
    }
    return checkpoint({ model, optimizer, loss, state });
  };
  const model = build(SEED);
  const state = scope.own(optimizer.init(model, { loss, warmStart: batches }));
  const half = await takeHalf(model, state, 0, digests);
  const whole = await takeHalf(model, state, STEPS / 2, digests);
  digests.push(await stateDigest(state, model));
  const other = build(SEED + 1);
  const restored = scope.own(await restore(half, { model: other, optimizer, loss }));
  const resumed = await takeHalf(other, restored, STEPS / 2);
  return { half, whole, resumed, digests };
}
