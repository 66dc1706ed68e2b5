// Which assembly is fastest, by a model of their costs. Its constants are times on one machine; only their ratios count.
import type { Linearization, Site } from "../../nn/linearization.ts";
import { hasOneRowEach } from "../statistics/rows.ts";
import { outputCount } from "./seeds.ts";

/** How a Gauss-Newton matrix is put together. */
export type Assembly = "jacobian" | "nodewise" | "per-weight";

/** The sites as far as costs depend on them. */
interface Widths {
  /** Outputs (O). */
  readonly nodes: number;
  /** Columns of W (D). */
  readonly columns: number;
}

/** Rows of the register tile of gemm: the rows of a product are rounded up to it. */
const TILE_ROWS = 5;

/** Nanoseconds of a multiplication and addition in gemm, and of making one element of a packed or stored operand. */
const [PER_FLOP_PAIR, PER_ELEMENT] = [0.1, 0.6];

/** The first site that "nodewise" cannot do: one that does not act as a matrix, or not once on each sample. */
export function siteWithoutNodes(lin: Linearization): Site | undefined {
  return lin.sites.find((site) => site.uses !== 1 || !hasOneRowEach(site, lin.batchSize));
}

/** The cheapest assembly for a linearization. */
export function fastest(lin: Linearization): Assembly {
  const hasRoot = lin.lossFunction.hessianRoot !== undefined;
  if (siteWithoutNodes(lin)) return hasRoot ? "jacobian" : "per-weight";
  if (!hasRoot) return "nodewise";
  const widths = lin.sites.map(({ weight: { shape: [nodes, columns] } }) => ({ nodes, columns }));
  const [outputs, size] = [outputCount(lin), lin.parameterCount];
  return nodewiseTime(widths, outputs) < jacobianTime(size, outputs) ? "nodewise" : "jacobian";
}

/** Time per sample of Jacobian and syrk. */
function jacobianTime(size: number, outputs: number): number {
  return outputs * (size * size / 2 * PER_FLOP_PAIR + size * PER_ELEMENT);
}

/** Time per sample of the node-wise products. */
function nodewiseTime(widths: readonly Widths[], outputs: number): number {
  let time = 0, nodesBefore = 0, columnsBefore = 0;
  for (const { nodes, columns } of widths) {
    const rows = Math.ceil(columns / TILE_ROWS) * TILE_ROWS;
    const packed = nodes * columnsBefore + nodes * (nodes + 1) / 2 * columns;
    const pairs = nodes * nodesBefore + nodes * (nodes + 1) / 2;
    time += packed * (rows * PER_FLOP_PAIR + PER_ELEMENT) + pairs * outputs * PER_FLOP_PAIR;
    nodesBefore += nodes;
    columnsBefore += nodes * columns;
  }
  return time;
}
