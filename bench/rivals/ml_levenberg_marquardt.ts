// ml-levenberg-marquardt, asked for the same fit from the same start.
const LIBRARY: string = "ml-levenberg-marquardt";

/** One fit. */
export interface FitProblem {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly start: readonly number[];
  readonly curve: (parameters: readonly number[], x: number) => number;
  /** Derivatives in the parameters. */
  readonly jacobian: (parameters: readonly number[], x: number) => number[];
}

/** Fits and returns the parameters after at most so many iterations. */
export type RivalFit = (
  problem: FitProblem,
  options: { readonly maxIterations: number; readonly usesJacobian: boolean },
) => number[];

/** The library, loaded. Its one rule to stop early is a sum of squares, which nobody knows beforehand. */
export async function mlLevenbergMarquardt(): Promise<RivalFit> {
  // The package is only there after `npm ci`, hence without its types.
  // deno-lint-ignore no-explicit-any
  const { levenbergMarquardt }: any = await import(LIBRARY);
  return ({ x, y, start, curve, jacobian }, { maxIterations, usesJacobian }) =>
    levenbergMarquardt({ x, y }, (p: number[]) => (t: number) => curve(p, t), {
      initialValues: start,
      maxIterations,
      errorTolerance: 0,
      damping: 0.01,
      gradientDifference: 1e-6,
      centralDifference: true,
      ...(usesJacobian && { jacobianFunction: (p: number[]) => (t: number) => jacobian(p, t) }),
    }).parameterValues;
}
