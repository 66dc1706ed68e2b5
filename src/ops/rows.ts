// Copies of matrices whose rows do not follow one another in memory.
import { bytesPerElement } from "../runtime/dtype.ts";
import { instance } from "../runtime/instance.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Matrix } from "./matrix.ts";

/** out = source, for matrices that memory holds row by row; they must not overlap. */
export function copyRows(source: Matrix, out: Matrix): void {
  const from = [source.rows, source.columns], to = [out.rows, out.columns];
  const isPlain = [source, out].every(({ isTransposed, hasOnes, patches }) =>
    !isTransposed && !hasOnes && !patches
  );
  if (!isPlain) throw new TypeError("Cannot copy rows: they must lie in memory");
  if (from[0] !== to[0] || from[1] !== to[1]) {
    throw new TypeError(
      `Cannot copy rows of ${formatShape(from)} to ${formatShape(to)}: the shapes differ`,
    );
  }
  if (source.tensor.dtype !== out.tensor.dtype) {
    throw new TypeError(
      `Cannot copy ${source.tensor.dtype} rows to ${out.tensor.dtype}: the dtypes differ`,
    );
  }
  const bytes = bytesPerElement(source.tensor.dtype);
  instance().exports.copy_rows(
    source.rows,
    source.columns * bytes,
    source.tensor.pointer,
    source.stride * bytes,
    out.tensor.pointer,
    out.stride * bytes,
  );
}
