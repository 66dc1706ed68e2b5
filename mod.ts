/**
 * Second-order training of neural networks: the same bits on every JavaScript runtime.
 *
 * @module
 */
export { init } from "./src/runtime/module.ts";
export { memoryUsage } from "./src/runtime/memory.ts";
export type { MemoryUsage } from "./src/runtime/arena.ts";
export type { DType, FloatArray } from "./src/runtime/dtype.ts";
export type { Plain, PlainRecord } from "./src/runtime/plain_data.ts";
export type { HostModule, HostSignal } from "./src/runtime/host_types.ts";
export {
  CheckpointExistsError,
  CheckpointFormatError,
  CheckpointIntegrityError,
  CheckpointMismatchError,
  CheckpointStoreError,
  DisposedError,
  NonFiniteError,
  NotPositiveDefiniteError,
  OutOfMemoryError,
} from "./src/runtime/errors.ts";
export type { NonFiniteDetails } from "./src/runtime/errors.ts";
export { type Resource, Scope } from "./src/runtime/scope.ts";
export { cast, clone, tensor, zeros } from "./src/tensor/create.ts";
export type { TensorData, TensorFromOptions, TensorOptions } from "./src/tensor/create.ts";
export { digest } from "./src/tensor/digest.ts";
export {
  normal,
  permutation,
  randomBits,
  randomKey,
  STREAMS,
  uniform,
} from "./src/tensor/random.ts";
export type { NormalOptions, RandomKey, UniformOptions } from "./src/tensor/random.ts";
export type { Shape } from "./src/tensor/shape.ts";
export { type NestedNumbers, Tensor } from "./src/tensor/tensor.ts";

export { matmul } from "./src/ops/gemm.ts";
export type { MatmulOptions } from "./src/ops/gemm.ts";
export { homogeneous, Matrix, matrix } from "./src/ops/matrix.ts";
export type { Pair, PatchGeometry } from "./src/ops/patch_geometry.ts";

export { cholesky, CholeskyFactor, choleskySolve } from "./src/linalg/cholesky.ts";
export { Eigendecomposition, eigh } from "./src/linalg/eigh.ts";
export { LinearOperator } from "./src/linalg/operator.ts";
export type { LinearMap, OperatorDescription, OperatorProperties } from "./src/linalg/operator.ts";
export { linearOperator } from "./src/linalg/linear_operator.ts";
export type { OperatorDefinition } from "./src/linalg/linear_operator.ts";
export { blockDiagonal } from "./src/linalg/operators/block_diagonal.ts";
export { compose } from "./src/linalg/operators/compose.ts";
export { denseOperator } from "./src/linalg/operators/dense_operator.ts";
export { diagonal, DiagonalOperator } from "./src/linalg/operators/diagonal.ts";
export { identityOperator } from "./src/linalg/operators/identity_operator.ts";
export { inverse } from "./src/linalg/operators/inverse.ts";
export type { InverseSolver } from "./src/linalg/operators/inverse.ts";
export { kronecker, KroneckerOperator } from "./src/linalg/operators/kronecker.ts";
export { kroneckerGram, KroneckerGramOperator } from "./src/linalg/operators/kronecker_gram.ts";
export { submatrix } from "./src/linalg/operators/submatrix.ts";
export { add } from "./src/linalg/operators/sum_operator.ts";
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

export { cg, cgInPlace, CgWorkspace } from "./src/solvers/cg.ts";
export type { CgOptions, CgSolution, CgWorkspaceOptions } from "./src/solvers/cg.ts";
export { direct, directInPlace, DirectWorkspace } from "./src/solvers/direct.ts";
export type { DirectOptions } from "./src/solvers/direct.ts";
export { kroneckerCg } from "./src/solvers/kronecker_cg.ts";
export type { KroneckerCgOptions } from "./src/solvers/kronecker_cg.ts";
export { lsmr, lsmrInPlace, LsmrWorkspace } from "./src/solvers/lsmr.ts";
export type { LsmrOptions, LsmrWorkspaceOptions } from "./src/solvers/lsmr.ts";
export { martens } from "./src/solvers/martens.ts";
export type { MartensOptions } from "./src/solvers/martens.ts";
export { minres, minresInPlace, MinresWorkspace } from "./src/solvers/minres.ts";
export type { MinresOptions, MinresWorkspaceOptions } from "./src/solvers/minres.ts";
export type {
  Owned,
  Solution,
  SolverHistory,
  SolverOptions,
  SolverStatus,
} from "./src/solvers/solver.ts";
export type { StopRule } from "./src/solvers/stop_rule.ts";
export { IterateStore } from "./src/solvers/stored_iterates.ts";
export type { StoredIterate } from "./src/solvers/stored_iterates.ts";
export { type SystemSize, Workspace } from "./src/solvers/workspace.ts";

