import { bytesPerElement } from "../../../src/runtime/dtype.ts";
import { instance, kernels } from "../../../src/runtime/instance.ts";
import { wordView, workspace } from "../../../src/runtime/memory.ts";
import { equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { Chance, DTYPES, FEW_SIZES, isSame, packed, rounded } from "../_cases.ts";

const RUNS = 6, [FROM, TO] = [[4, 0, 5], [1, 5, 2]];

test("move_runs() moves runs by their numbers, and clears them without a source", () => {
  const { move_runs } = instance().exports, count = FROM.length;
  const numbers = workspace(8 * count), [from, to] = [numbers, numbers + 4 * count];
  wordView(from, 2 * count).set([...FROM, ...TO]);
  for (const dtype of DTYPES) {
    const chance = new Chance(1), bytes = bytesPerElement(dtype);
    for (const width of FEW_SIZES) {
      const [x, y] = [chance.numbers(dtype, RUNS * width), chance.numbers(dtype, RUNS * width)];
      for (const [hasFrom, hasTo, hasSource] of [[1, 1, 1], [1, 0, 1], [0, 1, 1], [0, 1, 0]]) {
        const [source, out] = [packed(dtype, x), packed(dtype, y)], expected = y.slice();
        const [first, last] = [hasFrom ? from : 0, hasTo ? to : 0];
        const given = hasSource ? source.pointer : 0;
        move_runs(count, width * bytes, first, given, last, out.pointer);
        for (let i = 0; i < count; i++) {
          const at = (hasFrom ? FROM[i] : i) * width, run = x.slice(at, at + width);
          expected.set(hasSource ? run : run.fill(0), (hasTo ? TO[i] : i) * width);
        }
        equal(isSame(out.take(), expected), true, `${width} of ${dtype}, ${hasFrom} ${hasTo}`);
        equal(isSame(source.take(), x), true, "the source is unchanged");
      }
    }
  }
});

test("spread_pixels() writes, adds or clears pixels apart, and leaves those between", () => {
  const [samples, pitch, stride] = [2, 3, 2];
  for (const dtype of DTYPES) {
    const chance = new Chance(2), { spread_pixels } = kernels(dtype);
    for (const [rows, columns] of [[1, 1], [2, 3], [3, 2]]) {
      for (const channels of FEW_SIZES) {
        const width = stride * columns, height = pitch * rows;
        const x = chance.numbers(dtype, samples * rows * columns * channels);
        const y = chance.numbers(dtype, samples * height * width * channels);
        for (const kind of ["write", "add", "clear"]) {
          const [from, out] = [packed(dtype, x), packed(dtype, y)], expected = y.slice();
          spread_pixels(
            ...[samples, rows, columns, channels, kind === "clear" ? 0 : from.pointer] as const,
            ...[kind === "add" ? 1 : 0, out.pointer, height * width * channels] as const,
            ...[pitch * width * channels, stride * channels] as const,
          );
          for (let i = 0; i < x.length; i++) {
            const pixel = Math.floor(i / channels), column = pixel % columns;
            const row = Math.floor(pixel / columns) % rows;
            const sample = Math.floor(pixel / columns / rows);
            const place = (sample * height + row * pitch) * width + column * stride;
            const at = place * channels + i % channels;
            expected[at] = kind === "clear"
              ? 0
              : rounded(dtype, kind === "add" ? y[at] + x[i] : x[i]);
          }
          const what = `${kind}, ${rows} by ${columns} by ${channels} of ${dtype}`;
          equal(isSame(out.take(), expected), true, what);
          equal(isSame(from.take(), x), true, "the source is unchanged");
        }
      }
    }
  }
});

test("count_hits() takes the first of the largest, by indices and by rows", () => {
  for (const dtype of DTYPES) {
    const chance = new Chance(3), { count_hits } = kernels(dtype), rows = 9;
    const largest = (x: Float64Array): number => x.indexOf(Math.max(...x));
    for (const classes of FEW_SIZES) {
      const make = (): Float64Array =>
        chance.numbers(dtype, rows * classes).map((x) => Math.round(3 * x));
      const [z, y] = [make(), make()];
      const places = [z, y].map((x) =>
        Float64Array.from(
          { length: rows },
          (_, r) => largest(x.slice(r * classes, (r + 1) * classes)),
        )
      );
      const hits = places[0].filter((place, r) => place === places[1][r]).length;
      const [a, b, indices] = [packed(dtype, z), packed(dtype, y), packed(dtype, places[1])];
      equal(count_hits(rows, classes, a.pointer, b.pointer, 0), hits, `${classes} of ${dtype}`);
      equal(count_hits(rows, classes, a.pointer, indices.pointer, 1), hits, "by indices");
      for (const held of [a, b, indices]) held.take();
    }
  }
});
