// A layer that passes its input on, and on request damages what passes.
import { identity, type Layer } from "../../mod.ts";
import type { BoundLayer } from "../../layers.ts";

/** What is put into the first element that passes, where it is set. */
export interface Damage {
  forward?: number;
  reverse?: number;
}

/** The identity with damage that can be changed at any time. */
export function faultLayer(damage: Damage): Layer {
  const base = identity();
  return {
    ...base,
    bind: (context): BoundLayer => {
      const bound = base.bind(context);
      return {
        ...bound,
        forward: () => {
          bound.forward();
          if (damage.forward !== undefined) bound.output.data[0] = damage.forward;
        },
        reverse: (given) => {
          const sweep = bound.reverse(given);
          const run = (): void => {
            sweep.run();
            if (damage.reverse !== undefined) sweep.inputCotangent!.data[0] = damage.reverse;
          };
          return { ...sweep, run };
        },
      };
    },
  };
}
