// When a turn of the event loop is due, by a clock that the test turns.
import { Turns } from "../../src/runtime/turns.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

/** Milliseconds of computing between two turns: what is promised, and steps up to a hundredth of it. */
const LONGEST_MS = 10;

/** A clock in the place of the host's. */
class Clock {
  /** What time it is. */
  now = 1000;
  /** What it shows, unless that is the time. */
  shown: number | undefined;
  /** Smallest difference that it shows. */
  resolution = 0;
  /** How often it was read. */
  reads = 0;

  /** Runs `body` by this clock. */
  async within(body: () => Promise<void>): Promise<void> {
    const own = Object.getOwnPropertyDescriptor(performance, "now");
    const value = (): number => {
      this.reads++;
      const time = this.shown ?? this.now;
      return this.resolution > 0 ? Math.floor(time / this.resolution) * this.resolution : time;
    };
    Object.defineProperty(performance, "now", { value, configurable: true });
    try {
      await body();
    } finally {
      if (own) Object.defineProperty(performance, "now", own);
      else delete (performance as { now?: unknown }).now;
    }
  }
}

/** The milliseconds between turns, for calls that take so long each. */
async function gaps(
  clock: Clock,
  count: number,
  durationOf: (call: number) => number,
): Promise<number[]> {
  const found: number[] = [];
  await clock.within(async () => {
    const turns = new Turns();
    let last = clock.now;
    for (let call = 0; found.length < count; call++) {
      clock.now += durationOf(call);
      if (!turns.isDue) continue;
      found.push(clock.now - last);
      const taking = turns.take();
      if (clock.shown !== undefined) clock.shown = clock.now; // it moves between turns alone
      await taking;
      last = clock.now;
    }
  });
  return found;
}

for (const step of [0.001, 0.013, 0.3, 1.7]) {
  test(`a turn is due within 10 ms of steps of ${step} ms, and hardly before`, async () => {
    for (const gap of await gaps(new Clock(), 20, () => step)) {
      ok(gap <= LONGEST_MS && gap >= LONGEST_MS / 2, `${gap} ms`);
    }
  });
}

test("longer steps are followed by a turn each, or every other", async () => {
  for (const step of [4.9, 5, 20, 1000]) {
    for (const gap of await gaps(new Clock(), 20, () => step)) {
      ok(gap <= Math.max(LONGEST_MS, step), `${gap} ms of steps of ${step} ms`);
    }
  }
});

test("of small steps only every eighth looks at the clock", async () => {
  const clock = new Clock();
  const turns = await gaps(clock, 20, () => 0.013);
  const steps = turns.reduce((sum, gap) => sum + gap, 0) / 0.013;
  ok(clock.reads <= steps / 6, `${clock.reads} looks in ${Math.round(steps)} steps`);
});

test("steps that become longer are noticed after eight of them", async () => {
  const found = await gaps(new Clock(), 20, (call) => call < 5000 ? 0.013 : 4);
  for (const gap of found) ok(gap <= LONGEST_MS + 8 * 4, `${gap} ms`);
});

test("where the clock stands still between turns, their steps are counted", async () => {
  for (const step of [0.013, 0.3, 1.7, 30]) {
    const clock = new Clock();
    clock.shown = clock.now;
    const found = await gaps(clock, 40, () => step);
    for (const gap of found) ok(gap <= Math.max(LONGEST_MS, step), `${gap} ms`);
    for (const gap of found.slice(20)) ok(gap >= LONGEST_MS / 4, `${gap} ms`);
  }
});

test("steps that become longer where the clock stands still are noticed after two turns", async () => {
  const clock = new Clock();
  clock.shown = clock.now;
  const found = await gaps(clock, 60, (call) => call < 20_000 ? 0.013 : 1);
  const after = found.findIndex((gap) => gap > 2 * LONGEST_MS);
  ok(after > 0, "the steps never became longer");
  for (const gap of found.slice(after + 2)) ok(gap <= LONGEST_MS, `${gap} ms`);
});

for (const resolution of [0.1, 1, 16, 100]) {
  test(`a clock that shows every ${resolution} ms gives turns in time, and not too many`, async () => {
    const clock = new Clock();
    clock.resolution = resolution;
    const found = await gaps(clock, 200, () => 0.013);
    const longest = Math.max(LONGEST_MS, 2 * resolution);
    for (const gap of found) ok(gap <= longest, `${gap} ms`);
    const mean = found.slice(50).reduce((sum, gap) => sum + gap, 0) / (found.length - 50);
    ok(mean >= LONGEST_MS / 4, `a turn every ${mean} ms`);
  });
}

test("a turn lets timers fire, however many follow each other", async () => {
  const turns = new Turns();
  let isFired = false, count = 0;
  setTimeout(() => isFired = true, 1);
  for (const start = performance.now(); !isFired && performance.now() - start < 1000; count++) {
    await turns.take();
  }
  equal(isFired, true, `${count} turns`);
});
