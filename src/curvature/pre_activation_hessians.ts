import { checkLinearization, type Linearization } from "../nn/linearization.ts";
import { checkProjection } from "../nn/losses/projection.ts";
import { withDefaults } from "../runtime/arguments.ts";
import { DISPOSE, type Resource, Scope } from "../runtime/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { denseChain } from "./dense_chain.ts";
import type { ProjectionOptions } from "./positive_curvature.ts";
import { samplePreActivationHessians } from "./pre_activation.ts";

const ACTION = "make pre-activation Hessians";

const DEFAULTS: Required<ProjectionOptions> = Object.freeze({ projection: "abs" });

/** Tensors of all sites that live until `dispose()` or the end of their `using` block. */
export interface SiteTensors extends Resource, Disposable {
  /** One for each site. */
  readonly sites: readonly Tensor[];
}

/**
 * The Hessian of every sample's loss in the outputs z of every site: H_t (B, O, O), exact but for the projection.
 *
 * What `positiveCurvatureHessian()` approximates by means. A site's exact block is the mean of H_t ⊗ h hᵀ.
 *
 * Shapes: (B, O, O) for each site. Cost: two matrix products for each sample and site but the first.
 *
 * @throws {TypeError} when an option has no meaning, or a site is not dense or is followed by more than
 * functions of single elements.
 * @throws {NonFiniteError} when the loss's Hessian is not finite.
 * @throws {OutOfMemoryError} when memory refuses to grow.
 *
 * Source: Chen, Chou & Chang 2019 (arXiv 1802.06502), after Dangel's account of its second version.
 *
 * @example
 * ```ts
 * import { dense, sequential, tensor, welsch } from "curvature";
 * import { preActivationHessians } from "curvature/operators";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using model = sequential({ input: [1] }, [dense(1)]);
 * model.parameters.data.set([1, 0]);
 * using input = tensor([[0], [2]]);
 * using target = tensor([[0], [0]]);
 * using lin = model.linearize(welsch(), { input, target });
 * using exact = preActivationHessians(lin, { projection: "none" });
 * assertAlmostEquals(exact.sites[0].data[0], 1);
 * assertAlmostEquals(exact.sites[0].data[1], -3 * Math.exp(-2), 1e-6);
 * using clipped = preActivationHessians(lin, { projection: "clip" });
 * assertAlmostEquals(clipped.sites[0].data[1], 0);
 * ```
 */
export function preActivationHessians(
  lin: Linearization,
  options: ProjectionOptions = {},
): SiteTensors {
  checkLinearization(ACTION, lin);
  const { projection } = withDefaults(ACTION, options, DEFAULTS);
  checkProjection(ACTION, projection);
  const chain = denseChain(ACTION, lin), scope = new Scope();
  try {
    const sites = chain.map(({ weight: { shape: [n] } }) =>
      scope.own(new Tensor(lin.output.dtype, [lin.batchSize, n, n]))
    );
    samplePreActivationHessians(lin, chain, projection, sites);
    const dispose = (): void => scope.dispose();
    return { sites, dispose, [DISPOSE]: dispose };
  } catch (error) {
    scope.dispose();
    throw error;
  }
}
