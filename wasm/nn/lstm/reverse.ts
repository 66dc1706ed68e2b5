// One time step of an LSTM backwards, from the cotangent u of its output, what the later step handed to h, and the
// carry it handed to c':
//   dh = u + carried h;  dc = carried c + dh o (1 - tanh² c')
//   g = (dc g i(1-i), dc c f(1-f), dc i (1-g²), dh tanh(c') o(1-o));  carry = dc f.
//
// Reads s, c (the state before), u; h and d hold what was carried, and then the sums dh and dc. Writes g, and the
// carry, which may be d itself where nothing needs the sum. Elementwise.
import { step, store_step } from "../../inline/step";
import { address, gate, sigmoid_slope, tanh_slope } from "./gates";

// @ts-ignore: decorator
@kernel
export function lstm_reverse<T>(
  rows: i32,
  units: i32,
  s: usize,
  lds: i32,
  c: usize,
  ldc: i32,
  u: usize,
  ldu: i32,
  h: usize,
  ldh: i32,
  d: usize,
  carry: usize,
  ldd: i32,
  g: usize,
  ldg: i32,
): void {
  const block = <usize> units * sizeof<T>();
  for (let r = 0; r < rows; r++) {
    for (let j = 0, count = 0; j < units; j += count) {
      count = step<T>(units - j);
      const at = <usize> j * sizeof<T>();
      const ss = s + at, gs = g + at;
      const input = gate<T>(ss, 0, units, count), forget = gate<T>(ss, 1, units, count);
      const candidate = gate<T>(ss, 2, units, count), output = gate<T>(ss, 3, units, count);
      const squashed = gate<T>(ss, 4, units, count);
      const dh = v128.add<T>(gate<T>(u + at, 0, units, count), gate<T>(h + at, 0, units, count));
      const dc = v128.add<T>(
        gate<T>(d + at, 0, units, count),
        v128.mul<T>(dh, v128.mul<T>(output, tanh_slope<T>(squashed))),
      );
      const before = gate<T>(c + at, 0, units, count);
      store_step<T>(gs, v128.mul<T>(v128.mul<T>(dc, candidate), sigmoid_slope<T>(input)), count);
      store_step<T>(gs + block, v128.mul<T>(v128.mul<T>(dc, before), sigmoid_slope<T>(forget)), count);
      store_step<T>(gs + 2 * block, v128.mul<T>(v128.mul<T>(dc, input), tanh_slope<T>(candidate)), count);
      store_step<T>(
        gs + 3 * block,
        v128.mul<T>(v128.mul<T>(dh, squashed), sigmoid_slope<T>(output)),
        count,
      );
      store_step<T>(h + at, dh, count);
      store_step<T>(d + at, dc, count);
      store_step<T>(carry + at, v128.mul<T>(dc, forget), count);
    }
    s = address<T>(s, 1, lds);
    c = address<T>(c, 1, ldc);
    u = address<T>(u, 1, ldu);
    h = address<T>(h, 1, ldh);
    d = address<T>(d, 1, ldd);
    carry = address<T>(carry, 1, ldd);
    g = address<T>(g, 1, ldg);
  }
}
