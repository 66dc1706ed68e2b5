// How an LSTM changes along a direction in which z changes by dz and the state before, c, by dc:
//   dz = [dx_t | dh_{t-1}] W^T + [x_t | h_{t-1} | 1] dW^T
//   dc' = df c + f dc + di g + i dg;  dh = do tanh(c') + o (1 - tanh² c') dc',  with di = i (1 - i) dz_i and so on.
//
// Reads w, rows, s and c as forward.ts has them; dw, none where the address is 0, and dx, zero where it is. Writes drows,
// dz, dc and dh, shaped as what changes. Products as by gemm; all else elementwise.
import { step, store_step } from "../../inline/step";
import { gemm } from "../../level3/gemm";
import { is_one_block, ONES_A, PACKED_B, TRANSPOSE_B } from "../../level3/product";
import { begin } from "./forward";
import { address, gate, sigmoid_slope, tanh_slope } from "./gates";

// @ts-ignore: decorator
@kernel
export function lstm_tangent<T>(
  samples: i32,
  steps: i32,
  width: i32,
  units: i32,
  w: usize,
  dw: usize,
  rows: usize,
  s: usize,
  c: usize,
  dx: usize,
  drows: usize,
  dz: usize,
  dc: usize,
  dh: usize,
  work: usize,
): void {
  const columns = width + units, gates = 4 * units;
  begin<T>(samples, steps, width, units, dx, drows, dc);
  if (dw != 0) {
    // deno-fmt-ignore
    gemm<T>(
        ONES_A | TRANSPOSE_B, samples * steps, gates, columns + 1,
      <T> 1, rows, columns, dw, columns + 1, <T> 0, dz, gates, work,
    );
  }
  const again = is_one_block<T>(gates, columns) ? PACKED_B : 0;
  for (let t = 0; t < steps; t++) {
    const isLast = t + 1 == steps;
    const zt = address<T>(dz, t, gates), ht = address<T>(dh, t, units);
    // deno-fmt-ignore
    gemm<T>(
        TRANSPOSE_B | (t > 0 ? again : 0), samples, gates, columns, <T> 1, address<T>(drows, t, columns), steps * columns,
      w, columns + 1, dw != 0 ? <T> 1 : <T> 0, zt, steps * gates, work,
    );
    tangent_step<T>(
      samples,
      units,
      zt,
      steps * gates,
      address<T>(s, t, 5 * units),
      5 * steps * units,
      address<T>(c, t, units),
      address<T>(dc, t, units),
      (steps + 1) * units,
      ht,
      steps * units,
      isLast ? ht : address<T>(drows, t + 1, columns) + <usize> width * sizeof<T>(),
      isLast ? steps * units : steps * columns,
    );
  }
}

// Of one step; dh goes to `next` too, which after the last step may be dh.
function tangent_step<T>(
  rows: i32,
  units: i32,
  dz: usize,
  ldz: i32,
  s: usize,
  lds: i32,
  c: usize,
  dc: usize,
  ldc: i32,
  dh: usize,
  ldh: i32,
  next: usize,
  ldn: i32,
): void {
  const block = <usize> units * sizeof<T>();
  for (let r = 0; r < rows; r++) {
    for (let j = 0, count = 0; j < units; j += count) {
      count = step<T>(units - j);
      const at = <usize> j * sizeof<T>();
      const zs = dz + at, ss = s + at;
      const i = gate<T>(ss, 0, units, count), f = gate<T>(ss, 1, units, count);
      const g = gate<T>(ss, 2, units, count), o = gate<T>(ss, 3, units, count);
      const squashed = gate<T>(ss, 4, units, count);
      const di = v128.mul<T>(sigmoid_slope<T>(i), gate<T>(zs, 0, units, count));
      const df = v128.mul<T>(sigmoid_slope<T>(f), gate<T>(zs, 1, units, count));
      const dg = v128.mul<T>(tanh_slope<T>(g), gate<T>(zs, 2, units, count));
      const d_o = v128.mul<T>(sigmoid_slope<T>(o), gate<T>(zs, 3, units, count));
      const kept = v128.add<T>(
        v128.mul<T>(df, gate<T>(c + at, 0, units, count)),
        v128.mul<T>(f, gate<T>(dc + at, 0, units, count)),
      );
      const after = v128.add<T>(kept, v128.add<T>(v128.mul<T>(di, g), v128.mul<T>(i, dg)));
      const hidden = v128.add<T>(
        v128.mul<T>(d_o, squashed),
        v128.mul<T>(v128.mul<T>(o, tanh_slope<T>(squashed)), after),
      );
      store_step<T>(dc + at + block, after, count);
      store_step<T>(dh + at, hidden, count);
      store_step<T>(next + at, hidden, count);
    }
    dz = address<T>(dz, 1, ldz);
    s = address<T>(s, 1, lds);
    c = address<T>(c, 1, ldc);
    dc = address<T>(dc, 1, ldc);
    dh = address<T>(dh, 1, ldh);
    next = address<T>(next, 1, ldn);
  }
}
