// What all update rules share, over flat vectors: schedules, momentum, L2, decoupled decay.

/** A number or a function of the step. */
export type OracleSchedule = number | ((step: number) => number);

/** The value at a step. */
export function at(schedule: OracleSchedule | undefined, step: number): number {
  return typeof schedule === "function" ? schedule(step) : schedule ?? 0;
}

/** Momentum by its defining recursion. */
export interface OracleMomentum {
  readonly kind: "heavy-ball" | "nesterov" | "average";
  readonly decay: number;
}

/** The new M and the direction. */
export function momentumStep(
  { kind, decay }: OracleMomentum,
  memory: readonly number[],
  gradient: readonly number[],
): { memory: number[]; direction: number[] } {
  const fresh = kind === "average" ? 1 - decay : 1;
  const next = memory.map((m, i) => decay * m + fresh * gradient[i]);
  const direction = kind === "nesterov" ? gradient.map((g, i) => g + decay * next[i]) : next;
  return { memory: next, direction };
}

/** Settings of both penalties and the step size. */
export interface UpdateSettings {
  readonly learningRate: OracleSchedule;
  readonly l2?: OracleSchedule;
  readonly weightDecay?: OracleSchedule;
}

/** gradient + l2 theta. */
export function regularized(
  gradient: readonly number[],
  theta: readonly number[],
  l2: number,
): number[] {
  return gradient.map((g, i) => g + l2 * theta[i]);
}

/** (1 - alpha decay) theta - alpha direction. */
export function updated(
  theta: readonly number[],
  direction: readonly number[],
  settings: UpdateSettings,
  step: number,
): number[] {
  const alpha = at(settings.learningRate, step);
  const keep = 1 - alpha * at(settings.weightDecay, step);
  return theta.map((value, i) => keep * value - alpha * direction[i]);
}
