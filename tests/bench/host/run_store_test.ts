import { readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Piece, type RunKey, RunStore } from "../../../bench/_support/run_store.ts";
import { equal, throws } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { withFolder } from "../../data/host/_folder.ts";

const KEY: RunKey = { problem: "convnet", method: "adam", learningRate: 0.03, seed: 1 };

/** A clock that runs move. */
class Clock {
  now = 5;
  readonly read = (): number => this.now;
}

test("a store gives back what was kept, numbers that are not finite too, and nothing else", () =>
  withFolder({}, async (folder) => {
    const store = new RunStore(join(folder, "runs"));
    const result = { points: [[1, NaN], [Infinity, -Infinity]], failure: "none", absent: null };
    equal(store.find(KEY), undefined);
    store.keep(KEY, result, { machine: "some" });
    equal(store.find(KEY), result);
    equal(new RunStore(join(folder, "runs")).find(KEY), result);
    for (const other of [{ seed: 2 }, { learningRate: 0.3 }, { method: "sgd" }]) {
      equal(store.find({ ...KEY, ...other }), undefined);
    }
    equal(await readdir(dirname(store.fileOf(KEY))), ["seed=1.json"]);
  }));

test("a store refuses keys that name no file, and files that are no runs", () =>
  withFolder({}, async (folder) => {
    const store = new RunStore(folder);
    for (const method of ["../adam", "a/b", "a b", "a:b"]) {
      throws(() => store.keep({ ...KEY, method }, 1), RangeError, /"method=.*" names no file/);
    }
    store.keep(KEY, 1);
    await writeFile(store.fileOf(KEY), '{ "result": ');
    throws(() => store.find(KEY), SyntaxError, /seed=1\.json: it is no run/);
  }));

test("a piece makes no run twice, and none for which its time does not suffice", () =>
  withFolder({}, (folder) => {
    const clock = new Clock(), store = new RunStore(folder);
    const runs: number[] = [];
    const take = (piece: Piece, seed: number, seconds: number): number | undefined =>
      piece.take({ ...KEY, seed }, () => {
        runs.push(seed);
        clock.now += seconds;
        return seed;
      });
    const first = new Piece(store, { seconds: 10, expected: 2, clock: clock.read });
    equal([1, 2, 3].map((seed) => take(first, seed, 4)), [1, 2, undefined]);
    const none = new Piece(store, { seconds: 0, expected: 2, clock: clock.read });
    equal([1, 2, 3].map((seed) => take(none, seed, 4)), [1, 2, undefined]);
    const second = new Piece(store, { seconds: 10, expected: 2, clock: clock.read });
    equal([1, 2, 3].map((seed) => take(second, seed, 4)), [1, 2, 3]);
    equal([runs, first.made, none.made, second.made], [[1, 2, 3], 2, 0, 1]);
    return Promise.resolve();
  }));

test("a run that throws is not kept", () =>
  withFolder({}, (folder) => {
    const store = new RunStore(folder);
    const piece = new Piece(store, { seconds: 10, expected: 1, clock: () => 0 });
    const fail = (): never => {
      throw new RangeError("Cannot run");
    };
    throws(() => piece.take(KEY, fail), RangeError, /Cannot run/);
    equal(store.find(KEY), undefined);
    return Promise.resolve();
  }));
