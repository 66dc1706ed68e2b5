// Each site's factored systems, solved in the place of the gradient.
import { measureCurvature } from "../ea_cg/curvature.ts";
import type { EA_CURVATURE_DOMAINS } from "../ea_cg/settings.ts";
import type { Preconditioner, Situation } from "../preconditioned_step.ts";
import type { KfiSettings } from "./settings.ts";
import { precondition } from "./site.ts";
import type { KfiState } from "./state.ts";

/** Measures the curvature of every site. */
export function kfiPreconditioner(
  { state, lin: { batchSize }, lin, values: { alpha, l2 }, settings }: Situation<
    KfiState,
    KfiSettings,
    typeof EA_CURVATURE_DOMAINS
  >,
): Preconditioner {
  const sites = measureCurvature(state, lin, settings);
  return {
    apply: (vector) =>
      state.split.apply(vector, vector, { damping: alpha, share: 1 - alpha }, (i, block) => {
        const values = { alpha, l2, batchSize };
        precondition(state, sites[i], state.hessians[i], block, values, settings);
      }),
    commit() {
      state.split.commit();
      return { damping: alpha };
    },
  };
}
