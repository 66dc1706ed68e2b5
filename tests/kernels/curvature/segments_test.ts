import { instance, kernels } from "../../../src/runtime/instance.ts";
import { allNear, equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings, identityBound } from "../../_support/tolerance.ts";
import { Chance, DTYPES } from "../_cases.ts";
import { Guarded } from "../_guarded.ts";

const SIZES = [1, 2, 3, 4, 5, 9, 16, 32];
const COUNT = 12;
const SAMPLES = 5;

/** The place of (a, c) in a lower triangle by rows. */
const place = (a: number, c: number): number => a * (a + 1) / 2 + c;

/** Sums of outer products of so many vectors, side by side. */
function products(x: Float64Array, s: number, samples: number): Float64Array {
  const acc = new Float64Array(s * (s + 1) / 2 * COUNT);
  const at = (n: number, a: number, e: number): number => x[n * s * COUNT + a * COUNT + e];
  for (let a = 0; a < s; a++) {
    for (let c = 0; c <= a; c++) {
      for (let e = 0; e < COUNT; e++) {
        for (let n = 0; n < samples; n++) {
          acc[place(a, c) * COUNT + e] += at(n, a, e) * at(n, c, e);
        }
      }
    }
  }
  return acc;
}

for (const dtype of DTYPES) {
  test(`segment_products adds the products of every sample in ${dtype}`, () => {
    for (const s of SIZES) {
      const chance = new Chance(s), pairs = s * (s + 1) / 2;
      const x = chance.numbers(dtype, SAMPLES * s * COUNT);
      const start = chance.numbers(dtype, pairs * COUNT);
      const from = new Guarded(dtype, SAMPLES * s, COUNT, COUNT + 4).set(x);
      const to = new Guarded(dtype, pairs, COUNT).set(start);
      const pitch = s * (COUNT + 4);
      // deno-fmt-ignore
      kernels(dtype).segment_products(SAMPLES, s, COUNT, 0.5, from.pointer, pitch, COUNT + 4, to.pointer);
      const sums = products(x, s, SAMPLES).map((sum, i) => start[i] + sum / 2);
      allNear([...to.take(), SAMPLES], [...sums, SAMPLES], fewRoundings(dtype), `s ${s}`);
      equal(from.take(), x, "x");
    }
  });

  test(`segment_solve solves every segment, and names those of low rank, in ${dtype}`, () => {
    for (const s of SIZES) {
      const chance = new Chance(s), pairs = s * (s + 1) / 2, epsilon = 2 ** -2;
      const h = products(chance.numbers(dtype, 2 * s * s * COUNT), s, 2 * s);
      // Segment 5 has a matrix of rank one, beside which ε counts for nothing.
      for (let a = 0; a < s; a++) {
        for (let c = 0; c <= a; c++) h[place(a, c) * COUNT + 5] = s > 1 ? 2 ** 60 : 1;
      }
      const solution = chance.numbers(dtype, s * COUNT);
      const right = new Float64Array(s * COUNT);
      for (let e = 0; e < COUNT; e++) {
        for (let a = 0; a < s; a++) {
          let sum = epsilon * solution[a * COUNT + e];
          for (let c = 0; c < s; c++) {
            const entry = h[place(Math.max(a, c), Math.min(a, c)) * COUNT + e];
            sum += entry / 2 * solution[c * COUNT + e];
          }
          right[a * COUNT + e] = sum;
        }
      }
      const matrices = new Guarded(dtype, pairs, COUNT).set(h);
      const x = new Guarded(dtype, s, COUNT, COUNT + 4).set(right);
      const stored = new Guarded(dtype, s, COUNT).set(right).take();
      const work = new Guarded("float64", pairs + s, 2);
      const failed = new Guarded("float64", 1, COUNT / 2);
      equal(instance().exports.segment_solve_work_bytes(s), (pairs + s) * 16);
      // deno-fmt-ignore
      const failures = kernels(dtype).segment_solve(
        s, COUNT, 0.5, epsilon, matrices.pointer, x.pointer, COUNT + 4, failed.pointer, work.pointer,
      );
      equal(failures, s > 1 ? 1 : 0, `failures at s ${s}`);
      const out = x.take();
      for (let a = 0; a < s && failures > 0; a++) {
        equal(out[a * COUNT + 5], stored[a * COUNT + 5], "what failed stays");
        out[a * COUNT + 5] = solution[a * COUNT + 5];
      }
      const bound = s * s * identityBound(dtype);
      allNear([...out, 1], [...solution, 1], bound, `s ${s}`);
      work.take(), failed.take(), matrices.take();
    }
  });

  test(`segment_matrix unpacks one segment, half_products packs one, in ${dtype}`, () => {
    for (const s of SIZES) {
      for (const hasOnes of [0, 1]) {
        const held = s - hasOnes, pairs = s * (s + 1) / 2, rows = 4;
        const x = new Chance(s).numbers(dtype, rows * held);
        const from = new Guarded(dtype, rows, held, held + 1).set(x);
        const out = new Guarded(dtype, rows, pairs, pairs + 3);
        const { half_products, segment_matrix } = kernels(dtype);
        half_products(rows, s, from.pointer, held + 1, 1, hasOnes, out.pointer, pairs + 3);
        const full = new Guarded("float64", s, s);
        segment_matrix(s, 1, 0, 2, out.pointer, full.pointer);
        const at = (r: number, a: number): number => a < held ? x[r * held + a] : 1;
        const expected = (r: number, i: number): number => at(r, Math.floor(i / s)) * at(r, i % s);
        const square = Array.from({ length: s * s }, (_, i) => 2 * expected(0, i));
        allNear(full.take(), square, fewRoundings(dtype), `s ${s}`);
        const packed = out.take();
        for (let r = 0; r < rows; r++) {
          for (let a = 0; a < s; a++) {
            for (let c = 0; c <= a; c++) {
              const got = packed[r * pairs + place(a, c)];
              allNear([got], [expected(r, a * s + c)], fewRoundings(dtype), `row ${r}`);
            }
          }
        }
        from.take();
      }
    }
  });

  test(`gather and scatter are each other's inverse, and pass over what is negative, in ${dtype}`, () => {
    const places = [3, -1, 0, 2, -1, 1], x = [5, 6, 7, 8];
    const index = new Guarded("float64", 1, 3);
    new Int32Array(instance().memory.buffer, index.pointer, 6).set(places);
    const [from, field, back] = [x, places, x].map((like) => new Guarded(dtype, 1, like.length));
    from.set(x);
    kernels(dtype).gather(6, index.pointer, from.pointer, field.pointer);
    kernels(dtype).scatter(6, index.pointer, field.pointer, back.pointer);
    equal([...field.take()], [8, 0, 5, 7, 0, 6]);
    equal([...back.take()], x);
    index.take(), from.take();
  });
}
