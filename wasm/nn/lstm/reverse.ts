// An LSTM backwards, from the cotangents u of its outputs, what the later step handed to h, and the carry it handed to c':
//   dh = u + carried h;  dc = carried c + dh o (1 - tanh² c')
//   g = (dc g i(1-i), dc c f(1-f), dc i (1-g²), dh tanh(c') o(1-o));  carried h = g W_h;  carry = dc f;  dx = g W_x.
//
// Reads w, s, c and u as forward.ts has them; writes g as z is. `handed` and `carried` (samples, kept, units) hold dh and
// dc: with kept = steps + 1 those of step t behind what it hands on, at t + 1, with kept = 1 those of one step in the
// place of the other's. dx as x, unless its address is 0. Products as by gemm; all else elementwise.
import { step, store_step } from "../../inline/step";
import { gemm } from "../../level3/gemm";
import { is_one_block, PACKED_B } from "../../level3/product";
import { copy_rows } from "../copy_rows";
import { address, gate, sigmoid_slope, tanh_slope } from "./gates";

// @ts-ignore: decorator
@kernel
export function lstm_reverse<T>(
  samples: i32,
  steps: i32,
  width: i32,
  units: i32,
  w: usize,
  s: usize,
  c: usize,
  u: usize,
  handed: usize,
  carried: usize,
  kept: i32,
  g: usize,
  dx: usize,
  work: usize,
): void {
  const gates = 4 * units, ldh = kept * units, ldw = width + units + 1;
  const last = kept > 1 ? steps : 0, again = is_one_block<T>(units, gates) ? PACKED_B : 0;
  clear_step<T>(samples, units, handed, last, ldh);
  clear_step<T>(samples, units, carried, last, ldh);
  for (let t = steps - 1; t >= 0; t--) {
    const from = kept > 1 ? t + 1 : 0, to = kept > 1 ? t : 0;
    const gt = address<T>(g, t, gates);
    reverse_step<T>(
      samples,
      units,
      address<T>(s, t, 5 * units),
      5 * steps * units,
      address<T>(c, t, units),
      (steps + 1) * units,
      address<T>(u, t, units),
      steps * units,
      address<T>(handed, from, units),
      ldh,
      address<T>(carried, from, units),
      address<T>(carried, to, units),
      ldh,
      gt,
      steps * gates,
    );
    if (t == 0) break;
    // deno-fmt-ignore
    gemm<T>(
        t + 1 < steps ? again : 0, samples, units, gates, <T> 1, gt, steps * gates, w + <usize> width * sizeof<T>(), ldw,
      <T> 0, address<T>(handed, to, units), ldh, work,
    );
  }
  if (dx == 0) return;
  gemm<T>(0, samples * steps, width, gates, <T> 1, g, gates, w, ldw, <T> 0, dx, width, work);
}

/** Sets the rows of a step to zero. */
export function clear_step<T>(samples: i32, units: i32, p: usize, t: i32, stride: i32): void {
  const size = <i32> sizeof<T>();
  copy_rows(samples, units * size, 0, 0, address<T>(p, t, units), <usize> stride * <usize> size);
}

// Of one step. h and d hold what was carried, and then the sums dh and dc; the carry may be d itself.
function reverse_step<T>(
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
