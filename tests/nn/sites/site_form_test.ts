// What is decided about a site is asked of its form: a form that has another name is treated the same.
import { dense, type Layer, sequential, squaredError, tensor } from "../../../mod.ts";
import { checkKroneckerSites } from "../../../src/curvature/kronecker_factors.ts";
import { squaredGradients } from "../../../src/curvature/statistics/squared_gradients.ts";
import { AFFINE, type SiteForm } from "../../../src/nn/sites/site_form.ts";
import { Tensor } from "../../../src/tensor/tensor.ts";
import { equal, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";

function denseOf(form: SiteForm): Layer {
  const layer = dense(2);
  return {
    kind: "renamed",
    outputShape: (input) => layer.outputShape(input),
    sites: (input) => layer.sites(input).map((site) => ({ ...site, form })),
    bind: (context) => layer.bind(context),
  };
}

/** How often squared gradients go through the pull of a form. */
function pullsWith(change: Partial<SiteForm>): number {
  let pulls = 0;
  const form: SiteForm = {
    ...AFFINE,
    ...change,
    pull: (...pulled) => {
      pulls++;
      AFFINE.pull(...pulled);
    },
  };
  using model = sequential({ input: [3], seed: 5 }, [denseOf(form)]);
  using input = tensor([[1, 2, -1], [0.5, -3, 2]]);
  using target = tensor([[1, 0], [0, 2]]);
  using lin = model.linearize(squaredError(), { input, target });
  using _squares = squaredGradients(
    lin,
    new Tensor(model.parameters.dtype, [model.parameters.size]),
  );
  return pulls;
}

test("a form of another name has the shortcuts of the capabilities that it states", () => {
  equal(pullsWith({ name: "mine" }), 0);
});

test("a form that is no outer product is pulled sample by sample, through its own pull", () => {
  equal(pullsWith({ name: "affine", isOuterProduct: false }), 2);
});

test("methods with Kronecker factors refuse a form for the reason that it gives", () => {
  const form = { ...AFFINE, lacksFactors: "bends what it is given" };
  using model = sequential({ input: [3], seed: 5 }, [denseOf(form)]);
  throws(
    () => checkKroneckerSites("try it", model.sites),
    TypeError,
    /site "dense_1" bends what it is given/,
  );
});

test("a site's form that cannot pull is refused", () => {
  throws(
    () => sequential({ input: [3], seed: 5 }, [denseOf("affine" as unknown as SiteForm)]),
    TypeError,
    /form of a site/,
  );
});
