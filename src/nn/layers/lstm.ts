import { fillEvery } from "../../ops/strided.ts";
import {
  checkFunction,
  checkNumber,
  checkOptions,
  checkWhole,
  namesOf,
} from "../../runtime/arguments.ts";
import { checkShape, formatShape, MAXIMUM_ELEMENTS, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { initialize, type Initializer, pytorchDefault } from "../sites/initializers.ts";
import type {
  BindContext,
  BoundLayer,
  Layer,
  ReverseContext,
  SecondOrderContext,
  SecondOrderSweep,
  TangentContext,
} from "./layer.ts";
import type { SiteDescription } from "../sites/site.ts";
import { GATES, LstmForward } from "./lstm/forward.ts";
import { type LstmReverse, reverseLstm } from "./lstm/reverse.ts";
import { secondOrderLstm } from "./lstm/second_order.ts";
import { type LstmTangent, tangentLstm } from "./lstm/tangent.ts";
import { lstmArrays } from "../sites/stored_array.ts";

/** Options of `lstm()`. */
export interface LstmOptions {
  /** Sets the initial weights. @default uniform in ±1/√units, as PyTorch does */
  readonly initializer?: Initializer;
  /** What the biases of the forget gates then are. @default 1 */
  readonly forgetBias?: number;
}

const NAMES = namesOf<LstmOptions>({ initializer: true, forgetBias: true });

/** Time steps and features of a sequence. */
function checkSequence(input: Shape): readonly [steps: number, features: number] {
  checkShape("apply lstm", input);
  const [steps, features] = input;
  if (input.length === 2 && steps > 0 && features > 0) return [steps, features];
  throw new TypeError(
    `Cannot apply lstm to samples of shape ${formatShape(input)}: it needs (steps, features)`,
  );
}

/** Fills W, then sets the biases of the forget gates, which have the second block of rows. */
function withForgetBias(initializer: Initializer, units: number, bias: number): Initializer {
  return (context) => {
    initialize(initializer, context);
    const { weight } = context, [, step] = weight.shape;
    fillEvery(weight, { first: (units + 1) * step - 1, step, count: units }, bias);
  };
}

/**
 * A long short-term memory over whole sequences, from h = c = 0:
 * i, f, o = sigmoid(z), g = tanh(z), c_t = f c_{t-1} + i g, h_t = o tanh(c_t), with z = [x_t | h_{t-1} | 1] Wᵀ.
 *
 * One affine site at T positions; sample n has the rows n T to n T + T - 1. Follow it by `lastStep()`, by layers
 * that act at each step, or by another `lstm()`. All sweeps go through the whole sequence, none is truncated.
 *
 * Shapes: input (B, T, features), output (B, T, units), W (4 units, features + units + 1) = [W_x | W_h | bias],
 * its rows in the blocks i, f, g, o.
 *
 * @param units Size of the hidden state (H).
 * @throws {TypeError} when `units` or an option has the wrong type.
 * @throws {RangeError} when `units` is not whole and positive, or `forgetBias` not finite.
 *
 * Source: Hochreiter & Schmidhuber 1997; forget gates: Gers, Schmidhuber & Cummins 2000.
 *
 * @example
 * ```ts
 * import { lstm, sequential, zeros } from "curvature";
 * import { assertEquals } from "@std/assert";
 *
 * using model = sequential({ input: [5, 3] }, [lstm(4), lstm(2)]);
 * using x = zeros([1, 5, 3]);
 * using y = model.predict(x);
 * assertEquals(y.shape, [1, 5, 2]);
 * assertEquals(model.sites[0].weight.shape, [16, 3 + 4 + 1]);
 * ```
 */
export function lstm(units: number, options: LstmOptions = {}): Layer {
  const action = "make lstm";
  checkWhole(action, "units", units, 1, MAXIMUM_ELEMENTS);
  checkOptions(action, options, NAMES);
  const { forgetBias = 1 } = options;
  const { initializer = (context) => pytorchDefault()({ ...context, fanIn: units }) } = options;
  checkFunction(action, "initializer", initializer);
  checkNumber(action, "forgetBias", forgetBias);
  return Object.freeze({
    kind: "lstm",
    options: Object.freeze({ units }),
    steps: "each",
    hasHiddenStates: true,
    outputShape: (input: Shape): Shape => [checkSequence(input)[0], units],
    sites: (input: Shape): SiteDescription[] => {
      const [steps, features] = checkSequence(input);
      return [{
        kind: "lstm",
        outputs: GATES * units,
        inputs: features + units + 1,
        hasBias: true,
        positions: steps,
        initializer: withForgetBias(initializer, units, forgetBias),
        arrays: lstmArrays(features, units),
      }];
    },
    bind: (context: BindContext): BoundLayer => new BoundLstm(context, units),
  });
}

class BoundLstm implements BoundLayer<LstmReverse, LstmTangent> {
  readonly output: Tensor;
  readonly sites: BoundLayer["sites"];
  readonly #forward: LstmForward;

  constructor(context: BindContext, units: number) {
    this.#forward = new LstmForward(context, units);
    this.output = this.#forward.hidden;
    this.sites = [this.#forward.site];
  }

  forward(): void {
    this.#forward.run();
  }

  reverse(context: ReverseContext): LstmReverse {
    return reverseLstm(this.#forward, context);
  }

  tangent(context: TangentContext): LstmTangent {
    return tangentLstm(this.#forward, context);
  }

  secondOrder(context: SecondOrderContext<LstmReverse, LstmTangent>): SecondOrderSweep {
    return secondOrderLstm(this.#forward, context);
  }
}
