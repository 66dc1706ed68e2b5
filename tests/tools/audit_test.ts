import { functions, instructionComplaints, stateComplaints } from "../../tools/_support/audit.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const EXCEPTED = ` (func $lapack/syev/syev<f64> (param $0 f64)
  (drop
   (i64.reinterpret_f64
    (local.get $0)
   )
  )
 )
`;

function kernel(instruction: string): string {
  return `(module\n${EXCEPTED} (func $level1/f/f (param $0 i32)\n  (drop\n   (${instruction}\n` +
    `    (local.get $0)\n   )\n  )\n )\n)`;
}

test("functions() finds every function and its instructions", () => {
  const found = functions(kernel("f32x4.add"));
  equal([...found.keys()], ["lapack/syev/syev<f64>", "level1/f/f"]);
  equal(found.get("level1/f/f")?.has("f32x4.add"), true);
});

test("instructionComplaints() refuses what engines may vary, and only that", () => {
  for (
    const refused of [
      "f32x4.relaxed_madd",
      "i8x16.relaxed_swizzle",
      "f64x2.pmin",
      "f32x4.pmax",
      "memory.grow",
      "i32.reinterpret_f32",
      "i32.atomic.load",
    ]
  ) {
    const [complaint] = instructionComplaints(functions(kernel(refused)));
    equal(complaint?.startsWith(`level1/f/f: ${refused}: `), true, refused);
  }
  for (const accepted of ["f32x4.min", "f64x2.max", "f32.reinterpret_i32", "f32x4.mul"]) {
    equal(instructionComplaints(functions(kernel(accepted))), [], accepted);
  }
});

test("instructionComplaints() refuses an exception that nothing needs", () => {
  equal(instructionComplaints(new Map()).length, 1);
});

test("stateComplaints() refuses start functions and mutable globals", () => {
  equal(stateComplaints("(module\n (global $a i32 (i32.const 1))\n)"), []);
  equal(stateComplaints("(module\n (global $a (mut i32) (i32.const 1))\n (start $f)\n)").length, 2);
});
