// How one time step of an LSTM changes along a direction in which z changes by dz and the state before, c, by dc:
//   dc' = df c + f dc + di g + i dg;  dh = do tanh(c') + o (1 - tanh² c') dc',  with di = i (1 - i) dz_i and so on.
//
// Reads dz, s, c and dc; writes dc' behind dc, dh, and dh once more at `next`, which may be dh. Elementwise.
import { step, store_step } from "../../inline/step";
import { address, gate, sigmoid_slope, tanh_slope } from "./gates";

// @ts-ignore: decorator
@kernel
export function lstm_tangent<T>(
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
