// (G + λ_G I)^-1 M (A + λ_A I)^-1 at every site.
import { dampedInverse } from "../../linalg/damped_inverse.ts";
import { meanDiagonal } from "../../linalg/trace.ts";
import { gemm } from "../../ops/gemm.ts";
import { matrix } from "../../ops/matrix.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Replaceable } from "../optimizer.ts";
import type { Preconditioner, Situation } from "../preconditioned_step.ts";
import type { KFAC_DOMAINS, KfacSettings } from "./settings.ts";
import type { KfacState } from "./state.ts";

/** Takes the batch's moments in and inverts the factors, each where it is due. */
export function kfacPreconditioner(
  { state, lin, values, settings }: Situation<KfacState, KfacSettings, typeof KFAC_DOMAINS>,
): Preconditioner {
  const { step, seen } = state, { damping } = values;
  const absorbs = seen === 0 || step % values.factorInterval === 0;
  const inverts = step < values.warmupSteps || step % values.inverseInterval === 0;
  if (absorbs) state.absorb(lin, settings, seen === 0 ? 1 : 1 - values.decay);
  if (inverts) invertFactors(state, absorbs, damping, settings.split);
  return {
    apply: (vector) =>
      state.multiply(vector, {
        left: (i, block, out) =>
          gemm(matrix(valueOf(state.sites[i].outputInverse, inverts)), block, out),
        right: (i) => valueOf(state.sites[i].inputInverse, inverts),
        others: { damping, isPrepared: absorbs },
      }),
    commit() {
      if (absorbs) state.commitFactors();
      if (inverts) state.commitInverses();
      return { damping };
    },
  };
}

/** The value that this step uses: the prepared one where there is one. */
function valueOf({ current, next }: Replaceable, isPrepared: boolean): Tensor {
  return isPrepared ? next : current;
}

/** π of Martens & Grosse 2015, section 6.3; 1 where a factor vanishes, as after dead units. */
function ratio(inputFactor: Tensor, outputFactor: Tensor, split: KfacSettings["split"]): number {
  if (split === "plain") return 1;
  const [a, g] = [meanDiagonal(inputFactor), meanDiagonal(outputFactor)];
  return a > 0 && g > 0 ? Math.sqrt(a / g) : 1;
}

/** Prepares (A + π√λ I)^-1 and (G + √λ/π I)^-1 of every site. */
function invertFactors(
  state: KfacState,
  areFactorsPrepared: boolean,
  damping: number,
  split: KfacSettings["split"],
): void {
  const root = Math.sqrt(damping);
  for (const site of state.sites) {
    const inputFactor = valueOf(site.inputFactor, areFactorsPrepared);
    const outputFactor = valueOf(site.outputFactor, areFactorsPrepared);
    const pi = ratio(inputFactor, outputFactor, split);
    dampedInverse(inputFactor, root * pi, site.inputInverse.next, site.inputWork);
    dampedInverse(outputFactor, root / pi, site.outputInverse.next, site.outputWork);
  }
}
