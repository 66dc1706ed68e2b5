import {
  dense,
  kBfgs,
  type Model,
  normal,
  randomKey,
  Scope,
  sequential,
  squaredError,
  tanh,
} from "../../../mod.ts";

/** A model after five steps. */
export function trained(): Model {
  using scope = new Scope();
  const model = sequential({ input: [5], seed: 7 }, [dense(6), tanh(), dense(2)]);
  const batch = {
    input: scope.own(normal(randomKey(1), [8, 5])),
    target: scope.own(normal(randomKey(2), [8, 2])),
  };
  const loss = squaredError();
  const optimizer = kBfgs();
  const state = scope.own(optimizer.init(model, { loss, warmStart: [batch] }));
  for (let step = 0; step < 5; step++) optimizer.step(state, { model, loss, batch });
  return model;
}
