// An LSTM over `steps` steps of `samples` samples, from h = c = 0; z = [x_t | h_{t-1} | 1] W^T:
//   i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o);  g = tanh(z_g);  c' = f c + i g;  h = o tanh(c').
//
// x (samples, steps, width); w (4 units, width + units + 1) read. Writes rows (samples, steps, width + units), the
// [x_t | h_{t-1}]; z (…, 4 units), s (…, 5 units) and h (…, units) of every step; c (samples, steps + 1, units), of
// which the first is 0. Products as by gemm, which `work` is for; all else elementwise.
import { step, store_step } from "../../inline/step";
import { gemm } from "../../level3/gemm";
import { is_one_block, ONES_A, PACKED_B, TRANSPOSE_B } from "../../level3/product";
import { copy_rows } from "../copy_rows";
import { address, gate, sigmoid, tanh } from "./gates";

// @ts-ignore: decorator
@kernel
export function lstm_forward<T>(
  samples: i32,
  steps: i32,
  width: i32,
  units: i32,
  x: usize,
  w: usize,
  rows: usize,
  z: usize,
  s: usize,
  c: usize,
  h: usize,
  work: usize,
): void {
  const columns = width + units, gates = 4 * units;
  begin<T>(samples, steps, width, units, x, rows, c);
  const again = is_one_block<T>(gates, columns + 1) ? PACKED_B : 0;
  for (let t = 0; t < steps; t++) {
    const isLast = t + 1 == steps;
    const zt = address<T>(z, t, gates), ht = address<T>(h, t, units);
    // deno-fmt-ignore
    gemm<T>(
        ONES_A | TRANSPOSE_B | (t > 0 ? again : 0), samples, gates, columns + 1,
      <T> 1, address<T>(rows, t, columns), steps * columns, w, columns + 1, <T> 0, zt, steps * gates, work,
    );
    forward_step<T>(
      samples,
      units,
      zt,
      steps * gates,
      address<T>(s, t, 5 * units),
      5 * steps * units,
      address<T>(c, t, units),
      (steps + 1) * units,
      ht,
      steps * units,
      isLast ? ht : address<T>(rows, t + 1, columns) + <usize> width * sizeof<T>(),
      isLast ? steps * units : steps * columns,
    );
  }
}

/** Rows [x_t | ·] of every step, x = 0 without address, and h = c = 0 before the first. */
// deno-fmt-ignore
export function begin<T>(
  samples: i32, steps: i32, width: i32, units: i32, x: usize, rows: usize, c: usize,
): void {
  const size = <i32> sizeof<T>(), given = width * size, columns = <usize> ((width + units) * size);
  copy_rows(samples * steps, given, x, given, rows, columns);
  copy_rows(samples, units * size, 0, 0, rows + <usize> given, <usize> steps * columns);
  copy_rows(samples, units * size, 0, 0, c, <usize> (steps + 1) * <usize> units * sizeof<T>());
}

// Of one step; h goes to `next` too, where the rows of the next step want it; after the last step that may be h.
function forward_step<T>(
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
