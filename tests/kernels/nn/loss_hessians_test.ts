import { kernels } from "../../../src/runtime/instance.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed, rounded } from "../_cases.ts";

test("softmax_root() writes one column of the roots of every other row, with weights and without", () => {
  const rows = 6;
  for (const dtype of DTYPES) {
    const chance = new Chance(1);
    for (const classes of FEW_SIZES) {
      const p = chance.numbers(dtype, rows * classes).map(Math.abs);
      const weights = chance.numbers("float64", rows).map(Math.abs), chosen = classes - 1;
      for (const isWeighted of [true, false]) {
        const [held, c] = [packed(dtype, p), packed("float64", weights)];
        const out = packed(dtype, p), expected = p.slice();
        kernels(dtype).softmax_root(
          ...[rows, classes, 1, 2, chosen, isWeighted ? c.pointer : 0] as const,
          ...[held.pointer, out.pointer] as const,
        );
        for (let row = 1; row < rows; row += 2) {
          const start = row * classes, own = p[start + chosen];
          const root = Math.sqrt((isWeighted ? weights[row] : 1) * own);
          for (let i = start; i < start + classes; i++) expected[i] = rounded(dtype, -root * p[i]);
          expected[start + chosen] = rounded(dtype, root * (1 - own));
        }
        equal(isSame(out.take(), expected), true, `${classes} classes of ${dtype}, ${isWeighted}`);
        for (const operand of [held, c]) operand.take();
      }
    }
  }
});

test("softmax_mean() adds up the diagonal and multiplies by roots of weights", () => {
  const [samples, steps] = [3, 2], rows = samples * steps;
  for (const dtype of DTYPES) {
    const chance = new Chance(2);
    for (const classes of FEW_SIZES) {
      const p = chance.numbers(dtype, rows * classes).map(Math.abs), width = steps * classes;
      const weights = chance.numbers("float64", rows).map(Math.abs);
      for (const isWeighted of [true, false]) {
        const diagonal = chance.numbers("float64", width);
        const [held, c, out] = [
          packed(dtype, p),
          packed("float64", weights),
          packed("float64", diagonal),
        ];
        const { softmax_mean } = kernels(dtype), pointer = isWeighted ? c.pointer : 0;
        softmax_mean(rows, classes, width, samples, pointer, held.pointer, out.pointer);
        const scaled = p.map((value, i) => {
          const weight = isWeighted ? weights[Math.floor(i / classes)] : 1;
          diagonal[i % width] += weight * value / samples;
          return rounded(dtype, value * Math.sqrt(weight));
        });
        equal(isSame(out.take(), diagonal), true, `diagonal, ${classes} classes of ${dtype}`);
        equal(isSame(held.take(), scaled), true, `rows, ${classes} classes of ${dtype}`);
        c.take();
      }
    }
  }
});

test("draw_classes() inverts the sums of probabilities, and takes the last class beyond them", () => {
  const rows = 40;
  for (const dtype of DTYPES) {
    const chance = new Chance(3);
    for (const classes of FEW_SIZES) {
      const p = chance.numbers(dtype, rows * classes).map((x) =>
        rounded(dtype, Math.abs(x) / classes)
      );
      const u = chance.numbers(dtype, rows).map(Math.abs);
      const [held, drawn] = [packed(dtype, p), packed(dtype, u)];
      kernels(dtype).draw_classes(rows, classes, held.pointer, drawn.pointer);
      const expected = u.map((value, row) => {
        let rest = value, chosen = 0;
        while (chosen < classes - 1 && rest >= p[row * classes + chosen]) {
          rest -= p[row * classes + chosen++];
        }
        return chosen;
      });
      equal(isSame(drawn.take(), expected), true, `${classes} classes of ${dtype}`);
      equal(isSame(held.take(), p), true, "probabilities are unchanged");
    }
  }
});

test("add_bent() adds multiples of I and of outer products, row by row", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(4);
    for (const rows of FEW_SIZES) {
      for (const width of FEW_SIZES) {
        const x = chance.numbers(dtype, rows * width),
          sum = chance.numbers("float64", width * width);
        const [shifts, bends] = [chance.numbers("float64", rows), chance.numbers("float64", rows)];
        const [c, b, held] = [
          packed("float64", shifts),
          packed("float64", bends),
          packed(dtype, x),
        ];
        const total = packed("float64", sum);
        kernels(dtype).add_bent(rows, width, c.pointer, b.pointer, held.pointer, total.pointer);
        for (let row = 0; row < rows; row++) {
          const r = x.subarray(row * width, (row + 1) * width);
          for (let i = 0; i < width; i++) {
            sum[i * (width + 1)] += shifts[row];
            const factor = bends[row] * r[i];
            for (let j = 0; j < width; j++) sum[i * width + j] += factor * r[j];
          }
        }
        equal(isSame(total.take(), sum), true, `${rows} by ${width} of ${dtype}`);
        for (const operand of [c, b, held]) operand.take();
      }
    }
  }
});
