// The same fit of 16 peaks, 48 parameters, from the same start, beside ml-levenberg-marquardt.
import { curveFit } from "../src/optimizers/curve_fit.ts";
import { type Case, measure, type Row, rowOf, slowdown } from "./_support/harness.ts";
import type { Bench, Outcome, Target } from "./_support/report.ts";
import {
  type FitProblem,
  mlLevenbergMarquardt,
  type RivalFit,
} from "./rivals/ml_levenberg_marquardt.ts";

const PEAKS = 16;
const POINTS = 400;

/** Iterations that the rival makes unless it is told otherwise; it has no test of convergence. */
const RIVAL_DEFAULT = 100;

/** How near the rival's sum of squares must come to ours to count as found. */
const SAME = 1 + 1e-9;

const { exp, sin, cos } = Math;

/** Σ a e^(-((x - c) / w)²). */
function curve(p: readonly number[], x: number): number {
  let sum = 0;
  for (let k = 0; k < p.length; k += 3) {
    const u = (x - p[k + 1]) / p[k + 2];
    sum += p[k] * exp(-u * u);
  }
  return sum;
}

function jacobian(p: readonly number[], x: number): number[] {
  const row = new Array<number>(p.length);
  for (let k = 0; k < p.length; k += 3) {
    const u = (x - p[k + 1]) / p[k + 2], e = exp(-u * u);
    row[k] = e;
    row[k + 1] = 2 * p[k] * e * u / p[k + 2];
    row[k + 2] = 2 * p[k] * e * u * u / p[k + 2];
  }
  return row;
}

function problem(): FitProblem {
  const x = Array.from({ length: POINTS }, (_, i) => i / (POINTS - 1) * PEAKS);
  const truth = Array.from({ length: PEAKS }, (_, k) => [
    1 + 0.5 * sin(3 * k),
    k + 0.5,
    0.35 + 0.05 * cos(k),
  ]).flat();
  const start = truth.map((value, i) => {
    const shift = 0.1 * sin(5 * i);
    return i % 3 === 1 ? value + shift : value * (1 + shift);
  });
  return { x, y: x.map((t, i) => curve(truth, t) + 0.01 * sin(37 * i)), start, curve, jacobian };
}

function sumOfSquares({ x, y }: FitProblem, parameters: readonly number[]): number {
  return x.reduce((sum, t, i) => sum + (y[i] - curve(parameters, t)) ** 2, 0);
}

async function outcomeOf(
  fit: FitProblem,
  rival: RivalFit,
  usesJacobian: boolean,
): Promise<{ rows: Row[]; target: Target }> {
  const { x, y, start } = fit;
  const how = usesJacobian ? "with derivatives" : "by central differences";
  const ours = (): readonly number[] =>
    curveFit(curve, x, y, { start, ...(usesJacobian && { jacobian }) }).parameters;
  const best = sumOfSquares(fit, ours());
  const theirs = (maxIterations: number) => rival(fit, { maxIterations, usesJacobian });
  let least = 1;
  while (least < RIVAL_DEFAULT && sumOfSquares(fit, theirs(least)) > best * SAME) least++;
  const own: Case = { name: `curveFit, ${how}`, run: ours };
  const usual: Case = {
    name: `ml-levenberg-marquardt, ${how}`,
    run: () => theirs(RIVAL_DEFAULT),
  };
  const stopped: Case = { name: `the same, stopped by hand at ${least}`, run: () => theirs(least) };
  const samples = await measure([own, usual, stopped], { rounds: 3, warmUpMilliseconds: 0 });
  const figures = (parameters: readonly number[]) => ({
    "sum of squares": sumOfSquares(fit, parameters),
  });
  return {
    rows: [
      { ...rowOf(own, samples), figures: figures(ours()) },
      {
        ...rowOf(usual, samples),
        ratios: { "of ours": slowdown(samples, usual.name, own.name) },
        figures: figures(theirs(RIVAL_DEFAULT)),
      },
      {
        ...rowOf(stopped, samples),
        ratios: { "of ours": slowdown(samples, stopped.name, own.name) },
        figures: figures(theirs(least)),
      },
    ],
    target: {
      what: `${usual.name}: times ours`,
      atLeast: 5,
      measured: slowdown(samples, usual.name, own.name),
    },
  };
}

/** By differences and with derivatives. */
export const bench: Bench = {
  question: "How long does a fit of 48 parameters take, beside ml-levenberg-marquardt?",
  runtimes: ["node26"],
  needsRivals: true,
  run: async (): Promise<Outcome> => {
    const rival = await mlLevenbergMarquardt(), fit = problem();
    const outcomes = [];
    for (const usesJacobian of [false, true]) {
      outcomes.push(await outcomeOf(fit, rival, usesJacobian));
    }
    return {
      rows: outcomes.flatMap(({ rows }) => rows),
      targets: outcomes.map(({ target }) => target),
      notes: [
        "ml-levenberg-marquardt has no test of convergence but a sum of squares that is given: it makes its 100 iterations",
      ],
    };
  },
};
