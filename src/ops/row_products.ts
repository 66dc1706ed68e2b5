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

/** Column `k` of out (rows, width) = alpha times the dot products of rows; out of the same dtype. */
export function rowDotsTo(alpha: number, x: Tensor, y: Tensor, out: Tensor, k: number): void {
  checkLike("take dot products", x, y);
  checkLike("take dot products", x, out);
  const [rows] = x.shape, width = widthOf(x, rows);
  const products = workspace(elementBytes("float64", rows)),
    { row_dots, narrow } = kernels(x.dtype);
  row_dots(rows, width, x.pointer, y.pointer, products);
  narrow(rows, alpha, products, out.pointer + elementBytes(out.dtype, k), width);
}

/** y = y + (alpha u_rk) x in every row r, u, x and y (rows, width). */
export function addColumnMultiples(
  alpha: number,
  u: Tensor,
  k: number,
  x: Tensor,
  y: Tensor,
): void {
  checkLike("add rows", u, x);
  checkLike("add rows", x, y);
  const [rows] = x.shape, width = widthOf(x, rows), { dtype } = x;
  const factors = workspace(elementBytes("float64", rows));
  const { widen, add_row_multiples } = kernels(dtype);
  widen(rows, 1, u.pointer + elementBytes(dtype, k), width, factors, 1);
  add_row_multiples(rows, width, alpha, factors, x.pointer, y.pointer);
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