export { autoencoding, subset } from "./src/data/views.ts";
export { Batches } from "./src/data/batches.ts";
export type { BatchesOptions, BatchPosition } from "./src/data/batches.ts";
export { cifar10 } from "./src/data/cifar10.ts";
export type { Cifar10Options } from "./src/data/cifar10.ts";
export { curves } from "./src/data/curves.ts";
export type { CurvesOptions } from "./src/data/curves.ts";
export { dataset, datasetFromTensors } from "./src/data/dataset.ts";
export type { Dataset, DatasetOptions, TrainTest } from "./src/data/dataset.ts";
export type { ByteReader, ByteStream } from "./src/data/bytes.ts";
export type { Fetch, FetchedFile } from "./src/data/download.ts";
export { readIdx } from "./src/data/idx.ts";
export type { IdxArray, IdxData } from "./src/data/idx.ts";
export { mnist } from "./src/data/mnist.ts";
export type { MnistFile, MnistOptions } from "./src/data/mnist.ts";
export { readNpy, writeNpy } from "./src/data/npy.ts";

export { dense } from "./src/nn/layers/dense.ts";
export type { DenseOptions } from "./src/nn/layers/dense.ts";
export { conv2d } from "./src/nn/layers/conv2d.ts";
export type { Conv2dOptions } from "./src/nn/layers/conv2d.ts";
export { checkLayer } from "./src/nn/check/check_layer.ts";
export type { CheckLayerOptions } from "./src/nn/check/check_layer.ts";
export { checkLoss } from "./src/nn/check/check_loss.ts";
export type { CheckLossOptions } from "./src/nn/check/check_loss.ts";
export { checkModel } from "./src/nn/check/check_model.ts";
export type { CheckModelOptions } from "./src/nn/check/check_model.ts";
export type { CheckReport, Finding, PrintOptions } from "./src/nn/check/finding.ts";
export { defineLayer } from "./src/nn/layers/define_layer.ts";
export type {
  LayerDefinition,
  NamedArrays,
  OwnCotangents,
  OwnParameter,
  OwnPoint,
  OwnTangent,
} from "./src/nn/layers/own_layer.ts";
export { dropout } from "./src/nn/layers/dropout.ts";
export type { DropoutOptions } from "./src/nn/layers/dropout.ts";
export { layerNorm } from "./src/nn/layers/layer_norm.ts";
export type { LayerNormOptions } from "./src/nn/layers/layer_norm.ts";
export { averagePool2d, globalAveragePool2d, maxPool2d } from "./src/nn/layers/pooling.ts";
export type { PoolingOptions } from "./src/nn/layers/pooling.ts";
export type { Padding } from "./src/nn/layers/window.ts";
export {
  elu,
  gelu,
  leakyRelu,
  relu,
  selu,
  sigmoid,
  silu,
  softplus,
  tanh,
} from "./src/nn/layers/activation.ts";
export type { GeluOptions } from "./src/nn/layers/activation.ts";
export { lstm } from "./src/nn/layers/lstm.ts";
export type { LstmOptions } from "./src/nn/layers/lstm.ts";
export { lastStep } from "./src/nn/layers/last_step.ts";
export { flatten, identity, reshape } from "./src/nn/layers/reshape.ts";
export { concatenation } from "./src/nn/layers/concatenation.ts";
export { residual } from "./src/nn/layers/residual.ts";
export type { ResidualOptions } from "./src/nn/layers/residual.ts";
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  martensSparse,
  pytorchDefault,
} from "./src/nn/sites/initializers.ts";
export type {
  Initializer,
  InitializerContext,
  SparseOptions,
} from "./src/nn/sites/initializers.ts";
export {
  huber,
  poisson,
  pseudoHuber,
  sigmoidCrossEntropy,
  squaredError,
} from "./src/nn/losses/elementwise.ts";
export { welsch } from "./src/nn/losses/welsch.ts";
export { expectedZeroOne, softmaxCrossEntropy } from "./src/nn/losses/softmax.ts";
export type { HessianRoot, Loss } from "./src/nn/losses/loss.ts";
export type { Projection } from "./src/nn/losses/projection.ts";
export { defineLoss } from "./src/nn/losses/define_loss.ts";
export type { LossDefinition } from "./src/nn/losses/own_loss.ts";
export { sequential } from "./src/nn/sequential.ts";
export type { SequentialOptions } from "./src/nn/sequential.ts";
export { Model } from "./src/nn/model.ts";
export type { ModelOptions, PredictOptions } from "./src/nn/model.ts";
export type { StoredArray } from "./src/nn/sites/stored_array.ts";
export { Linearization } from "./src/nn/linearization.ts";
export type { RowPlace } from "./src/nn/pass/sample_rows.ts";
export type { Span } from "./src/ops/face_splitting.ts";
export type { ProductScales } from "./src/ops/gemm.ts";
export type { Block } from "./src/nn/pass/network_pass.ts";
export type { AffineSite, Batch, LinearizedModel, Site } from "./src/nn/linearization.ts";
export type {
  BindContext,
  BoundLayer,
  Buffers,
  DrawKey,
  ElementMap,
  KeySource,
  Layer,
  Link,
  ReverseContext,
  ReverseSweep,
  SecondOrderContext,
  SecondOrderSweep,
  TangentContext,
  TangentSweep,
} from "./src/nn/layers/layer.ts";
export type { SiteDescription, SiteTangents, SiteValues, Tie } from "./src/nn/sites/site.ts";
export type { SiteForm } from "./src/nn/sites/site_form.ts";
export type { SiteUse } from "./src/nn/sites/site_layout.ts";

