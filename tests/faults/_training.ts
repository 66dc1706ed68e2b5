// A small training that can be put back to where it was.
import {
  type Batch,
  dense,
  type Loss,
  type Model,
  type Optimizer,
  type OptimizerState,
  Scope,
  sequential,
  silu,
  softmaxCrossEntropy,
  tanh,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { randomRows, tensorOf } from "../_support/twins.ts";
import { type Damage, faultLayer } from "./_fault_layer.ts";

const INPUTS = 4, CLASSES = 3, SAMPLES = 8;

/** Named words of memory. */
export type Bits = Map<string, Uint32Array>;

/** The first name whose words differ. */
export function difference(a: Bits, b: Bits): string | undefined {
  const names = [...new Set([...a.keys(), ...b.keys()])];
  return names.find((name) => {
    const [x, y] = [a.get(name), b.get(name)];
    return !x || !y || x.length !== y.length || x.some((word, i) => word !== y[i]);
  });
}

/** A model with batch and state, its loss damaged on request. */
export class Training {
  readonly scope: Scope = new Scope();
  readonly damage: Damage = {};
  readonly lossDamage: { value?: number; gradient?: number } = {};
  readonly model: Model;
  readonly batch: Batch;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly state: OptimizerState;

  constructor(optimizer: Optimizer) {
    const { scope } = this;
    this.optimizer = optimizer;
    this.model = scope.own(
      sequential({ input: [INPUTS], seed: 1 }, [
        dense(6),
        tanh(),
        faultLayer(this.damage),
        dense(5),
        silu(),
        dense(CLASSES),
      ]),
    );
    const classes = Array.from({ length: SAMPLES }, (_, i) => i % CLASSES);
    this.batch = {
      input: scope.own(tensorOf(randomRows(1, SAMPLES, INPUTS), "float32")),
      target: scope.own(tensor(classes)),
    };
    this.loss = this.#damaged(softmaxCrossEntropy());
    this.state = scope.own(optimizer.init(this.model));
  }

  /** Takes a step, with another optimizer of the same kind if one is given. */
  step(optimizer: Optimizer = this.optimizer): void {
    const { model, loss, batch } = this;
    const validation = optimizer.needsValidation ? { validation: batch } : {};
    optimizer.step(this.state, { model, loss, batch, ...validation });
  }

  /** Every bit that the next step depends on, by name. */
  bits(): Bits {
    const { model, state } = this;
    const words = ({ data }: Tensor): Uint32Array =>
      new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4).slice();
    const found: Bits = new Map([["parameters", words(model.parameters)]]);
    for (const [name, tensor] of state.tensors) found.set(name, words(tensor));
    const numbers = Float64Array.of(state.step, ...state.numbers.values());
    return found.set("numbers", new Uint32Array(numbers.buffer));
  }

  /** Remembers parameters and state; returns what puts them back. */
  save(): () => void {
    const { model, state } = this;
    const kept = [...state.tensors].map(([name, { data }]) => [name, data.slice()] as const);
    const parameters = model.parameters.data.slice();
    const numbers = [...state.numbers], { step } = state;
    return () => {
      model.parameters.data.set(parameters);
      for (const [name, data] of kept) state.tensors.get(name)!.data.set(data);
      state.numbers.clear();
      for (const [name, value] of numbers) state.numbers.set(name, value);
      state.step = step;
      state.restored();
      model.parametersChanged();
    };
  }

  [Symbol.dispose](): void {
    this.scope.dispose();
  }

  #damaged(loss: Loss): Loss {
    return {
      ...loss,
      evaluate: (output, target, gradient) => {
        const value = loss.evaluate(output, target, gradient);
        if (gradient && this.lossDamage.gradient !== undefined) {
          gradient.data[0] = this.lossDamage.gradient;
        }
        return this.lossDamage.value ?? value;
      },
    };
  }
}
