// Products of patches are, bit for bit, those of the same patches held in memory.
import { type DType, type Tensor, tensor } from "../../mod.ts";
import { homogeneous, Matrix, matrix } from "../../linalg.ts";
import { gemm, gram } from "../../src/ops/gemm.ts";
import { columnMean, matvec } from "../../src/ops/matvec.ts";
import { type PatchGeometry, patchSize } from "../../src/ops/patch_geometry.ts";
import { patches } from "../../src/ops/patches.ts";
import { zeros } from "../../src/tensor/create.ts";
import { allNear, equal, ok, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { gamma } from "../_support/tolerance.ts";
import { DTYPES, randomRows, randomVector, tensorOf } from "../_support/twins.ts";
import { patchRows } from "../oracles/patches.ts";
import { everyGeometry, LARGE, LOPSIDED } from "./_geometries.ts";

const FILTERS = 6;

interface Case {
  readonly virtual: Matrix;
  readonly held: Matrix;
  readonly what: string;
}

function randomMatrix(seed: number, rows: number, columns: number, dtype: DType): Tensor {
  return tensorOf(randomRows(seed, rows, columns), dtype);
}

function* cases(geometry: PatchGeometry, batch: number, dtype: DType): Generator<Case> {
  const { image: [height, width], channels, output: [down, across] } = geometry;
  using images = randomVector(1, batch * height * width * channels, dtype);
  using rows = tensor(patchRows(images.data, geometry), { dtype });
  equal(rows.shape, [batch * down * across, patchSize(geometry)]);
  const shaped = images.view([batch, height, width, channels]);
  for (const hasOnes of [false, true]) {
    yield {
      virtual: patches(shaped, geometry, hasOnes),
      held: hasOnes ? homogeneous(rows) : matrix(rows),
      what: `${dtype} ones ${hasOnes} ${JSON.stringify(geometry)}`,
    };
  }
}

function sameBits(what: string, compute: (a: Matrix) => Tensor, { virtual, held }: Case): void {
  using actual = compute(virtual);
  using expected = compute(held);
  const [a, e] = [actual.data, expected.data];
  ok(a.length === e.length && a.every((x, i) => Object.is(x, e[i])), what);
}

function checkProducts(each: Case): void {
  const { held: { rows, columns, tensor: { dtype } }, what } = each;
  using w = randomMatrix(2, FILTERS, columns, dtype);
  using g = randomMatrix(3, rows, FILTERS, dtype);
  using start = randomMatrix(4, columns, columns, dtype);
  const empty = (m: number, n: number): Tensor => zeros([m, n], { dtype });
  sameBits(`A Wᵀ ${what}`, (a) => gemm(a, matrix(w).T, empty(rows, FILTERS)), each);
  sameBits(`W Aᵀ ${what}`, (a) => gemm(matrix(w), a.T, empty(FILTERS, rows)), each);
  sameBits(`Gᵀ A ${what}`, (a) => gemm(matrix(g).T, a, empty(FILTERS, columns)), each);
  sameBits(`Aᵀ G ${what}`, (a) => gemm(a.T, matrix(g), empty(columns, FILTERS)), each);
  sameBits(`Aᵀ A ${what}`, (a) => {
    const out = tensor([...start.data], { dtype, shape: [columns, columns] });
    return gram(a, gram(a, out), { alpha: 0.5, beta: 0.25 });
  }, each);
  sameBits(`means ${what}`, (a) => columnMean(a, zeros([columns], { dtype })), each);
}

test("patches are those of the oracle, read out element by element", () => {
  const shapes = [...everyGeometry([5, 4], 2), ...everyGeometry([3, 3], 1, 2), LOPSIDED];
  for (const geometry of shapes) {
    for (const { virtual, held, what } of cases(geometry, 2, "float64")) {
      equal(virtual.toArray(), held.toArray(), what);
      equal(virtual.T.toArray(), held.T.toArray(), `transpose, ${what}`);
    }
  }
});

test("products of patches have the bits of products in memory: every kernel, stride, dilation, padding", () => {
  for (const dtype of DTYPES) {
    const shapes = [
      ...everyGeometry([7, 6], 1),
      ...everyGeometry([6, 7], 5),
      ...everyGeometry([4, 3], 4, 2),
      ...everyGeometry([3, 4], 3, 3),
      LOPSIDED,
    ];
    for (const geometry of shapes) {
      for (const each of cases(geometry, 2, dtype)) checkProducts(each);
    }
  }
});

test("products of patches have the bits of products in memory, over many blocks", () => {
  for (const dtype of DTYPES) {
    for (const each of cases(LARGE, 4, dtype)) checkProducts(each);
  }
});

test("matvec() takes patches, transposed and added to what was there", () => {
  for (const dtype of DTYPES) {
    for (const { virtual, held, what } of cases(LOPSIDED, 3, dtype)) {
      const bound = gamma(held.rows + held.columns, dtype) * held.rows;
      for (const isTransposed of [false, true]) {
        const [a, b] = isTransposed ? [virtual.T, held.T] : [virtual, held];
        using x = randomVector(5, a.columns, dtype);
        using actual = matvec(a, x, zeros([a.rows], { dtype }), { alpha: 0.5 });
        using expected = matvec(b, x, zeros([a.rows], { dtype }), { alpha: 0.5 });
        allNear(actual.data, expected.data, bound, what);
        matvec(a, x, actual, { alpha: 0.5, beta: -1 });
        allNear(actual.data, new Float64Array(a.rows), bound, `beta, ${what}`);
      }
    }
  }
});

test("Matrix refuses patches that are not in its tensor", () => {
  using images = zeros([2, 9, 7, 3]);
  const make = (change: Partial<PatchGeometry>, rows = 48, columns = 24) => () =>
    new Matrix(images, rows, columns, 0, false, false, { ...LOPSIDED, ...change });
  make({})();
  throws(make({}, 49), RangeError, /49 patches of 24 elements/);
  throws(make({}, 48, 25), RangeError, /48 patches of 25 elements/);
  throws(make({ image: [9, 8] }), RangeError, /48 patches/);
  throws(make({ output: [0, 8] }), RangeError, /output/);
  throws(make({ stride: [1, 0] }), RangeError, /stride/);
  throws(make({ kernel: [2] as never }), TypeError, /kernel/);
  throws(make({ dilation: undefined as never }), TypeError, /dilation/);
  throws(make({ offset: [0.5, 0] }), RangeError, /offset/);
  throws(make({ offset: [0, 2 ** 30] }), RangeError, /reach/);
  throws(make({ stride: [2 ** 30, 1] }), RangeError, /reach/);
  const none = (): Matrix => new Matrix(images, 48, 24, 0, false, false, 1 as never);
  throws(none, TypeError, /geometry/);
});
