// Hosts that cannot tell what is unreachable: nothing is taken back, and everything else works.
import { Collector } from "../../src/runtime/collector.ts";
import { reclaim, registerReserve } from "../../src/runtime/reclaim.ts";
import { equal, ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";

/** Runs the body on a host that lacks a global. */
function without(name: "FinalizationRegistry" | "WeakRef", body: () => void): void {
  const own = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
  try {
    body();
  } finally {
    if (own) Object.defineProperty(globalThis, name, own);
    else delete (globalThis as Record<string, unknown>)[name];
  }
}

test("a host without FinalizationRegistry takes nothing back by itself", () => {
  without("FinalizationRegistry", () => {
    const released: number[] = [];
    const collector = new Collector((pointer) => void released.push(pointer));
    const owner = {};
    collector.watch(owner, 64, 128);
    collector.forget(owner);
    equal([collector.count, released], [0, []]);
  });
});

test("a host without WeakRef gives reserves back all the same", () => {
  without("WeakRef", () => {
    let held = 3;
    const unregister = registerReserve({
      get lastUse(): number | undefined {
        return held > 0 ? -1 : undefined; // before any other
      },
      giveBackOldest: () => void held--,
    });
    for (let i = 0; i < 3; i++) ok(reclaim(), "nothing was given back");
    equal(held, 0);
    unregister();
  });
});

test("reserves are asked in the order of their last use until they are unregistered", () => {
  const asked: string[] = [];
  const reserve = (name: string, lastUse: number): () => void =>
    registerReserve({ lastUse, giveBackOldest: () => void asked.push(name) });
  const strong = [reserve("second", -2), reserve("first", -3)];
  reclaim();
  strong[1]();
  reclaim();
  strong[0]();
  equal(asked, ["first", "second"]);
});
