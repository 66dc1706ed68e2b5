// How an LSTM backwards changes along a direction: every line of reverse.ts by the product rule.
// R stands before what changes; slope' of the sigmoid is (1 - 2y) times its slope, of the hyperbolic tangent -2y.
//
// Reads what reverse.ts reads and what it wrote with kept = steps + 1; rw, the change of w, none where the address is 0;
// rc and rz, those of c and z; ru, that of u. Writes rg, the change of g, and rdx, that of dx, unless its address is 0.
// rh and rd (samples, units) hold the changes of what is carried. Products as by gemm; all else elementwise.
import { step, store_step } from "../../inline/step";
import { gemm } from "../../level3/gemm";
import { address, gate, sigmoid_slope, tanh_slope } from "./gates";
import { clear_step } from "./reverse";

/** R of dy slope(y), y moved by ry = slope(y) rz; dy changes by rdy. */
// @ts-ignore: decorator
@inline
function turned<T>(dy: v128, rdy: v128, slope: v128, bend: v128, rz: v128): v128 {
  return v128.mul<T>(slope, v128.add<T>(rdy, v128.mul<T>(v128.mul<T>(dy, bend), rz)));
}

/** slope' / slope = 1 - 2 y of the sigmoid. */
// @ts-ignore: decorator
@inline
function sigmoid_bend<T>(y: v128): v128 {
  return v128.sub<T>(v128.splat<T>(<T> 1), v128.add<T>(y, y));
}

/** slope' / slope = -2 y of the hyperbolic tangent. */
// @ts-ignore: decorator
@inline
function tanh_bend<T>(y: v128): v128 {
  return v128.mul<T>(v128.splat<T>(<T> -2), y);
}

/** a b' + a' b. */
// @ts-ignore: decorator
@inline
function product_rule<T>(a: v128, ra: v128, b: v128, rb: v128): v128 {
  return v128.add<T>(v128.mul<T>(a, rb), v128.mul<T>(ra, b));
}

// @ts-ignore: decorator
@kernel
export function lstm_second_order<T>(
  samples: i32,
  steps: i32,
  width: i32,
  units: i32,
  w: usize,
  rw: usize,
  s: usize,
  c: usize,
  rc: usize,
  rz: usize,
  handed: usize,
  carried: usize,
  g: usize,
  ru: usize,
  rh: usize,
  rd: usize,
  rg: usize,
  rdx: usize,
  work: usize,
): void {
  const gates = 4 * units, ldg = steps * gates, ldc = (steps + 1) * units;
  const first = <usize> width * sizeof<T>(), rwh = rw == 0 ? 0 : rw + first;
  clear_step<T>(samples, units, rh, 0, units);
  clear_step<T>(samples, units, rd, 0, units);
  for (let t = steps - 1; t >= 0; t--) {
    const gt = address<T>(g, t, gates), rgt = address<T>(rg, t, gates);
    second_order_step<T>(
      samples,
      units,
      address<T>(s, t, 5 * units),
      5 * steps * units,
      address<T>(c, t, units),
      address<T>(rc, t, units),
      ldc,
      address<T>(rz, t, gates),
      rgt,
      ldg,
      address<T>(handed, t + 1, units),
      ldc,
      address<T>(carried, t + 1, units),
      ldc,
      address<T>(ru, t, units),
      steps * units,
      rh,
      units,
      rd,
      units,
    );
    if (t > 0) {
      pull<T>(samples, units, gates, width + units + 1, rgt, gt, ldg, w + first, rwh, rh, work);
    }
  }
  if (rdx == 0) return;
  pull<T>(samples * steps, width, gates, width + units + 1, rg, g, gates, w, rw, rdx, work);
}

/** out (rows, columns) := rg W + g rW of those columns of W and of rW, which may have no address. */
// deno-fmt-ignore
function pull<T>(
  rows: i32, columns: i32, gates: i32, ldw: i32, rg: usize, g: usize, ldg: i32, w: usize, rw: usize, out: usize, work: usize,
): void {
  gemm<T>(0, rows, columns, gates, <T> 1, rg, ldg, w, ldw, <T> 0, out, columns, work);
  if (rw == 0) return;
  gemm<T>(0, rows, columns, gates, <T> 1, g, ldg, rw, ldw, <T> 1, out, columns, work);
}

