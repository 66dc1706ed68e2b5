import { zeros } from "../../../mod.ts";
import { type CsvOptions, readCsv } from "../../../src/data/csv.ts";
import { equal, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";

function refused(
  text: string,
  options: CsvOptions,
  kind: new (...args: never[]) => Error,
  pattern: RegExp,
): void {
  throws(() => readCsv(text, options), kind, pattern);
}

test("readCsv() takes targets by name, inputs are the other columns", () => {
  const data = readCsv('\ufeffa,b,"c,\nd"\r\n1,2,3\r\n\r\n-4.5,.5e1,+6\r\n', { target: ["b"] });
  equal([data.inputNames, data.targetNames, data.classes], [["a", "c,\nd"], ["b"], []]);
  using input = zeros([2, 2]);
  using target = zeros([2, 1]);
  data.fill([1, 0], input, target);
  equal([input.toArray(), target.toArray()], [[[-4.5, 6], [1, 3]], [[5], [2]]]);
});

test("readCsv() takes targets by number without a header, and another separator", () => {
  const data = readCsv("1;2;3\n4;5;6", { target: [2, 0], header: false, separator: ";" });
  using input = zeros([2, 1]);
  using target = zeros([2, 2]);
  data.fill([0, 1], input, target);
  equal([input.toArray(), target.toArray()], [[[2], [5]], [[3, 1], [6, 4]]]);
  equal(data.targetNames, ["2", "0"]);
});

test("readCsv() numbers class names in sorted order", () => {
  const data = readCsv("x,kind\n1,b\n2,a\n3,b\n", { label: "kind" });
  using input = zeros([3, 1]);
  using target = zeros([3]);
  data.fill([0, 1, 2], input, target);
  equal([data.classes, data.targetShape, target.toArray()], [["a", "b"], [], [1, 0, 1]]);
});

test("readCsv() names the line of what it cannot read", () => {
  const target = "y";
  refused("x,y\n1,2\n\n3\n", { target }, SyntaxError, /line 4: 1 fields, 2 were expected/);
  refused("x,y\n1,2\n3,4,5\n", { target }, SyntaxError, /line 3: 3 fields/);
  refused('"x\n\n",y\n1,2\n1,two\n', { target }, SyntaxError, /line 5: field 2 is "two"/);
  for (const field of ["", "0x10", "NaN", "Infinity", "1 2", "--1", "1e", "١"]) {
    refused(`x,y\n${field},2\n`, { target }, SyntaxError, /line 2: field 1 is .* not a number/);
  }
  refused("x,y\n1e999,2\n", { target }, RangeError, /not finite/);
  refused('x,y\n"1,2\n', { target }, SyntaxError, /quote/);
  refused('x,y\n1"1,2\n', { target }, SyntaxError, /line 2/);
  refused("", { target }, SyntaxError, /line 1: there is no data/);
  refused("x,y\n", { target }, SyntaxError, /line 2: there is no data/);
});

test("readCsv() refuses columns that do not exist or leave nothing", () => {
  const text = "x,y\n1,2\n";
  refused(text, { target: "z" }, RangeError, /no column "z"/);
  refused(text, { target: 2 }, RangeError, /no column 2/);
  refused(text, { target: -1 }, RangeError, /no column -1/);
  refused(text, { target: ["x", "y"] }, RangeError, /leave 0 inputs/);
  refused(text, { target: [] }, RangeError, /0 targets/);
  refused(text, { delimiter: ";" } as never, TypeError, /no option "delimiter", only "target"/);
  refused(text, { labels: "x" } as never, TypeError, /did you mean "label"\?/);
  refused(text, {}, TypeError, /either target columns or a label/);
  refused(text, { target: "x", label: "y" }, TypeError, /either/);
});
