import { instance, kernels } from "../../../src/runtime/instance.ts";
import { allocate, release } from "../../../src/runtime/memory.ts";
import {
  GEOMETRY_BYTES,
  type PatchGeometry,
  patchSize,
  writeGeometry,
} from "../../../src/ops/patch_geometry.ts";
import { ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { LARGE, LOPSIDED } from "../../ops/_geometries.ts";
import { Chance, DTYPES } from "../_cases.ts";
import { Guarded } from "../_guarded.ts";

const BATCH = 4;
const FILTERS = 9;

/** Images between canaries, the geometry of their patches, and guarded scratch of some bytes. */
function prepare(dtype: "float32" | "float64", geometry: PatchGeometry, workBytes: number) {
  const { image: [height, width], channels, output: [down, across] } = geometry;
  const chance = new Chance(1), rows = BATCH * down * across, columns = patchSize(geometry) + 1;
  const images = new Guarded(dtype, BATCH * height * width, channels, channels, 3);
  images.set(chance.numbers(dtype, BATCH * height * width * channels));
  const address = allocate(GEOMETRY_BYTES);
  writeGeometry(geometry, address);
  return { rows, columns, images, address, work: new Guarded("float32", 1, workBytes / 4), chance };
}

for (const dtype of DTYPES) {
  test(`${dtype} gemm() and syrk() of patches stay inside images, C and workspace`, () => {
    for (const geometry of [LARGE, LOPSIDED]) {
      const bytes = instance().exports.gemm_work_bytes();
      const { rows, columns, images, address, work, chance } = prepare(dtype, geometry, bytes);
      const { gemm, syrk } = kernels(dtype), { pointer } = images;
      const w = chance.operand(dtype, FILTERS, columns, chance.numbers(dtype, FILTERS * columns));
      const g = chance.operand(dtype, rows, FILTERS, chance.numbers(dtype, rows * FILTERS));
      const z = chance.operand(dtype, rows, FILTERS),
        gradient = chance.operand(dtype, FILTERS, columns);
      const factor = chance.operand(dtype, columns, columns);
      // deno-fmt-ignore
      gemm(16 | 4 | 2, rows, FILTERS, columns, 1, pointer, address, w.pointer, w.stride,
        0, z.pointer, z.stride, work.pointer);
      // deno-fmt-ignore
      gemm(32 | 8 | 1, FILTERS, columns, rows, 1, g.pointer, g.stride, pointer, address,
        0, gradient.pointer, gradient.stride, work.pointer);
      // deno-fmt-ignore
      syrk(16 | 4 | 1, columns, rows, 1, pointer, address, 0, factor.pointer, factor.stride,
        0, work.pointer);
      for (const { guarded } of [z, gradient, factor]) {
        ok(guarded.take().every(Number.isFinite), "nothing beside the images was read");
      }
      for (const { guarded } of [w, g]) guarded.take();
      images.take();
      work.take();
      release(address, GEOMETRY_BYTES);
    }
  });

  test(`${dtype} patches_column_mean() stays inside images, result and workspace`, () => {
    for (const geometry of [LARGE, LOPSIDED]) {
      const held = patchSize(geometry);
      const bytes = instance().exports.patches_column_mean_work_bytes(held);
      const { rows, images, address, work, chance } = prepare(dtype, geometry, bytes);
      const out = chance.operand(dtype, 1, held);
      const { patches_column_mean } = kernels(dtype);
      patches_column_mean(rows, held, images.pointer, address, out.pointer, work.pointer);
      ok(out.guarded.take().every(Number.isFinite), "nothing beside the images was read");
      images.take();
      work.take();
      release(address, GEOMETRY_BYTES);
    }
  });
}
