// The network of tests/oracles/shortcut_net.ts, as layers.
import { concatenation, dense, type Layer, residual, tanh } from "../../mod.ts";

/** Features of a sample, and outputs. */
export const [SHORTCUT_INPUTS, SHORTCUT_OUTPUTS] = [5, 3];

/** Sums and concatenations, one inside the other. */
export function shortcutLayers(): Layer[] {
  return [
    residual([dense(4), tanh(), dense(6)], { projection: [dense(6)] }),
    tanh(),
    residual([concatenation([[dense(2), tanh()], [dense(4)]]), tanh()]),
    concatenation([[], [dense(3), tanh(), residual([dense(3), tanh()])]]),
    dense(SHORTCUT_OUTPUTS),
  ];
}