export { accumulate } from "./src/curvature/accumulate.ts";
export type { AccumulateOptions, MeanLoss, OperatorOfBatch } from "./src/curvature/accumulate.ts";
export { empiricalFisher, fisher } from "./src/curvature/fisher.ts";
export type { FisherOptions } from "./src/curvature/fisher.ts";
export { gaussNewton } from "./src/curvature/gauss_newton.ts";
export type { BlockOptions } from "./src/curvature/gauss_newton.ts";
export { gaussNewtonMatrix } from "./src/curvature/gauss_newton_matrix.ts";
export type { GaussNewtonMatrixOptions } from "./src/curvature/gauss_newton_matrix.ts";
export type { Assembly } from "./src/curvature/gauss_newton_matrix/choice.ts";
export { hessian } from "./src/curvature/hessian.ts";
export { jacobian } from "./src/curvature/jacobian.ts";
export type { JacobianOptions } from "./src/curvature/jacobian.ts";
export { exactPositiveCurvature } from "./src/curvature/exact_positive_curvature.ts";
export { positiveCurvatureHessian } from "./src/curvature/positive_curvature.ts";
export type {
  PositiveCurvatureHessian,
  PositiveCurvatureOptions,
  PositiveCurvatureSettings,
  ProjectionOptions,
} from "./src/curvature/positive_curvature.ts";
export type { Expectation } from "./src/curvature/pre_activation.ts";
export { segments } from "./src/curvature/segments.ts";
export type { SegmentMatrices, SegmentOptions } from "./src/curvature/segments.ts";
export type { SegmentChunks, SegmentStrategy } from "./src/curvature/segments/strategy.ts";
export type { TargetDistribution } from "./src/curvature/cotangents.ts";
export { preActivationHessians } from "./src/curvature/pre_activation_hessians.ts";
export type { SiteTensors } from "./src/curvature/pre_activation_hessians.ts";

