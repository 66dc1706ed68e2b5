// One time step of an LSTM for `rows` samples:
//   i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o);  g = tanh(z_g);  c' = f c + i g;  h = o tanh(c').
//
// Reads z and c, the state before; writes s = (i, f, g, o, tanh c'), c' behind c, h, and h once more where the rows of
// the next step's inputs want it; after the last step `next` may be h. Elementwise, so no order of additions.
import { step, store_step } from "../../inline/step";
import { address, gate, sigmoid, tanh } from "./gates";

// @ts-ignore: decorator
@kernel
export function lstm_forward<T>(
  rows: i32,
  units: i32,
  z: usize,
  ldz: i32,
  s: usize,
  lds: i32,
  c: usize,
  ldc: i32,
  h: usize,
  ldh: i32,
  next: usize,
  ldn: i32,
): void {
  const block = <usize> units * sizeof<T>();
  for (let r = 0; r < rows; r++) {
    for (let j = 0, count = 0; j < units; j += count) {
      count = step<T>(units - j);
      const zs = z + <usize> j * sizeof<T>(), ss = s + <usize> j * sizeof<T>();
      const cs = c + <usize> j * sizeof<T>();
      const i = sigmoid<T>(gate<T>(zs, 0, units, count));
      const f = sigmoid<T>(gate<T>(zs, 1, units, count));
      const g = tanh<T>(gate<T>(zs, 2, units, count));
      const o = sigmoid<T>(gate<T>(zs, 3, units, count));
      const after = v128.add<T>(v128.mul<T>(f, gate<T>(cs, 0, units, count)), v128.mul<T>(i, g));
      const squashed = tanh<T>(after);
      const hidden = v128.mul<T>(o, squashed);
      store_step<T>(ss, i, count);
      store_step<T>(ss + block, f, count);
      store_step<T>(ss + 2 * block, g, count);
      store_step<T>(ss + 3 * block, o, count);
      store_step<T>(ss + 4 * block, squashed, count);
      store_step<T>(cs + block, after, count);
      store_step<T>(h + <usize> j * sizeof<T>(), hidden, count);
      store_step<T>(next + <usize> j * sizeof<T>(), hidden, count);
    }
    z = address<T>(z, 1, ldz);
    s = address<T>(s, 1, lds);
    c = address<T>(c, 1, ldc);
    h = address<T>(h, 1, ldh);
    next = address<T>(next, 1, ldn);
  }
}
