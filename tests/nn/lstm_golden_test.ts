// A recurrent network of 78 parameters whose numbers an independent numpy implementation gave. The rule: parameter
// k = sin(k + 1) / 2, tangent k = cos(k + 1), input k = sin(0.7 (k + 1)), in the order W_x, W_h, b of each layer.
import {
  dense,
  gaussNewton,
  lastStep,
  lstm,
  sequential,
  squaredError,
  tensor,
  zeros,
} from "../../mod.ts";
import { norm } from "../../src/ops/vector.ts";
import { near } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { GOLDEN_DIGITS } from "../_support/tolerance.ts";
import { inner } from "./_bound_layer.ts";

/** Widths of the blocks of columns of each W: x, h and bias, or inputs and bias. */
const BLOCKS = [[8, [1, 2, 1]], [8, [2, 2, 1]], [2, [2, 1]]] as const;

/** Places of the parameters, block by block, in a vector of the rows of each W. */
function placesInOrderOfTheRule(): number[] {
  const places: number[] = [];
  let offset = 0;
  for (const [rows, widths] of BLOCKS) {
    const columns = widths.reduce((sum, width) => sum + width, 0);
    let first = 0;
    for (const width of widths) {
      for (let row = 0; row < rows; row++) {
        for (let k = first; k < first + width; k++) places.push(offset + row * columns + k);
      }
      first += width;
    }
    offset += rows * columns;
  }
  return places;
}

test("a recurrent network of 78 parameters has the golden loss, gradient and Gauss-Newton products", () => {
  const bound = GOLDEN_DIGITS, places = placesInOrderOfTheRule(), dtype = "float64";
  using model = sequential({ input: [3, 1], dtype }, [lstm(2), lstm(2), lastStep(), dense(2)]);
  using v = zeros([model.parameterCount], { dtype });
  for (const [k, place] of places.entries()) {
    model.parameters.data[place] = 0.5 * Math.sin(k + 1);
    v.data[place] = Math.cos(k + 1);
  }
  model.parametersChanged();
  const inputs = Array.from({ length: 6 }, (_, k) => Math.sin(0.7 * (k + 1)));
  using input = tensor(inputs, { shape: [2, 3, 1], dtype });
  using target = tensor([[0.5, -0.5], [0, 1]], { dtype });
  using lin = model.linearize(squaredError(), { input, target });
  using gradient = lin.gradient();
  near(lin.loss, 0.3282390438088381, bound, "loss");
  near(norm(gradient), 0.1483861671055701, bound, "norm of the gradient");
  [7.598343711265615e-4, 3.319983037334992e-4, 1.223094445641594e-3].forEach((expected, k) =>
    near(gradient.data[places[k]], expected, bound, `gradient ${k}`)
  );
  using jv = lin.jvp(v);
  [-0.2504657959268468, -0.6930614178023315, -0.3224301987186357, -0.7608935302054995].forEach(
    (expected, k) => near(jv.data[k], expected, bound, `J v ${k}`),
  );
  using full = gaussNewton(lin);
  using gv = full.apply(v);
  [-1.530248282259207e-4, 6.152712145314528e-4, -2.2396349048804063e-4].forEach((expected, k) =>
    near(gv.data[places[k]], expected, bound, `G v ${k}`)
  );
  near(inner(v.data, gv.data), 0.6129937205648864, bound, "vᵀ G v");
  using bySite = gaussNewton(lin, { blocks: "site" });
  using bv = bySite.apply(v);
  near(bv.data[0], 8.660223002311451e-5, bound, "B v 0");
  near(inner(v.data, bv.data), 0.45603284631076146, bound, "vᵀ B v");
});
