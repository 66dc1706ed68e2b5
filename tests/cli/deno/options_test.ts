import { parseOptions } from "../../../src/cli/options.ts";
import { equal, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { UsageError } from "../../../src/cli/usage_error.ts";

function refused(args: string, pattern: RegExp): void {
  throws(() => parseOptions(args.split(" ")), UsageError, pattern);
}

test("parseOptions() without arguments asks for K-BFGS and Adam on digits", () => {
  const { source: { data }, optimizers, epochs, seed, json, report, help } = parseOptions([]);
  equal([data, optimizers, seed, report, help], [
    "digits",
    ["k-bfgs", "adam"],
    0,
    "reports/digits.html",
    false,
  ]);
  equal([epochs, json], [undefined, undefined]);
});

test("parseOptions() takes values after a space or an equals sign, and lists of optimizers", () => {
  const args = "--data=mnist --data-dir d --optimizer sgd,k-fac,sgd --epochs=3 --seed 7 --json f";
  const { source: { data, dataDirectory }, optimizers, epochs, seed, json, report } = parseOptions(
    args.split(" "),
  );
  equal([data, dataDirectory, optimizers, epochs, seed, json, report], [
    "mnist",
    "d",
    ["sgd", "k-fac"],
    3,
    7,
    "f",
    "reports/mnist.html",
  ]);
});

test("parseOptions() names what it does not know and what it would take", () => {
  refused("--optimiser adam", /no --optimiser, the options are --data, /);
  refused("adam", /no adam, the options are/);
  refused("-x", /no -x, /);
  refused("--optimizer adam,newton", /"newton", not one of k-bfgs, .*adam, sgd/);
  refused("--optimizer", /--optimizer has no value/);
  refused("--data cifar", /"cifar", not one of digits, curves, mnist/);
  for (const value of ["0", "-1", "2.5", "1e3", "many", "999999999"]) {
    refused(`--epochs=${value}`, /not a whole number from 1 to 100000/);
  }
  refused("--seed=-1", /--seed is "-1", not a whole number from 0/);
  refused("--data mnist", /needs --data-dir/);
  refused("--data-dir d", /goes with --data mnist/);
});
