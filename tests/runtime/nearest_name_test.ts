import { namesOf, withDefaults } from "../../src/runtime/arguments.ts";
import { otherName } from "../../src/runtime/nearest_name.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const KNOWN = ["batchSize", "learningRate", "maxIterations", "tolerance", "beta1", "beta2"];

function meant(name: string): string | undefined {
  return otherName(name, KNOWN).match(/did you mean "(\w+)"\?$/)?.[1];
}

test("otherName() knows a name in other letters, with slips, and as other libraries have it", () => {
  for (const name of ["batch_size", "BATCHSIZE", "batch-size", "bathcSize", "batchSise"]) {
    equal(meant(name), "batchSize");
  }
  for (const name of ["lr", "LR", "step_size", "learning_rate", "learnRate"]) {
    equal(meant(name), "learningRate");
  }
  equal([meant("maxiter"), meant("max_iter"), meant("tol")], [
    "maxIterations",
    "maxIterations",
    "tolerance",
  ]);
  equal([meant("beta11"), meant("beta22")], ["beta1", "beta2"]);
});

test("otherName() lists what there is where nothing is near", () => {
  equal(meant("bounds"), undefined);
  equal(otherName("bounds", ["start", "weights"]), ', only "start", "weights"');
  equal(otherName("constructor", ["start"]), ', only "start"');
});

test("withDefaults() refuses the names that every object inherits, and takes absent ones for absent", () => {
  throws(() => withDefaults("try", { toString: 1 }, { a: 1 }), TypeError, /no option "toString"/);
  equal(withDefaults("try", { a: undefined, b: undefined }, { a: 1 }), { a: 1 });
});

interface Narrow {
  readonly a?: number;
  readonly b?: number;
}

test("namesOf() has exactly the names of its type, or does not compile", () => {
  equal([...namesOf<Narrow>({ a: true, b: true })], ["a", "b"]);
  // @ts-expect-error -- a name is missing
  namesOf<Narrow>({ a: true });
  // @ts-expect-error -- a name is surplus
  namesOf<Narrow>({ a: true, b: true, c: true });
});
