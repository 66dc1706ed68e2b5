import { kernels } from "../../../src/runtime/instance.ts";
import { allocate, release } from "../../../src/runtime/memory.ts";
import { GEOMETRY_BYTES, writeGeometry } from "../../../src/ops/patch_geometry.ts";
import { ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { geometryOf } from "../../ops/_geometries.ts";
import { Chance, DTYPES } from "../_cases.ts";

const BATCH = 3;
const SIZES = [[2, 2, 1, 0, 1], [3, 2, 1, 1, 1], [3, 1, 1, 2, 1], [2, 3, 1, 0, 1]];

for (const dtype of DTYPES) {
  test(`${dtype} pooling kernels stay inside their operands, and read nothing beside images`, () => {
    const chance = new Chance(1);
    const { max_pool, max_pool_push, max_pool_pull, average_pool, average_pool_pull } = kernels(
      dtype,
    );
    for (const sizes of SIZES) {
      for (const channels of [1, 3, 4, 9]) {
        const geometry = geometryOf([5, 7], channels, sizes)!, address = allocate(GEOMETRY_BYTES);
        writeGeometry(geometry, address);
        const inputs = BATCH * 5 * 7 * channels;
        const outputs = BATCH * geometry.output[0] * geometry.output[1] * channels;
        const x = chance.operand(dtype, 1, inputs, chance.numbers(dtype, inputs));
        const u = chance.operand(dtype, 1, outputs, chance.numbers(dtype, outputs));
        const [y, places, t, mean] = [0, 0, 0, 0].map(() => chance.operand(dtype, 1, outputs));
        const [pulled, spread] = [0, 0].map(() => chance.operand(dtype, 1, inputs));
        max_pool(BATCH, address, x.pointer, y.pointer, places.pointer);
        max_pool_push(BATCH, address, places.pointer, x.pointer, t.pointer);
        max_pool_pull(BATCH, address, places.pointer, u.pointer, pulled.pointer);
        average_pool(BATCH, address, x.pointer, mean.pointer);
        average_pool_pull(BATCH, address, u.pointer, spread.pointer);
        for (const { guarded } of [y, places, t, mean, pulled, spread]) {
          ok(guarded.take().every(Number.isFinite), `${sizes}, channels ${channels}`);
        }
        for (const { guarded } of [x, u]) guarded.take();
        release(address, GEOMETRY_BYTES);
      }
    }
  });
}
