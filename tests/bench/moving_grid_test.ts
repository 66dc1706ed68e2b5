import { type Found, search, type Settings } from "../../bench/_support/moving_grid.ts";
import { equal, throws } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

const RATES = [0.01, 0.03, 0.1];
const PLENTY = 100;

/** Distance from the best settings, in ratios. */
function awayFrom(best: Settings): (settings: Settings) => number {
  return (settings) =>
    Object.entries(best).reduce((sum, [name, value]) => {
      return sum + Math.abs(Math.log(settings[name] / value));
    }, 0);
}

function ratesOf(found: Found | undefined): number[] | undefined {
  return found?.trials.map(({ settings }) => settings.rate);
}

test("a grid whose best is inside tries nothing else", () => {
  const found = search({ rate: RATES }, awayFrom({ rate: 0.03 }), PLENTY);
  equal(ratesOf(found), [0.03, 0.01, 0.1]);
  equal(found?.best, { settings: { rate: 0.03 }, score: 0 });
  equal(found?.isInside, true);
});

test("a grid moves past either end until its best is inside", () => {
  const up = search({ rate: RATES }, awayFrom({ rate: 3 }), PLENTY);
  equal(ratesOf(up), [0.03, 0.01, 0.1, 0.3, 1, 3, 10]);
  equal([up?.best.settings.rate, up?.isInside], [3, true]);
  const down = search({ rate: RATES }, awayFrom({ rate: 1e-4 }), PLENTY);
  equal(ratesOf(down), [0.03, 0.01, 0.1, 0.003, 0.001, 0.0003, 0.0001, 0.00003]);
  equal([down?.best.settings.rate, down?.isInside], [1e-4, true]);
});

test("a grid of several axes has every neighbour of its best, at the ratio of the axis", () => {
  const best = { rate: 1, damping: 0.01 };
  const found = search({ rate: RATES, damping: [1, 10, 100] }, awayFrom(best), PLENTY);
  equal(found?.best.settings, best);
  const tried = new Set(found?.trials.map(({ settings }) => JSON.stringify(settings)));
  for (const neighbour of [{ rate: 0.3 }, { rate: 3 }, { damping: 0.001 }, { damping: 0.1 }]) {
    equal(tried.has(JSON.stringify({ ...best, ...neighbour })), true, JSON.stringify(neighbour));
  }
});

test("settings that fail are no best, and where all fail the grid widens", () => {
  const fails = ({ rate }: Settings): number => rate > 1e-3 ? NaN : rate > 1e-5 ? Infinity : -rate;
  const found = search({ rate: RATES }, fails, PLENTY);
  equal([found?.best.settings.rate, found?.isInside], [1e-5, true]);
});

test("a grid that may not go on says that its best is not inside", () => {
  const endless = search({ rate: RATES }, ({ rate }) => -rate, 6);
  equal([endless?.trials.length, endless?.isInside], [6, false]);
  const hopeless = search({ rate: RATES }, () => Infinity, 6);
  equal([hopeless?.trials.length, hopeless?.isInside], [6, false]);
});

test("a search without a score is unfinished, and comes to the same end once there are all", () => {
  const kept = new Map<number, number>(), away = awayFrom({ rate: 1 });
  const whole = search({ rate: RATES }, away, PLENTY);
  let found: Found | undefined, calls = 0;
  while (!found) {
    let left = 2;
    found = search({ rate: RATES }, (settings) => {
      const score = kept.get(settings.rate);
      if (score !== undefined || left-- === 0) return score;
      kept.set(settings.rate, away(settings));
      return away(settings);
    }, PLENTY);
    calls++;
  }
  equal(found, whole);
  equal(calls, 3);
});

test("an axis must be of the ladder 1, 3, 10, … and ascend at equal ratios", () => {
  const begin = (rate: number[]) => () => search({ rate }, () => 0, PLENTY);
  throws(begin([0.2, 0.4]), RangeError, /with 0\.2: it is no power of ten/);
  throws(begin([-1, 1]), RangeError, /with -1/);
  throws(begin([1, 3, 30]), RangeError, /ascend at equal ratios/);
  throws(begin([3, 1]), RangeError, /ascend at equal ratios/);
  throws(begin([1]), RangeError, /ascend at equal ratios/);
});