// Of one step: h = dh and d = dc are its sums; rd holds the change of what was carried, and then that of the carry.
function second_order_step<T>(
  rows: i32,
  units: i32,
  s: usize,
  lds: i32,
  c: usize,
  rc: usize,
  ldc: i32,
  rz: usize,
  rg: usize,
  ldz: i32,
  h: usize,
  ldh: i32,
  d: usize,
  ldd: i32,
  u: usize,
  ldu: i32,
  rh: usize,
  ldrh: i32,
  rd: usize,
  ldrd: i32,
): void {
  const block = <usize> units * sizeof<T>();
  for (let r = 0; r < rows; r++) {
    for (let j = 0, count = 0; j < units; j += count) {
      count = step<T>(units - j);
      const at = <usize> j * sizeof<T>();
      const ss = s + at, zs = rz + at, gs = rg + at, states = rc + at;
      const i = gate<T>(ss, 0, units, count), f = gate<T>(ss, 1, units, count);
      const g = gate<T>(ss, 2, units, count), o = gate<T>(ss, 3, units, count);
      const squashed = gate<T>(ss, 4, units, count);
      const rz_i = gate<T>(zs, 0, units, count), rz_f = gate<T>(zs, 1, units, count);
      const rz_g = gate<T>(zs, 2, units, count), rz_o = gate<T>(zs, 3, units, count);
      const slope_i = sigmoid_slope<T>(i), slope_f = sigmoid_slope<T>(f);
      const slope_g = tanh_slope<T>(g), slope_o = sigmoid_slope<T>(o);
      const dh = gate<T>(h + at, 0, units, count), dc = gate<T>(d + at, 0, units, count);
      const before = gate<T>(c + at, 0, units, count), rbefore = gate<T>(states, 0, units, count);
      const rafter = gate<T>(states, 1, units, count);

      const slope_c = tanh_slope<T>(squashed);
      const rsquashed = v128.mul<T>(slope_c, rafter);
      const rdh = v128.add<T>(gate<T>(u + at, 0, units, count), gate<T>(rh + at, 0, units, count));
      // dh o slope_c, with slope_c moved by -2 tanh(c') R{tanh c'}
      const ro = v128.mul<T>(slope_o, rz_o);
      const rslope_c = v128.mul<T>(tanh_bend<T>(squashed), rsquashed);
      const through = v128.add<T>(
        v128.mul<T>(product_rule<T>(dh, rdh, o, ro), slope_c),
        v128.mul<T>(v128.mul<T>(dh, o), rslope_c),
      );
      const rdc = v128.add<T>(gate<T>(rd + at, 0, units, count), through);

      const ri = v128.mul<T>(slope_i, rz_i), rcandidate = v128.mul<T>(slope_g, rz_g);
      const rf = v128.mul<T>(slope_f, rz_f);
      const rdi = product_rule<T>(dc, rdc, g, rcandidate);
      const rdf = product_rule<T>(dc, rdc, before, rbefore);
      const rdg = product_rule<T>(dc, rdc, i, ri);
      const rdo = product_rule<T>(dh, rdh, squashed, rsquashed);
      store_step<T>(gs, turned<T>(v128.mul<T>(dc, g), rdi, slope_i, sigmoid_bend<T>(i), rz_i), count);
      store_step<T>(
        gs + block,
        turned<T>(v128.mul<T>(dc, before), rdf, slope_f, sigmoid_bend<T>(f), rz_f),
        count,
      );
      store_step<T>(
        gs + 2 * block,
        turned<T>(v128.mul<T>(dc, i), rdg, slope_g, tanh_bend<T>(g), rz_g),
        count,
      );
      store_step<T>(
        gs + 3 * block,
        turned<T>(v128.mul<T>(dh, squashed), rdo, slope_o, sigmoid_bend<T>(o), rz_o),
        count,
      );
      store_step<T>(rd + at, product_rule<T>(dc, rdc, f, rf), count);
    }
    s = address<T>(s, 1, lds);
    c = address<T>(c, 1, ldc);
    rc = address<T>(rc, 1, ldc);
    rz = address<T>(rz, 1, ldz);
    rg = address<T>(rg, 1, ldz);
    h = address<T>(h, 1, ldh);
    d = address<T>(d, 1, ldd);
    u = address<T>(u, 1, ldu);
    rh = address<T>(rh, 1, ldrh);
    rd = address<T>(rd, 1, ldrd);
  }
}
