// Memory that refuses the n-th request, for every n: what was made by then must be given back.
import { memoryUsage } from "../../mod.ts";
import { Arena } from "../../src/runtime/arena.ts";
import { OutOfMemoryError } from "../../src/runtime/errors.ts";
import { equal, ok } from "./assert.ts";

/** More requests than any workload makes. */
const LIMIT = 1000;

/** Runs the body while memory refuses one request, counted from 1; what it threw, if anything. */
export function withRefusal(request: number, body: () => void): unknown {
  const { allocate } = Arena.prototype;
  let count = 0;
  Arena.prototype.allocate = function (bytes: number): number {
    if (++count === request) throw new OutOfMemoryError(bytes, 0);
    return allocate.call(this, bytes);
  };
  try {
    body();
  } catch (error) {
    return error;
  } finally {
    Arena.prototype.allocate = allocate;
  }
}

/** Fails unless the workload, refused memory at any of its requests, says so and leaks nothing. */
export function leaksNothing(name: string, workload: () => void): void {
  workload();
  const { liveBytes } = memoryUsage();
  for (let request = 1; request < LIMIT; request++) {
    const error = withRefusal(request, workload);
    equal(memoryUsage().liveBytes, liveBytes, `${name}: live bytes after request ${request}`);
    if (error === undefined) return;
    ok(error instanceof OutOfMemoryError, `${name}: ${error} at request ${request}`);
  }
  throw new Error(`${name}: makes more than ${LIMIT} requests`);
}
