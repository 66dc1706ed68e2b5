// What each row of a batch makes by itself: rows are the elements that belong to one index of the first axis, or to one
// element of a vector. All of it is in float64, with sums in order.
import { kernels } from "../runtime/instance.ts";
import { elementBytes, floatView, workspace } from "../runtime/memory.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { columnOf, type Every } from "./strided.ts";
import { checkWide } from "./widen.ts";

function checkLike(action: string, x: Tensor, y: Tensor): void {
  if (x.dtype === y.dtype && x.size === y.size) return;
  throw new TypeError(
    `Cannot ${action} of ${x.dtype} ${formatShape(x.shape)} and ${y.dtype} ${formatShape(y.shape)}`,
  );
}

/** Elements of one of `rows` rows. */
function widthOf({ shape, size }: Tensor, rows: number): number {
  const width = rows === 0 ? 0 : size / rows;
  if (Number.isInteger(width)) return width;
  throw new TypeError(`Cannot part ${formatShape(shape)} into ${rows} rows`);
}

/** out (rows) = the dot products of rows, or their sums where there is no y; out float64. */
export function rowDots(x: Tensor, y: Tensor | undefined, out: Tensor): Tensor {
  if (y) checkLike("take dot products", x, y);
  checkWide("take dot products", out, out.size);
  const { row_dots } = kernels(x.dtype);
  row_dots(out.size, widthOf(x, out.size), x.pointer, y ? y.pointer : 0, out.pointer);
  return out;
}

/** y = y + (alpha c_r) x in every row r; c (rows) float64. */
export function addRowMultiples(alpha: number, c: Tensor, x: Tensor, y: Tensor): Tensor {
  checkLike("add rows", x, y);
  checkWide("add rows", c, c.size);
  const { add_row_multiples } = kernels(x.dtype);
  add_row_multiples(c.size, widthOf(x, c.size), alpha, c.pointer, x.pointer, y.pointer);
  return y;
}

/** out = out + factor g (gᵀx) in each of `rows` rows. */
export function addOuterProducts(
  factor: number,
  g: Tensor,
  x: Tensor,
  rows: number,
  out: Tensor,
): void {
  checkLike("add outer products", g, x);
  checkLike("add outer products", g, out);
  const products = workspace(elementBytes("float64", rows)), width = widthOf(g, rows);
  const { row_dots, add_row_multiples } = kernels(g.dtype);
  row_dots(rows, width, g.pointer, x.pointer, products);
  add_row_multiples(rows, width, factor, products, g.pointer, out.pointer);
}

/** x = c_r x in every row r, c any numbers: they go through the kernels' workspace. */
export function scaleByRow(c: Float64Array, x: Tensor): Tensor {
  const pointer = inWorkspace(c);
  kernels(x.dtype).scale_by_row(c.length, widthOf(x, c.length), pointer, x.pointer);
  return x;
}

/** out = x diag(c), x (rows, width); out may be x. */
export function scaleColumns(x: Tensor, c: Tensor, out: Tensor): Tensor {
  checkLike("scale columns", x, out);
  checkLike("scale columns by factors", c, c);
  const rows = x.size / c.size;
  kernels(x.dtype).scale_columns(rows, c.size, x.pointer, c.pointer, out.pointer);
  return out;
}

/** Puts numbers where a kernel finds them that is called next. */
export function inWorkspace(numbers: Float64Array): number {
  const pointer = workspace(elementBytes("float64", numbers.length));
  floatView("float64", pointer, numbers.length).set(numbers);
  return pointer;
}

/** Column `k` of the rows of a batch. */
export function columnOfBatch({ shape: [rows], size }: Tensor, k: number): Every {
  return columnOf(rows, size / rows, k);
}
