import { instance, kernels } from "../../../src/runtime/instance.ts";
import { workspace } from "../../../src/runtime/memory.ts";
import { allNear, equal } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { identityBound } from "../../_support/tolerance.ts";
import { Chance, DTYPES } from "../_cases.ts";

const SAMPLES = 3, HEADS = 2;
const SIZES = [[1, 1], [3, 2], [5, 3], [9, 4]];

/** Lengths of the samples, up to so many steps. */
const lengthsOf = (steps: number): number[] => [steps, 1, Math.ceil(steps / 2)];

type Get = (row: number, column: number) => number;

for (const dtype of DTYPES) {
  test(`${dtype} head_product() multiplies what counts of every head and touches nothing else`, () => {
    const chance = new Chance(1);
    const work = workspace(instance().exports.gemm_work_bytes());
    for (const [steps, width] of SIZES) {
      const stride = HEADS * width + 1, lengths = lengthsOf(steps);
      const count = chance.operand(dtype, 1, SAMPLES, Float64Array.from(lengths));
      /** An operand and how its elements are found. */
      const make = (isSquare: boolean, isTransposed: boolean) => {
        const size = isSquare ? SAMPLES * HEADS * steps ** 2 : SAMPLES * steps * stride;
        const values = chance.numbers(dtype, size);
        const place = (sample: number, head: number, row: number, column: number): number =>
          isSquare
            ? ((sample * HEADS + head) * steps + row) * steps + column
            : (sample * steps + row) * stride + head * width + column;
        const at = (sample: number, head: number): Get => (row, column) =>
          values[
            isTransposed ? place(sample, head, column, row) : place(sample, head, row, column)
          ];
        const { guarded, pointer } = chance.operand(dtype, 1, size, values);
        return { values, place, at, guarded, pointer, ld: isSquare ? 0 : stride };
      };
      for (const isSquare of [true, false]) {
        for (const flags of isSquare ? [2] : [0, 1]) {
          for (const beta of [0, 1]) {
            const a = make(!isSquare, flags === 1), b = make(false, flags === 2);
            const c = make(isSquare, false);
            const sizes = [SAMPLES, HEADS, steps, width, count.pointer] as const;
            const left = [a.pointer, a.ld] as const, right = [b.pointer, b.ld] as const;
            const end = [beta, c.pointer, c.ld, work] as const;
            kernels(dtype).head_product(flags, ...sizes, 0.5, ...left, ...right, ...end);
            const expected = [...c.values];
            for (const [sample, valid] of lengths.entries()) {
              for (let head = 0; head < HEADS; head++) {
                const [x, y] = [a.at(sample, head), b.at(sample, head)];
                const [columns, inner] = isSquare ? [valid, width] : [width, valid];
                for (let row = 0; row < (isSquare ? valid : steps); row++) {
                  for (let column = 0; column < columns; column++) {
                    const place = c.place(sample, head, row, column);
                    if (row >= valid) {
                      if (beta === 0) expected[place] = 0;
                      continue;
                    }
                    let sum = 0;
                    for (let k = 0; k < inner; k++) sum += x(row, k) * y(k, column);
                    expected[place] = beta * expected[place] + sum / 2;
                  }
                }
              }
            }
            allNear(c.guarded.take(), expected, identityBound(dtype), `${steps}, ${width}`);
          }
        }
      }
    }
  });

  test(`${dtype} head_softmax() and its projection act on what counts of each row, and on nothing else`, () => {
    const chance = new Chance(2);
    for (const [steps] of SIZES) {
      for (const causal of [0, 1]) {
        for (const bends of [false, true]) {
          const lengths = lengthsOf(steps), size = SAMPLES * HEADS * steps ** 2;
          const count = chance.operand(dtype, 1, SAMPLES, Float64Array.from(lengths));
          const values = Array.from({ length: 4 }, () => chance.numbers(dtype, size));
          const operands = values.map((each) => chance.operand(dtype, 1, size, each));
          const [z, c, q, e] = operands;
          const start = [SAMPLES, HEADS, steps] as const;
          const family = kernels(dtype);
          family.head_softmax(...start, causal, count.pointer, z.pointer);
          const change = bends ? [q.pointer, e.pointer] as const : [0, 0] as const;
          family.head_softmax_project(...start, count.pointer, z.pointer, c.pointer, ...change);
          const expected = values.map((each) => [...each]);
          for (const [square, valid] of lengths.flatMap((valid) => [valid, valid]).entries()) {
            for (let row = 0; row < valid; row++) {
              const first = (square * steps + row) * steps;
              const places = Array.from({ length: valid }, (_, j) => first + j);
              const [scores, given, moved, bent] = values.map((each) => places.map((i) => each[i]));
              const terms = scores.map((x, j) => causal && j > row ? 0 : Math.exp(x));
              const total = terms.reduce((sum, x) => sum + x, 0);
              const p = terms.map((x) => x / total);
              const dot = (x: number[], y: number[]): number =>
                x.reduce((sum, value, i) => sum + value * y[i], 0);
              const mean = dot(p, given), turn = dot(p, bent) + dot(moved, given);
              for (const [j, place] of places.entries()) {
                expected[0][place] = p[j];
                expected[1][place] = p[j] * (given[j] - mean);
                if (!bends) continue;
                expected[3][place] = moved[j] * (given[j] - mean) + p[j] * (bent[j] - turn);
              }
            }
          }
          for (const [i, { guarded }] of operands.entries()) {
            allNear(guarded.take(), expected[i], identityBound(dtype), `operand ${i}, ${steps}`);
          }
          equal([...count.guarded.take()], lengths);
        }
      }
    }
  });
}
