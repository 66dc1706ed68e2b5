/** Decides when an iteration has done enough; made by `martens()`. */
export interface StopRule {
  /** True to stop; `phi` holds ½ xᵀA x - bᵀx of the start and of every iterate. */
  isSatisfied(phi: readonly number[]): boolean;
}
