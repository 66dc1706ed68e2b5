import { GEOMETRY_BYTES } from "../../../src/ops/patch_geometry.ts";
import { instance, kernels } from "../../../src/runtime/instance.ts";
import { memoryBuffer, workspace } from "../../../src/runtime/memory.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { fewRoundings, PRODUCT_RATIO } from "../../_support/tolerance.ts";
import { allNear } from "../../_support/assert.ts";
import { productRatio } from "../../oracles/matrix_product.ts";
import { Chance, DTYPES, isSame, rounded } from "../_cases.ts";

const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 33];
const TRANSPOSE_A = 1;
const ONES_A = 4;
const FACES_B = 64;

for (const dtype of DTYPES) {
  test(`${dtype} khatri_rao() multiplies rows, ones included, to the bit`, () => {
    const chance = new Chance(1);
    for (const m of SIZES) {
      for (const n of SIZES) {
        for (const hasOnes of n > 0 ? [0, 1] : [0]) {
          const rows = 1 + chance.below(5), held = n - hasOnes;
          const left = chance.numbers(dtype, rows * m), right = chance.numbers(dtype, rows * held);
          const a = chance.operand(dtype, rows, m, left);
          const b = chance.operand(dtype, rows, held, right);
          const out = chance.operand(dtype, rows, m * n);
          // deno-fmt-ignore
          kernels(dtype).khatri_rao(rows, m, a.pointer, a.stride, 1, n, b.pointer, b.stride, hasOnes,
            out.pointer, out.stride);
          equal(isSame(a.guarded.take(), left), true, "a is unchanged");
          equal(isSame(b.guarded.take(), right), true, "b is unchanged");
          const expected = Float64Array.from({ length: rows * m * n }, (_, at) => {
            const [r, column] = [Math.floor(at / (m * n)), at % (m * n)];
            const [l, i] = [Math.floor(column / n), column % n];
            const factor = left[r * m + l];
            return i < held ? rounded(dtype, factor * right[r * held + i]) : factor;
          });
          equal(isSame(out.guarded.take(), expected), true, `${rows} rows, ${m} by ${n}`);
        }
      }
    }
  });

  test(`${dtype} node_products() sums over outputs for every sample`, () => {
    const chance = new Chance(2);
    for (const n of SIZES) {
      for (const outputs of [1, 3]) {
        const nodes = 1 + chance.below(6), first = chance.below(nodes);
        const rows = Math.min(1 + chance.below(4), nodes - first);
        const derivatives = chance.numbers(dtype, outputs * nodes * n);
        const d = chance.operand(dtype, 1, derivatives.length, derivatives);
        const out = chance.operand(dtype, rows * nodes, n);
        const bytes = dtype === "float32" ? 4 : 8;
        // deno-fmt-ignore
        kernels(dtype).node_products(n, rows, nodes, outputs, d.pointer + first * n * bytes, d.pointer, n, nodes * n,
          out.pointer, out.stride, nodes * out.stride);
        equal(isSame(d.guarded.take(), derivatives), true, "the derivatives are unchanged");
        const at = (c: number, j: number, p: number): number =>
          derivatives[(c * nodes + j) * n + p];
        const expected = Float64Array.from({ length: rows * nodes * n }, (_, index) => {
          const [row, p] = [Math.floor(index / n), index % n];
          const [r, l] = [Math.floor(row / nodes), row % nodes];
          let sum = 0;
          for (let c = 0; c < outputs; c++) sum += at(c, first + r, p) * at(c, l, p);
          return sum;
        });
        allNear(out.guarded.take(), expected, fewRoundings(dtype), `${n} samples`);
      }
    }
  });

  test(`${dtype} transpose() exchanges rows and columns`, () => {
    const chance = new Chance(3);
    for (const rows of SIZES) {
      for (const columns of SIZES) {
        const values = chance.numbers(dtype, rows * columns);
        const a = chance.operand(dtype, rows, columns, values);
        const b = chance.operand(dtype, columns, rows);
        kernels(dtype).transpose(rows, columns, a.pointer, a.stride, b.pointer, b.stride);
        equal(isSame(a.guarded.take(), values), true, "a is unchanged");
        const expected = values.map((_, at) => values[at % rows * columns + Math.floor(at / rows)]);
        equal(isSame(b.guarded.take(), expected), true, `${rows} by ${columns}`);
      }
    }
  });

  test(`${dtype} gemm() with a face-splitting product is within its bound`, () => {
    const chance = new Chance(4);
    for (const columns of [1, 2, 3, 5, 8, 11, 21]) {
      for (const nodes of [1, 2, 3, 30]) {
        for (const hasOnes of [0, 1]) {
          const k = chance.of([1, 2, 9, 40]), m = chance.of([1, 4, 5, 13]);
          const held = columns - hasOnes, heldA = m - hasOnes, n = nodes * columns;
          const valuesA = chance.numbers(dtype, k * heldA),
            valuesH = chance.numbers(dtype, k * held);
          const scales = chance.numbers(dtype, nodes * k), values0 = chance.numbers(dtype, m * n);
          const a = chance.operand(dtype, k, heldA, valuesA);
          const h = chance.operand(dtype, k, held, valuesH);
          const s = chance.operand(dtype, nodes, k, scales);
          const c = chance.operand(dtype, m, n, values0);
          const bytes = instance().exports.gemm_work_bytes();
          const work = workspace(bytes + GEOMETRY_BYTES);
          const faces = [h.stride, held, hasOnes, s.stride, s.pointer];
          new Int32Array(memoryBuffer(), work + bytes, faces.length).set(faces);
          const flags = TRANSPOSE_A | FACES_B | (hasOnes ? ONES_A : 0);
          // deno-fmt-ignore
          kernels(dtype).gemm(flags, m, n, k, 0.75, a.pointer, a.stride, h.pointer, work + bytes,
            1, c.pointer, c.stride, work);
          for (const [operand, values] of [[a, valuesA], [h, valuesH], [s, scales]] as const) {
            equal(isSame(operand.guarded.take(), values), true, "operands are unchanged");
          }
          const result = c.guarded.take();
          const ratio = productRatio(dtype, {
            ...{ m, n, k, alpha: 0.75, beta: 1, stride: 1 },
            a: (i, p) => i < heldA ? valuesA[p * heldA + i] : 1,
            b: (p, column) => {
              const [l, i] = [Math.floor(column / columns), column % columns];
              const scale = scales[l * k + p];
              return i < held ? rounded(dtype, scale * valuesH[p * held + i]) : scale;
            },
            c0: (i, j) => values0[i * n + j],
            c: (i, j) => result[i * n + j],
          });
          ok(ratio <= PRODUCT_RATIO, `ratio ${ratio}, ${m} by ${nodes} times ${columns}, k ${k}`);
        }
      }
    }
  });
}
