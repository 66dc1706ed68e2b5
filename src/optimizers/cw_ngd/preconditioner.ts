// (F + ε I)⁻¹ v of every segment, and of what has none, with averages whose bias is corrected.
import { meanOfDiagonals } from "../../curvature/segments/solve.ts";
import { scale, sum } from "../../ops/vector.ts";
import { startKept } from "../momentum.ts";
import { powerOf } from "../power.ts";
import type { Preconditioner, Situation } from "../preconditioned_step.ts";
import type { CW_NGD_DOMAINS, CwNgdSettings } from "./settings.ts";
import type { CwNgdState } from "./state.ts";

/** Takes the batch in, where that is due. */
export function cwNgdPreconditioner(
  { state, lin, values, settings }: Situation<CwNgdState, CwNgdSettings, typeof CW_NGD_DOMAINS>,
): Preconditioner {
  const { step, numbers } = state, { damping } = values;
  const { momentum, dampingScale } = settings;
  const before = powerOf(numbers, "decayPower");
  const absorbs = before === 1 || step % values.refreshInterval === 0;
  const power = absorbs ? before * values.decay : before;
  const momentumPower = powerOf(numbers, "momentumPower") * startKept(momentum, step);
  state.prepare(absorbs ? lin : undefined, settings, values.decay);
  const correction = 1 / (1 - power);
  let retriedSegments = 0;
  return {
    apply(vector) {
      retriedSegments = state.solve(vector, {
        scale: correction,
        epsilonOf: (entry) => epsilonAt(() => meanOfDiagonals(entry, entry.parameters)),
      });
      state.split.applyToOthers(vector, state.direction, {
        share: correction,
        damping: (diagonal) => epsilonAt(() => sum(diagonal) / diagonal.size),
        isPrepared: absorbs,
      });
      return scale(1 / (1 - momentumPower), state.direction);
    },
    abandon: () => state.release(),
    commit() {
      state.release();
      if (absorbs) state.commitMatrices();
      numbers.set("decayPower", power).set("momentumPower", momentumPower);
      return { damping, retriedSegments };
    },
  };

  /** ε, or ε in units of a mean diagonal; where that is zero, nothing else tells a unit. */
  function epsilonAt(meanOfDiagonal: () => number): number {
    if (dampingScale === "absolute") return damping;
    const mean = correction * meanOfDiagonal();
    return mean > 0 ? damping * mean : damping;
  }
}
