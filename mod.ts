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
  DisposedError,
  NonFiniteError,
  NotPositiveDefiniteError,
  OutOfMemoryError,
} from "./src/runtime/errors.ts";
export type { NonFiniteDetails } from "./src/runtime/errors.ts";
export { Scope } from "./src/runtime/scope.ts";
export type { Resource } from "./src/runtime/scope.ts";
export { cast, clone, tensor, zeros } from "./src/tensor/create.ts";
export type { TensorData, TensorFromOptions, TensorOptions } from "./src/tensor/create.ts";
export { digest } from "./src/tensor/digest.ts";
export { normal, permutation, randomKey, uniform } from "./src/tensor/random.ts";
export type { NormalOptions, RandomKey, UniformOptions } from "./src/tensor/random.ts";
export type { Shape } from "./src/tensor/shape.ts";
export { Tensor } from "./src/tensor/tensor.ts";
export type { NestedNumbers } from "./src/tensor/tensor.ts";
export { matmul } from "./src/ops/gemm.ts";
export type { MatmulOptions } from "./src/ops/gemm.ts";
export { choleskySolve } from "./src/linalg/cholesky.ts";
export { eigh } from "./src/linalg/eigh.ts";
export { blockDiagonal } from "./src/linalg/operators/block_diagonal.ts";
export { diagonal } from "./src/linalg/operators/diagonal.ts";
export { kronecker } from "./src/linalg/operators/kronecker.ts";
export { add } from "./src/linalg/operators/sum_operator.ts";
export { cg } from "./src/solvers/cg.ts";
export type { CgOptions, CgSolution } from "./src/solvers/cg.ts";
export { kroneckerCg } from "./src/solvers/kronecker_cg.ts";
export type { KroneckerCgOptions } from "./src/solvers/kronecker_cg.ts";
export { lsmr } from "./src/solvers/lsmr.ts";
export type { LsmrOptions } from "./src/solvers/lsmr.ts";
export { martens } from "./src/solvers/martens.ts";
export type { MartensOptions } from "./src/solvers/martens.ts";
export { minres } from "./src/solvers/minres.ts";
export type { MinresOptions } from "./src/solvers/minres.ts";
export type {
  Owned,
  Solution,
  SolverHistory,
  SolverOptions,
  SolverStatus,
} from "./src/solvers/solver.ts";
export type { StopRule } from "./src/solvers/stop_rule.ts";
export { dataset } from "./src/data/dataset.ts";
export type { Dataset, DatasetOptions } from "./src/data/dataset.ts";
export { dense } from "./src/nn/layers/dense.ts";
export type { DenseOptions } from "./src/nn/layers/dense.ts";
export { conv2d } from "./src/nn/layers/conv2d.ts";
export type { Conv2dOptions } from "./src/nn/layers/conv2d.ts";
export { dropout } from "./src/nn/layers/dropout.ts";
export type { DropoutOptions } from "./src/nn/layers/dropout.ts";
export { embedding } from "./src/nn/layers/embedding.ts";
export type { EmbeddingOptions } from "./src/nn/layers/embedding.ts";
export { groupNorm } from "./src/nn/layers/group_norm.ts";
export type { GroupNormOptions } from "./src/nn/layers/group_norm.ts";
export { batchNorm } from "./src/nn/layers/batch_norm.ts";
export type { BatchNormOptions } from "./src/nn/layers/batch_norm.ts";
export { layerNorm } from "./src/nn/layers/layer_norm.ts";
export type { LayerNormOptions } from "./src/nn/layers/layer_norm.ts";
export { multiHeadAttention } from "./src/nn/layers/attention.ts";
export type { MultiHeadAttentionOptions } from "./src/nn/layers/attention.ts";
export { rmsNorm } from "./src/nn/layers/rms_norm.ts";
export type { RmsNormOptions } from "./src/nn/layers/rms_norm.ts";
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
export type { Initializer } from "./src/nn/sites/initializers.ts";
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
export type { ModelOptions, PredictOptions, VisitOptions } from "./src/nn/model.ts";
export { Linearization } from "./src/nn/linearization.ts";
export { HiddenStates } from "./src/nn/pass/hidden_states.ts";
export type { AffineSite, Batch, LinearizedModel, Site } from "./src/nn/linearization.ts";
export type { ForwardMode } from "./src/nn/pass/network_pass.ts";
export { partition } from "./src/nn/partition.ts";
export type { PartitionRule } from "./src/nn/sites/partition.ts";
export type { Layer } from "./src/nn/layers/layer.ts";
export type { Coupling, LayerState, StateDescription } from "./src/nn/layers/layer_state.ts";
export type { KeptTensor } from "./src/nn/pass/model_state.ts";
export { empiricalFisher, fisher } from "./src/curvature/fisher.ts";
export type { FisherOptions } from "./src/curvature/fisher.ts";
export { gaussNewton } from "./src/curvature/gauss_newton.ts";
export type { GaussNewtonOptions } from "./src/curvature/gauss_newton.ts";
export type { BlockOptions, PartitionedOperator } from "./src/curvature/partitioned_operator.ts";
export { gaussNewtonMatrix } from "./src/curvature/gauss_newton_matrix.ts";
export type { GaussNewtonMatrixOptions } from "./src/curvature/gauss_newton_matrix.ts";
export type { Assembly } from "./src/curvature/gauss_newton_matrix/choice.ts";
export { hessian } from "./src/curvature/hessian.ts";
export { positiveCurvatureHessian } from "./src/curvature/positive_curvature.ts";
export type {
  PositiveCurvatureHessian,
  PositiveCurvatureOptions,
} from "./src/curvature/positive_curvature.ts";
export { segments } from "./src/curvature/segments.ts";
export type { SegmentMatrices, SegmentOptions } from "./src/curvature/segments.ts";
export type { SegmentChunks, SegmentStrategy } from "./src/curvature/segments/strategy.ts";
export type { TargetDistribution } from "./src/curvature/cotangents.ts";
export { adam, adamw } from "./src/optimizers/adam.ts";
export type { AdamOptions } from "./src/optimizers/adam.ts";
export { cwNgd } from "./src/optimizers/cw_ngd.ts";
export type { CwNgdOptions } from "./src/optimizers/cw_ngd/settings.ts";
export { hessianFree } from "./src/optimizers/hessian_free.ts";
export type { HessianFreeOptions } from "./src/optimizers/hessian_free/settings.ts";
export type { HessianFreePreconditioner } from "./src/optimizers/hessian_free/preconditioner.ts";
export type { L2Exception } from "./src/optimizers/penalty.ts";
export { blockHessianFree } from "./src/optimizers/block_hessian_free.ts";
export type { BlockHessianFreeOptions } from "./src/optimizers/hessian_free/block_settings.ts";
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
export type { Fallback } from "./src/optimizers/fallback.ts";
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
  LsmrFormOptions,
  PrimalOptions,
} from "./src/optimizers/levenberg_marquardt/settings.ts";
export { heavyBall, movingAverage, nesterov } from "./src/optimizers/momentum.ts";
export type { Momentum } from "./src/optimizers/momentum.ts";
export { OptimizerState, Replaceable } from "./src/optimizers/optimizer.ts";
export type {
  BlockSolve,
  InitContext,
  Optimizer,
  Problem,
  StepReport,
  StepWork,
  StopReason,
} from "./src/optimizers/optimizer.ts";
export type { Schedule } from "./src/optimizers/schedule.ts";
export { sgd } from "./src/optimizers/sgd.ts";
export type { SgdOptions } from "./src/optimizers/sgd.ts";
export { shampoo } from "./src/optimizers/shampoo.ts";
export type { ShampooOptions } from "./src/optimizers/shampoo/settings.ts";
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
