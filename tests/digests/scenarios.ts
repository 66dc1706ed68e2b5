// What the golden digests are taken of: 50 steps of every method in both dtypes on a small network with
// tanh and rectified units, from keys alone.
import {
  type Batch,
  dense,
  digest,
  type DType,
  type Model,
  normal,
  type Optimizer,
  randomKey,
  relu,
  Scope,
  sequential,
  softmaxCrossEntropy,
  STREAMS,
  tanh,
  uniform,
} from "../../mod.ts";
import { METHODS } from "../optimizers/_methods.ts";

const SEED = 20201105;
const STEPS = 50;
const STEPS_PER_DIGEST = 10;
const BATCHES = 4;
const BATCH_SIZE = 19; // no multiple of any number of lanes
const INPUTS = 11;
const CLASSES = 5;

/** One run that ends in digests. */
export interface Scenario {
  readonly optimizer: Optimizer;
  readonly dtype: DType;
}

/** By the names under which the golden digests stand. */
export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map(
  Object.entries(METHODS).flatMap(([name, optimizer]) =>
    (["float32", "float64"] as const).map((dtype) =>
      [`${name}, ${dtype}`, { optimizer, dtype }] as const
    )
  ),
);

function network(dtype: DType): Model {
  const layers = [dense(17), tanh(), dense(13), relu(), dense(CLASSES)];
  return sequential({ input: [INPUTS], seed: SEED, dtype }, layers);
}

function keyedBatches(dtype: DType, scope: Scope): Batch[] {
  return Array.from({ length: BATCHES }, (_, index) => {
    const key = randomKey(SEED, STREAMS.data, index * 2 ** 20);
    const input = scope.own(normal(key, [BATCH_SIZE, INPUTS], { dtype }));
    const classes = randomKey(SEED, STREAMS.general, index * 2 ** 20);
    const target = scope.own(uniform(classes, [BATCH_SIZE], { dtype, maximum: CLASSES }));
    for (const [i, value] of target.data.entries()) {
      target.data[i] = Math.min(CLASSES - 1, Math.floor(value));
    }
    return { input, target };
  });
}

/** SHA-256 of the parameters after every tenth step. */
export async function digestsOf({ optimizer, dtype }: Scenario): Promise<string[]> {
  using scope = new Scope();
  const model = scope.own(network(dtype));
  const batches = keyedBatches(dtype, scope);
  const loss = softmaxCrossEntropy();
  const state = scope.own(optimizer.init(model, { loss, warmStart: batches }));
  const found: string[] = [];
  for (let step = 1; step <= STEPS; step++) {
    optimizer.step(state, { model, loss, batch: batches[step % BATCHES] });
    if (step % STEPS_PER_DIGEST === 0) found.push(await digest(model.parameters));
  }
  return found;
}
