// L^(-1/4) M R^(-1/4) at every site.
import { gemm } from "../../ops/gemm.ts";
import { type Matrix, matrix } from "../../ops/matrix.ts";
import { norm, scale } from "../../ops/vector.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Preconditioner, siteBySite, type Situation } from "../preconditioned_step.ts";
import type { SHAMPOO_DOMAINS, ShampooSettings } from "./settings.ts";
import type { ShampooSide, ShampooState } from "./state.ts";

/** Takes the gradient in, and makes roots where they are due. */
export function shampooPreconditioner(
  { state, problem: { model: { sites } }, values, settings }: Situation<
    ShampooState,
    ShampooSettings,
    typeof SHAMPOO_DOMAINS
  >,
): Preconditioner {
  const { step } = state;
  state.absorb(sites);
  const hasRoots = step < values.warmupSteps || step % values.rootInterval === 0;
  if (hasRoots) state.makeRoots(settings.epsilon);
  const rootOf = ({ root }: ShampooSide): Tensor => hasRoots ? root.next : root.current;
  return {
    apply(vector) {
      const left = (i: number, block: Matrix, out: Tensor): Tensor =>
        gemm(matrix(rootOf(state.sites[i].left)), block, out);
      const right = (i: number): Tensor => rootOf(state.sites[i].right);
      const out = state.multiply(vector, { left, right });
      if (settings.grafting === "none") return out;
      return siteBySite(sites, vector, out, (_, block, direction) => graft(direction, norm(block)));
    },
    commit() {
      state.commit(hasRoots);
      return undefined;
    },
  };
}

/** Gives a direction that is not zero a size. */
function graft(direction: Tensor, wanted: number): void {
  const size = norm(direction);
  if (size > 0) scale(wanted / size, direction);
}
