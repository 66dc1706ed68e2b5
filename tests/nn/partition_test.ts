import {
  dense,
  lstm,
  type Model,
  normal,
  partition,
  type PartitionRule,
  randomKey,
  sequential,
  tanh,
  Tensor,
} from "../../mod.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

/** Sites of 10, 3, 8 and 3 parameters. */
function network(): Model {
  const layers = [dense(2), tanh(), dense(1), tanh(), dense(4), tanh(), dense(1, { bias: false })];
  return sequential({ input: [4], dtype: "float64" }, layers);
}

function sizes(model: Model, rule: PartitionRule): number[] {
  return partition(model, rule).blocks.map(({ size }) => size);
}

function sitesOf(model: Model, rule: PartitionRule): number[][] {
  return partition(model, rule).blocks.map(({ sites }) => [...sites]);
}

test("a partition by site has a block for each, in the order of θ", () => {
  using model = network();
  equal(sitesOf(model, "site"), [[0], [1], [2], [3]]);
  equal(sizes(model, "site"), [10, 3, 8, 4]);
  equal(partition(model, "site").size, model.parameterCount);
});

test("k groups are of neighbours, and the largest is as small as it can be", () => {
  using model = network();
  for (let k = 1; k <= model.sites.length; k++) {
    const blocks = sitesOf(model, k);
    equal(blocks.flat(), [0, 1, 2, 3], "each site once, in order");
    equal(blocks.length, k);
    const largest = Math.max(...sizes(model, k));
    equal(largest, smallestLargest(model.sites.map(({ weight }) => weight.size), k));
  }
});

/** By trying every way to cut a list in k parts. */
function smallestLargest(list: readonly number[], k: number): number {
  const sum = (part: readonly number[]): number => part.reduce((a, b) => a + b, 0);
  if (k === 1) return sum(list);
  const tried = list.slice(0, list.length - k + 1).map((_, i) =>
    Math.max(sum(list.slice(0, i + 1)), smallestLargest(list.slice(i + 1), k - 1))
  );
  return Math.min(...tried);
}

test("lists name sites by number or name, in any order, and need not be neighbours", () => {
  using model = network();
  const { blocks } = partition(model, [["dense_4", 0], ["dense_3", "dense_2"]]);
  equal(blocks.map(({ names }) => [...names]), [["dense_1", "dense_4"], ["dense_2", "dense_3"]]);
  equal(blocks[0].ranges.map((range) => ({ ...range })), [
    { offset: 0, size: 10 },
    { offset: 21, size: 4 },
  ]);
  equal(blocks[1].ranges.length, 1);
});

test("gather() and scatter() are each other's inverses, and views share memory", () => {
  using model = network();
  using vector = normal(randomKey(1), [model.parameterCount], { dtype: "float64" });
  using rebuilt = new Tensor("float64", [model.parameterCount]);
  for (const block of partition(model, [[0, 2], [3, 1]]).blocks) {
    using own = block.gather(vector);
    equal([...own.data], block.views(vector).flatMap((view) => [...view.data]));
    block.scatter(own, rebuilt);
    using alone = block.scatter(own);
    equal(alone.data.filter((x) => x !== 0).length, block.size);
  }
  equal([...rebuilt.data], [...vector.data]);
});

test("a weight that several layers use is in one block", () => {
  using model = sequential({ input: [2] }, [
    dense(2),
    tanh(),
    dense(2, { tiedTo: "dense_1", bias: false }),
  ]);
  equal(sizes(model, "site"), [6]);
  throws(() => partition(model, [[0], ["dense_2"]]), RangeError, /no site "dense_2".*has dense_1/);
});

test("what is no partition is refused by name", () => {
  using model = network();
  const refused = (rule: unknown, kind: ErrorConstructor, message: RegExp): void =>
    throws(() => partition(model, rule as PartitionRule), kind, message);
  refused([[0, 1], [3]], RangeError, /every site must be in one block, site "dense_3" is in none/);
  refused([[0, 1], [1, 2, 3]], RangeError, /site "dense_2" is listed twice/);
  refused([[0, 1, 2, 3, "dense_1"]], RangeError, /site "dense_1" is listed twice/);
  refused([["dense_9"], [0, 1, 2, 3]], RangeError, /no site "dense_9"/);
  refused([[0, 1, 2, 4]], RangeError, /from 0 to 3/);
  refused([[0, 1, 2, 0.5]], RangeError, /whole/);
  refused([[0, 1, 2, 3], []], RangeError, /a block has no site/);
  refused(0, RangeError, /number of blocks must be whole, from 1 to 4/);
  refused(1.5, RangeError, /whole/);
  refused(5, RangeError, /from 1 to 4/);
  refused(NaN, RangeError, /whole/);
  refused("layer", TypeError, /"site", a number of blocks/);
  refused([0, 1], TypeError, /lists of sites/);
  refused(undefined, TypeError, /not undefined/);
});

test("vectors that do not fit a block are refused", () => {
  using model = network();
  const [block] = partition(model, 2).blocks;
  using short = new Tensor("float64", [3]);
  using single = new Tensor("float32", [block.size]);
  throws(() => block.gather(short), TypeError, /3 elements/);
  throws(() => block.gather(model.parameters, single), TypeError, /float32/);
  throws(() => block.scatter(short), TypeError, /3 elements/);
  throws(() => block.views(short), TypeError, /3 elements/);
});

test("an LSTM's weights are one site, and in one block", () => {
  using model = sequential({ input: [3, 2] }, [lstm(2), lstm(3)]);
  equal(sizes(model, "site").length, 2);
  equal(partition(model, 1).blocks[0].ranges.length, 1);
});
