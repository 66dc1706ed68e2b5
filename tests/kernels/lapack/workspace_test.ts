import type { DType } from "../../../src/runtime/dtype.ts";
import { instance, kernels } from "../../../src/runtime/instance.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { symmetricMatrices } from "../../oracles/symmetric_matrices.ts";
import { Guarded } from "../_guarded.ts";

const SIZES = [0, 1, 17, 64, 129, 300];
const WORD = 8;

/** Runs `body` with a workspace of exactly `bytes` between guard bytes. */
function withWork(bytes: number, body: (work: number) => void): void {
  equal(bytes % 64, 0, `a workspace of ${bytes} bytes is not a multiple of 64`);
  const work = new Guarded("float64", 1, bytes / WORD);
  body(work.pointer);
  work.take();
}

function benign(n: number, dtype: DType): Guarded {
  return new Guarded(dtype, n, n).set(symmetricMatrices(n, dtype, 1)[1].values);
}

for (const dtype of ["float32", "float64"] as const) {
  test(`potrf(), potrs(), potri() and syev() stay inside the workspace they ask for in ${dtype}`, () => {
    const { potrf, potrs, potri, potri_work_bytes, syev, syev_work_bytes } = kernels(dtype);
    const shared = instance().exports.potrf_work_bytes();
    for (const n of SIZES) {
      const a = benign(n, dtype), b = benign(n, dtype), w = new Guarded(dtype, 1, n);
      withWork(shared, (work) => equal(potrf(n, a.pointer, n, work), 0, "potrf"));
      withWork(shared, (work) => potrs(n, n, a.pointer, n, b.pointer, n, work));
      withWork(potri_work_bytes(n), (work) => potri(n, a.pointer, n, work));
      withWork(syev_work_bytes(n), (work) => equal(syev(n, a.pointer, n, w.pointer, work), 0));
      for (const guarded of [a, b, w]) {
        ok(guarded.take().every(Number.isFinite), "the old content of the workspace shows");
      }
    }
  });
}