export { adam, adamw } from "./src/optimizers/adam.ts";
export type { AdamOptions } from "./src/optimizers/adam.ts";
export { cwNgd } from "./src/optimizers/cw_ngd.ts";
export type { CwNgdOptions } from "./src/optimizers/cw_ngd/settings.ts";
export { hessianFree } from "./src/optimizers/hessian_free.ts";
export type { HessianFreeOptions } from "./src/optimizers/hessian_free/settings.ts";
export { eaCg } from "./src/optimizers/ea_cg.ts";
export type { EaCgOptions, EaCurvatureOptions } from "./src/optimizers/ea_cg/settings.ts";
export { kBfgs } from "./src/optimizers/k_bfgs.ts";
export type { KBfgsOptions } from "./src/optimizers/k_bfgs/settings.ts";
export { curveFit, curveFitAsync } from "./src/optimizers/curve_fit.ts";
export type {
  Curve,
  CurveFit,
  CurveFitOptions,
  CurveFitStatus,
  CurveGradient,
  ModelFitOptions,
} from "./src/optimizers/curve_fit.ts";
export { kfac } from "./src/optimizers/kfac.ts";
export type { KfacOptions } from "./src/optimizers/kfac/settings.ts";
export { lbfgs } from "./src/optimizers/lbfgs.ts";
export type { LbfgsOptions } from "./src/optimizers/lbfgs/settings.ts";
export { kfi } from "./src/optimizers/kfi.ts";
export type { KfiOptions } from "./src/optimizers/kfi/settings.ts";
export type { DampingRule } from "./src/optimizers/damping_schedule.ts";
export { levenbergMarquardt } from "./src/optimizers/levenberg_marquardt.ts";
export type {
  DampingScaling,
  LevenbergMarquardtForm,
  LevenbergMarquardtOptions,
} from "./src/optimizers/levenberg_marquardt/settings.ts";
export { heavyBall, movingAverage, nesterov } from "./src/optimizers/momentum.ts";
export type { Momentum } from "./src/optimizers/momentum.ts";
export { OptimizerState, Replaceable } from "./src/optimizers/optimizer.ts";
export type {
  InitContext,
  Optimizer,
  Problem,
  StepReport,
  StopReason,
} from "./src/optimizers/optimizer.ts";
export type { Schedule } from "./src/optimizers/schedule.ts";
export { sgd } from "./src/optimizers/sgd.ts";
export type { SgdOptions } from "./src/optimizers/sgd.ts";
export { shampoo } from "./src/optimizers/shampoo.ts";
export type { ShampooOptions } from "./src/optimizers/shampoo/settings.ts";

export { checkpoint } from "./src/train/checkpoint/checkpoint.ts";
export type { Run } from "./src/train/checkpoint/checkpoint.ts";
export { fileStore } from "./src/train/checkpoint/file_store.ts";
export { loadCheckpoint, saveCheckpoint } from "./src/train/checkpoint/generations.ts";
export type {
  FoundCheckpoint,
  RefusedCheckpoint,
  SaveOptions,
} from "./src/train/checkpoint/generations.ts";
export { memoryStore } from "./src/train/checkpoint/memory_store.ts";
export { opfsStore } from "./src/train/checkpoint/opfs_store.ts";
export { restore } from "./src/train/checkpoint/restore.ts";
export type { RunParts } from "./src/train/checkpoint/signature.ts";
export type { CheckpointStore } from "./src/train/checkpoint/store.ts";
export type { CheckpointOptions, Resumed } from "./src/train/checkpoint/train_options.ts";
export { evaluate, evaluateAsync } from "./src/train/evaluate.ts";
export type { EvaluateOptions } from "./src/train/evaluate.ts";
export { accuracy, meanSquaredError, reconstructionError } from "./src/train/metrics.ts";
export type { Metric } from "./src/train/metrics.ts";
export { load, save } from "./src/train/weights.ts";
export { fit } from "./src/train/fit.ts";
export type { EpochReport, FitResult } from "./src/train/fit.ts";
export { train } from "./src/train/train.ts";
export { plan } from "./src/train/plan.ts";
export type { PlanOptions } from "./src/train/plan.ts";
export type { RunEnding, TrainOptions, TrainProgress } from "./src/train/options.ts";
