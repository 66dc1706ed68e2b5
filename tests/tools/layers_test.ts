import { circles, importComplaint } from "../../tools/_support/layers.ts";
import { equal } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const isAllowed = (from: string, to: string): boolean =>
  importComplaint(`src/${from}/a.ts`, `src/${to}/b.ts`) === undefined;

test("importComplaint() lets imports go down and along the two allowed neighbours", () => {
  for (
    const [from, to] of [
      ["ops", "runtime"],
      ["ops", "ops"],
      ["nn", "linalg"],
      ["train", "data"],
      ["cli", "train"],
    ]
  ) equal(isAllowed(from, to), true, `${from} -> ${to}`);
});

test("importComplaint() refuses imports that go up or across", () => {
  for (
    const [from, to] of [
      ["runtime", "tensor"],
      ["linalg", "nn"],
      ["curvature", "solvers"],
      ["solvers", "curvature"],
      ["data", "train"],
      ["optimizers", "train"],
    ]
  ) equal(isAllowed(from, to), false, `${from} -> ${to}`);
});

test("importComplaint() refuses unknown folders, files beside them and the surface", () => {
  equal(importComplaint("src/attic/a.ts", "src/ops/b.ts"), "src/attic/a.ts is on no floor");
  equal(importComplaint("src/a.ts", "src/ops/b.ts"), "src/a.ts is on no floor");
  equal(importComplaint("src/ops/a.ts", "src/b.ts"), "src/ops/a.ts imports src/b.ts");
  equal(importComplaint("src/ops/a.ts", "mod.ts"), "src/ops/a.ts imports mod.ts");
  equal(importComplaint("src/ops/a.ts", "solvers.ts"), "src/ops/a.ts imports solvers.ts");
});

test("importComplaint() lets imports between the rooms of nn go down", () => {
  for (
    const [from, to] of [
      ["nn/layers", "nn/sites"],
      ["nn/layers/lstm", "nn/layers"],
      ["nn/layers", "nn/layers/lstm"],
      ["nn/pass", "nn/layers"],
      ["nn/losses", "nn/pass"],
      ["nn", "nn/pass"],
      ["nn/check", "nn"],
      ["curvature", "nn/sites"],
    ]
  ) equal(isAllowed(from, to), true, `${from} -> ${to}`);
});

test("importComplaint() refuses imports that climb between the rooms of nn, and unknown rooms", () => {
  for (
    const [from, to] of [
      ["nn/sites", "nn/layers"],
      ["nn/layers", "nn/pass"],
      ["nn/layers/lstm", "nn/pass"],
      ["nn/pass", "nn/losses"],
      ["nn/pass", "nn"],
      ["nn", "nn/check"],
      ["nn/attic", "nn/sites"],
      ["nn/pass", "nn/attic"],
    ]
  ) equal(isAllowed(from, to), false, `${from} -> ${to}`);
});

test("circles() names every module of a circle and is silent about a diamond", () => {
  const diamond = new Map([["a", ["b", "c"]], ["b", ["d"]], ["c", ["d"]], ["d", []]]);
  equal(circles(diamond), []);
  const circle = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]]);
  equal(circles(circle), ["circular import: b -> c -> b"]);
});
