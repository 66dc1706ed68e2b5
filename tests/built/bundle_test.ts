// The one file that pages and edge workers take: the same names and the same bits as the modules.
import * as modules from "../_support/api.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

type Library = typeof modules;

const BUNDLE: string = "../../bundle.js"; // a name of type string is none that `deno check` looks for
// At the top level, where edge workers still compile bytes.
const bundle = await import(BUNDLE) as Library;

async function digestOfTraining(library: Library): Promise<string> {
  const { dense, digest, kBfgs, normal, randomKey, Scope, sequential, squaredError, tanh } =
    library;
  using scope = new Scope();
  const model = scope.own(sequential({ input: [5], seed: 7 }, [dense(6), tanh(), dense(2)]));
  const batch = {
    input: scope.own(normal(randomKey(1), [8, 5])),
    target: scope.own(normal(randomKey(2), [8, 2])),
  };
  const loss = squaredError();
  const optimizer = kBfgs();
  const state = scope.own(optimizer.init(model, { loss, warmStart: [batch] }));
  for (let step = 0; step < 5; step++) optimizer.step(state, { model, loss, batch });
  return await digest(model.parameters);
}

test("the bundle has the names of the modules", () => {
  equal(Object.keys(bundle).sort(), Object.keys(modules).sort());
});

test("the bundle trains to the bits of the modules", async () => {
  equal(await digestOfTraining(bundle), await digestOfTraining(modules));
});
