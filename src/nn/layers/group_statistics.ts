// Statistics of groups of a sample's own elements: r = 1 / √(variance + ε), x̂ = (x - mean) r and
// P c = r (c - mean(c) - x̂ mean(x̂ c)).
import { bend, type Groups, normalize, type Normalized, project } from "../../ops/normalization.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Statistics } from "./bound_normalization.ts";
import type { BindContext } from "./layer.ts";

/** Plans x̂ of a bound layer's input. */
export function groupStatistics(
  { input, weights: [weight], buffer }: BindContext,
  groups: Groups,
  epsilon: number,
): Statistics {
  const [features] = weight.shape, count = input.size / features;
  const rows = buffer([count, features], "normalized");
  const inverse = buffer([count / groups.positions * groups.groups], "inverse");
  const normalized: Normalized = { ...groups, rows, inverse };
  return {
    rows,
    forward: (): void => normalize(input, epsilon, normalized),
    project: (c: Tensor, out: Tensor): void => project(normalized, c, out),
    isBent: (): boolean => true,
    bend: (tangent: Tensor, pushed: Tensor, c: Tensor, out: Tensor): void =>
      bend(normalized, tangent, pushed, c, out),
  };
}
