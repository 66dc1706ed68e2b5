/**
 * What layers, losses and initial values of one's own are written with, and the checkers of their derivatives.
 *
 * @module
 */
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
export type { HessianRoot, Loss } from "./src/nn/losses/loss.ts";
export { defineLoss } from "./src/nn/losses/define_loss.ts";
export type { LossDefinition } from "./src/nn/losses/own_loss.ts";
export type {
  BindContext,
  BoundLayer,
  Buffers,
  DrawKey,
  ElementMap,
  HiddenDamping,
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
export type { ProductScales } from "./src/ops/gemm.ts";
export { randomBits, STREAMS } from "./src/tensor/random.ts";
export type { Pair, PatchGeometry } from "./src/ops/patch_geometry.ts";
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
export type { StoredArray } from "./src/nn/sites/stored_array.ts";
export type { RowPlace } from "./src/nn/pass/sample_rows.ts";
export type { Span } from "./src/ops/face_splitting.ts";
export type { Block } from "./src/nn/pass/network_pass.ts";
export type { SiteDescription, SiteTangents, SiteValues, Tie } from "./src/nn/sites/site.ts";
export type { SiteForm } from "./src/nn/sites/site_form.ts";
export type { SiteUse } from "./src/nn/sites/site_layout.ts";
