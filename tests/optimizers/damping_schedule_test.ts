import { afterFailure, afterSuccess, startDamping } from "../../src/optimizers/damping_schedule.ts";
import { equal, near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { fewRoundings } from "../_support/tolerance.ts";

test("Nielsen's λ falls by at most three and rises by 2, 4, 8, …", () => {
  const start = startDamping("nielsen", 6);
  for (
    const [ratio, factor] of [[1, 1 / 3], [2, 1 / 3], [0.5, 1], [0.75, 0.875], [0, 2]] as const
  ) {
    const { value, growth } = afterSuccess("nielsen", start, ratio);
    near(value, 6 * factor, fewRoundings("float64"), `ratio ${ratio}`);
    equal(growth, 2);
  }
  let damping = start;
  const values = [1, 2, 3].map(() => (damping = afterFailure("nielsen", damping)).value);
  equal(values, [12, 48, 384]);
  equal(afterSuccess("nielsen", damping, 0.5).growth, 2, "a success forgets the rises");
});

test("Marquardt's λ falls and rises by ten", () => {
  const start = startDamping("marquardt", 5);
  equal(afterSuccess("marquardt", start, 0.01).value, 0.5);
  equal(afterFailure("marquardt", afterFailure("marquardt", start)).value, 500);
});
