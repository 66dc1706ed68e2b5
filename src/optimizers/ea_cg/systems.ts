// The damped systems of one site, ((1 - α) H̄ ⊗ RᵀR f + α I) X = G: one for the weights and one for the bias, whose
// input is 1, or one for both. R is the mean input, or all inputs with f = 1/B. G and X are columns of a matrix
// with the shape of W, the same one: X takes the place of G.
import type { ChainSite } from "../../curvature/dense_chain.ts";
import { alongRows, kroneckerOfRows } from "../../curvature/statistics/products.ts";
import { inputsOf, rowsOf, type SampleRows } from "../../curvature/statistics/rows.ts";
import { columnMeans } from "../../curvature/statistics/sums.ts";
import { gemm } from "../../ops/gemm.ts";
import { Matrix, matrix } from "../../ops/matrix.ts";
import { copyRows } from "../../ops/rows.ts";
import { dot, norm } from "../../ops/vector.ts";
import { NonFiniteError } from "../../runtime/errors.ts";
import { kroneckerCg } from "../../solvers/kronecker_cg.ts";
import { type RankOneLimits, solveRankOne } from "../../solvers/rank_one_system.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { refuseZero } from "./curvature.ts";
import type { EaCgSettings } from "./settings.ts";
import type { EaCgState } from "./state.ts";

/** One system; `first` and the columns of the rows say which part of W it is. */
export interface System {
  /** Name of the site. */
  readonly name: string;
  readonly hessian: Tensor;
  readonly rows: SampleRows;
  /** The one row, where there is but one. */
  readonly vector: Tensor | undefined;
  readonly factor: number;
  readonly first: number;
}

/** The systems of site i, of inputs that are measured here. */
export function systemsOf(
  state: EaCgState,
  site: ChainSite,
  i: number,
  batchSize: number,
  settings: EaCgSettings,
): System[] {
  const { form, bias } = settings, { hasBias, name } = site;
  const hessian = state.hessians[i], mean = columnMeans(inputsOf(site), state.means[i]);
  const isApart = hasBias && bias === "separate";
  const width = mean.size - (isApart ? 1 : 0), ofWeights = mean.view([width]);
  refuseZero(norm(ofWeights), `the mean input of site "${name}"`, settings);
  const weights = form === "second-moment"
    ? { rows: inputsOf(site, !isApart), vector: undefined, factor: 1 / batchSize }
    : oneRow(ofWeights);
  const systems = [{ name, hessian, first: 0, ...weights }];
  return isApart ? [...systems, { name, hessian, first: width, ...oneRow(state.one) }] : systems;
}

/** A single vector for the rows. */
function oneRow(vector: Tensor): Pick<System, "rows" | "vector" | "factor"> {
  const { size } = vector;
  return { rows: rowsOf(new Matrix(vector, 1, size, size)), vector, factor: 1 };
}

/** The columns of a matrix (O, D) that a system is about. */
function columnsOf({ first, rows }: System, block: Tensor): Matrix {
  const [n, d] = block.shape;
  return new Matrix(block.view([block.size - first], first), n, rows.columns, d);
}

/** Replaces the system's columns of a block by the solution; returns the iterations. */
export function solveSystem(
  state: EaCgState,
  system: System,
  block: Tensor,
  alpha: number,
  limits: RankOneLimits,
  form: EaCgSettings["form"],
): number {
  const { hessian, rows, vector, factor, name } = system, [n] = hessian.shape;
  const columns = columnsOf(system, block);
  const refuse = (isSound: boolean): void => {
    if (isSound) return;
    throw new NonFiniteError("take a step", `site "${name}", the damped system`, state.step);
  };
  if (vector && (form === "compressed" || form === "direct")) {
    const { iterations, isSound } = solveRankOne(
      form,
      { hessian, vector, alpha },
      columns,
      columns,
      limits,
      {
        unit: state.unit.view([rows.columns]),
        u: state.u.view([n]),
        v: state.v.view([n]),
        factor: state.factor,
        precise: state.precise,
      },
    );
    refuse(isSound);
    return iterations;
  }
  using op = kroneckerOfRows(hessian, rows, factor, { isPositiveSemidefinite: true });
  using right = new Tensor(block.dtype, [n, rows.columns]);
  copyRows(columns, matrix(right));
  const { tolerance, maxIterations } = limits;
  using solution = kroneckerCg(op, right, { alpha, form: "full", tolerance, maxIterations });
  refuse(solution.status !== "non-finite");
  copyRows(matrix(solution.x.view(right.shape)), columns);
  return solution.iterations;
}

/** Xᵀ (H̄ ⊗ RᵀR f) X of the system's columns of a block. */
export function curvatureAlong(system: System, block: Tensor): number {
  const { hessian, rows, factor } = system, [n] = hessian.shape;
  using along = new Tensor(block.dtype, [n, rows.rows]);
  using bent = new Tensor(block.dtype, [n, rows.rows]);
  alongRows(columnsOf(system, block), rows, along);
  gemm(matrix(hessian), matrix(along), bent);
  return factor * dot(along, bent);
}
