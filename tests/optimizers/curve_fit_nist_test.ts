// NIST's nonlinear regression problems (Statistical Reference Datasets, public domain): certified to 11 digits.
// nist_strd.json has their data, starts and certified values.
import {
  type Curve,
  type CurveFit,
  curveFit,
  type CurveFitOptions,
  type CurveGradient,
} from "../../mod.ts";
import { ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { CERTIFIED_ERRORS, CERTIFIED_PARAMETERS } from "../_support/tolerance.ts";
import problems from "./nist_strd.json" with { type: "json" };

const { exp } = Math;

const CURVES: Readonly<Record<string, Curve<number>>> = {
  Bennett5: ([a, b, c], x) => a * (b + x) ** (-1 / c),
  BoxBOD: ([a, b], x) => a * (1 - exp(-b * x)),
  Chwirut2: ([a, b, c], x) => exp(-a * x) / (b + c * x),
  DanWood: ([a, b], x) => a * x ** b,
  Eckerle4: ([a, b, c], x) => a / b * exp(-0.5 * ((x - c) / b) ** 2),
  Gauss1: ([a, b, c, d, e, f, g, h], x) =>
    a * exp(-b * x) + c * exp(-((x - d) ** 2) / e ** 2) + f * exp(-((x - g) ** 2) / h ** 2),
  Lanczos3: ([a, b, c, d, e, f], x) => a * exp(-b * x) + c * exp(-d * x) + e * exp(-f * x),
  MGH09: ([a, b, c, d], x) => a * (x * x + x * b) / (x * x + x * c + d),
  MGH10: ([a, b, c], x) => a * exp(b / (x + c)),
  Misra1a: ([a, b], x) => a * (1 - exp(-b * x)),
  Misra1b: ([a, b], x) => a * (1 - (1 + b * x / 2) ** -2),
  Rat42: ([a, b, c], x) => a / (1 + exp(b - c * x)),
  Rat43: ([a, b, c, d], x) => a / (1 + exp(b - c * x)) ** (1 / d),
  Thurber: ([a, b, c, d, e, f, g], x) =>
    (a + x * (b + x * (c + x * d))) / (1 + x * (e + x * (f + x * g))),
};

/** From the first start, which is far away, so many at least reach the certified values. */
const FROM_FAR = 12;

type Name = keyof typeof problems;
type Options = Omit<CurveFitOptions<number>, "start">;

function fitOf(name: Name, start: 0 | 1, options: Options = {}): CurveFit {
  const { x, y, starts } = problems[name];
  return curveFit(CURVES[name], x, y, { start: starts[start], ...options });
}

/** Geodesic acceleration as its authors use it. */
const ACCELERATED: Options = { acceleration: 0.75 };

/** The larger of the relative distances of parameters and of standard errors, in units of what is asked for. */
function distance(name: Name, start: 0 | 1, options?: Options): number {
  const { parameters, standardErrors } = problems[name];
  const fit = fitOf(name, start, options);
  const worst = (found: readonly number[], certified: readonly number[]): number =>
    Math.max(...certified.map((c, i) => Math.abs(found[i] / c - 1)));
  const errors = worst(fit.standardErrors, standardErrors) / CERTIFIED_ERRORS;
  const share = Math.max(worst(fit.parameters, parameters) / CERTIFIED_PARAMETERS, errors);
  return Number.isNaN(share) ? Infinity : share;
}

for (const name of Object.keys(CURVES) as Name[]) {
  test(`curveFit() reaches NIST's certified values for ${name} from the second start`, () => {
    const found = distance(name, 1);
    ok(found <= 1, `${found} times as far as it may be`);
  });
}

test(`curveFit() reaches ${FROM_FAR} of NIST's 14 from the first start`, () => {
  const missed = (Object.keys(CURVES) as Name[]).filter((name) => distance(name, 0) > 1);
  const found = Object.keys(CURVES).length - missed.length;
  ok(found >= FROM_FAR, `only ${found}; missed ${missed.join(", ")}`);
});

test("curveFit() reaches them with derivatives that are given, too", () => {
  const jacobian: CurveGradient<number> = ([a, b], x) => [1 - exp(-b * x), a * x * exp(-b * x)];
  for (const [name, start] of [["Misra1a", 0], ["Misra1a", 1], ["BoxBOD", 1]] as const) {
    const found = distance(name, start, { jacobian });
    ok(found <= 1, `${name}: ${found} times as far as it may be`);
  }
});

test("curveFit() with geodesic acceleration reaches them from the second start in less than half the steps", () => {
  let [plain, accelerated] = [0, 0];
  for (const name of Object.keys(CURVES) as Name[]) {
    const found = distance(name, 1, ACCELERATED);
    ok(found <= 1, `${name}: ${found} times as far as it may be`);
    plain += fitOf(name, 1).iterations;
    accelerated += fitOf(name, 1, ACCELERATED).iterations;
  }
  ok(2 * accelerated < plain, `${accelerated} steps beside ${plain}`);
});
