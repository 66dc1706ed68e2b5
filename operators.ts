/**
 * Matrices known by their products: curvature, the algebra of operators, estimators of traces and spectra.
 *
 * @module
 */
export { blockDiagonal } from "./src/linalg/operators/block_diagonal.ts";
export { diagonal, DiagonalOperator } from "./src/linalg/operators/diagonal.ts";
export { kronecker, KroneckerOperator } from "./src/linalg/operators/kronecker.ts";
export { add } from "./src/linalg/operators/sum_operator.ts";
export { empiricalFisher, fisher } from "./src/curvature/fisher.ts";
export type { FisherOptions } from "./src/curvature/fisher.ts";
export { gaussNewton, type GaussNewtonOptions } from "./src/curvature/gauss_newton.ts";
export type { BlockOptions, PartitionedOperator } from "./src/curvature/partitioned_operator.ts";
export { gaussNewtonMatrix } from "./src/curvature/gauss_newton_matrix.ts";
export type { GaussNewtonMatrixOptions } from "./src/curvature/gauss_newton_matrix.ts";
export type { Assembly } from "./src/curvature/gauss_newton_matrix/choice.ts";
export { hessian } from "./src/curvature/hessian.ts";
export { positiveCurvatureHessian } from "./src/curvature/positive_curvature.ts";
export type {
  PositiveCurvatureHessian,
  PositiveCurvatureOptions,
  PositiveCurvatureSettings,
  ProjectionOptions,
} from "./src/curvature/positive_curvature.ts";
export { LinearOperator } from "./src/linalg/operator.ts";
export type { LinearMap, OperatorDescription, OperatorProperties } from "./src/linalg/operator.ts";
export { linearOperator } from "./src/linalg/linear_operator.ts";
export type { OperatorDefinition } from "./src/linalg/linear_operator.ts";
export { compose } from "./src/linalg/operators/compose.ts";
export { denseOperator } from "./src/linalg/operators/dense_operator.ts";
export { identityOperator } from "./src/linalg/operators/identity_operator.ts";
export { inverse } from "./src/linalg/operators/inverse.ts";
export type { InverseSolver } from "./src/linalg/operators/inverse.ts";
export { kroneckerGram, KroneckerGramOperator } from "./src/linalg/operators/kronecker_gram.ts";
export { submatrix } from "./src/linalg/operators/submatrix.ts";
export { hutchPlusPlus } from "./src/linalg/estimators/hutch_plus_plus.ts";
export type { HutchPlusPlusOptions } from "./src/linalg/estimators/hutch_plus_plus.ts";
export { hutchinsonDiagonal, hutchinsonTrace } from "./src/linalg/estimators/hutchinson.ts";
export type { DiagonalEstimate } from "./src/linalg/estimators/hutchinson.ts";
export { lanczos, LanczosDecomposition } from "./src/linalg/estimators/lanczos.ts";
export type { LanczosOptions } from "./src/linalg/estimators/lanczos.ts";
export { powerIteration } from "./src/linalg/estimators/power_iteration.ts";
export type { Eigenpair, PowerIterationOptions } from "./src/linalg/estimators/power_iteration.ts";
export type { Estimate, SamplingOptions } from "./src/linalg/estimators/sampling.ts";
export { stochasticLanczosQuadrature } from "./src/linalg/estimators/stochastic_lanczos_quadrature.ts";
export type {
  SpectralDensity,
  SpectrumOptions,
} from "./src/linalg/estimators/stochastic_lanczos_quadrature.ts";
export { accumulate } from "./src/curvature/accumulate.ts";
export type { AccumulateOptions, MeanLoss, OperatorOfBatch } from "./src/curvature/accumulate.ts";
export { Partition } from "./src/nn/sites/partition.ts";
export { SiteBlock } from "./src/nn/sites/site_block.ts";
export type { ParameterRange, SitePlaces } from "./src/nn/sites/site_block.ts";
export { jacobian } from "./src/curvature/jacobian.ts";
export type { JacobianOptions } from "./src/curvature/jacobian.ts";
export { exactPositiveCurvature } from "./src/curvature/exact_positive_curvature.ts";
export type { Expectation } from "./src/curvature/pre_activation.ts";
export { segments } from "./src/curvature/segments.ts";
export type { SegmentMatrices, SegmentOptions } from "./src/curvature/segments.ts";
export type { SegmentChunks, SegmentStrategy } from "./src/curvature/segments/strategy.ts";
export type { TargetDistribution } from "./src/curvature/cotangents.ts";
export { preActivationHessians } from "./src/curvature/pre_activation_hessians.ts";
export type { SiteTensors } from "./src/curvature/pre_activation_hessians.ts";
