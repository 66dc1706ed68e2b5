// What a loss says of itself beside value, gradient and product: a root of its Hessian, residuals, that its Hessian is the
// identity, that it is a sum over steps. Each is held against what follows from the three.
//
// In JavaScript: a checker runs on a few samples, once, for whoever writes a layer, a loss or a model.
import { Scope } from "../../runtime/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Loss } from "../losses/loss.ts";
import { type Bounds, compare, failure, type Finding } from "./finding.ts";
import type { Draws } from "./probe.ts";

/** A loss at one point. */
export interface LossPoint {
  /** The loss. */
  readonly loss: Loss;
  /** Outputs (B, …). */
  readonly z: Tensor;
  /** Targets. */
  readonly y: Tensor;
}

/** Findings on everything that the loss has. */
export function checkCapabilities(point: LossPoint, draws: Draws, bounds: Bounds): Finding[] {
  using scope = new Scope();
  const { loss, z, y } = point, like = (): Tensor => scope.own(new Tensor(z.dtype, z.shape));
  const [u, product] = [draws.fill(like()), like()];
  loss.hessianProduct(z, y, u, product);
  const findings: Finding[] = [];
  if (loss.hasUnitHessian) {
    findings.push(compare({
      check: "the Hessian is the identity",
      broken: "the Hessian is not the identity, though hasUnitHessian says so",
      found: [...product.data],
      expected: [...u.data],
      bound: bounds.identity,
      batchSize: z.shape[0],
    }));
  }
  if (loss.hessianRoot) findings.push(checkRoot(point, u, product, bounds));
  if (loss.residuals) findings.push(...checkResiduals(point, bounds));
  const finding = loss.isSumOverSteps ? checkSum(point, bounds) : undefined;
  return finding ? [...findings, finding] : findings;
}

/** Writes S, column by column, and shows each. */
function visitRoot({ loss, z, y }: LossPoint, visit: (s: Tensor, c: number) => void): void {
  using work = new Tensor(z.dtype, z.shape);
  using column = new Tensor(z.dtype, z.shape);
  const root = loss.hessianRoot!(z, y, work);
  for (let c = 0; c < z.size / z.shape[0]; c++) {
    root(c, column);
    visit(column, c);
  }
}

function checkRoot(point: LossPoint, u: Tensor, product: Tensor, bounds: Bounds): Finding {
  const { z } = point, width = z.size / z.shape[0];
  const found = new Array<number>(z.size).fill(0), given = u.data.slice();
  visitRoot(point, ({ data: s }) => {
    for (let start = 0; start < s.length; start += width) {
      let along = 0;
      for (let k = start; k < start + width; k++) along += s[k] * given[k];
      for (let k = start; k < start + width; k++) found[k] += along * s[k];
    }
  });
  return compare({
    check: "hessianRoot() is a root of the Hessian",
    broken: "hessianRoot() is no root of the Hessian, S Sᵀu is not H u",
    found,
    expected: [...product.data],
    bound: bounds.identity,
    batchSize: z.shape[0],
  });
}

function checkResiduals(point: LossPoint, bounds: Bounds): Finding[] {
  const { loss, z, y } = point, [batchSize] = z.shape, width = z.size / batchSize;
  using residuals = new Tensor(z.dtype, z.shape);
  using gradient = new Tensor(z.dtype, z.shape);
  loss.residuals!(z, y, residuals);
  const value = loss.evaluate(z, y, gradient);
  const r = [...residuals.data], found = new Array<number>(z.size).fill(0);
  const findings = [compare({
    check: "the loss is half the sum of the squares of its residuals",
    broken: "the loss is not half the sum of the squares of its residuals",
    found: [r.reduce((sum, each) => sum + each * each / 2, 0)],
    expected: [value],
    bound: bounds.identity,
    batchSize,
  })];
  if (!loss.hessianRoot) return findings;
  visitRoot(point, ({ data: s }, c) => {
    for (let k = 0; k < s.length; k++) found[k] += s[k] * r[Math.floor(k / width) * width + c];
  });
  return [
    ...findings,
    compare({
      check: "hessianRoot() times the residuals is the gradient",
      broken: "hessianRoot() times the residuals is not the gradient",
      found,
      expected: [...gradient.data],
      bound: bounds.identity,
      batchSize,
    }),
  ];
}

/** The loss of outputs (B, T, …) beside that of their steps as samples; absent where outputs have no steps. */
function checkSum({ loss, z, y }: LossPoint, bounds: Bounds): Finding | undefined {
  const [batchSize, steps, ...output] = z.shape;
  if (output.length === 0) return undefined;
  const [check, broken] = [
    "the loss is the sum over steps",
    "the loss is not the sum over steps, though isSumOverSteps says so",
  ];
  const hasSteps = y.shape.length > 1 && y.shape[1] === steps;
  if (!hasSteps) {
    return {
      check,
      holds: false,
      error: Infinity,
      bound: bounds.identity,
      diagnosis: `${broken}: its targets have no steps`,
    };
  }
  const rows = batchSize * steps;
  const [alone, targets] = [z.view([rows, ...output]), y.view([rows, ...y.shape.slice(2)])];
  try {
    const [found, expected] = [[loss.evaluate(z, y)], [loss.evaluate(alone, targets)]];
    return compare({ check, broken, found, expected, bound: bounds.identity, batchSize });
  } catch (error) {
    return failure(check, error);
  }
}
