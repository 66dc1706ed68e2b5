// A rehearsal: work that asks for memory runs without it. Blocks are counted and are nowhere; kernels return at once.
// What JavaScript writes to a block is dropped, and it reads the same number everywhere: only sizes have a meaning.
import { blockBytes } from "./arena.ts";
import type { DType, FloatArray } from "./dtype.ts";
import { imaginedArray } from "./imagined_array.ts";
import { exchangeInstance, type Instance, instance } from "./instance.ts";
import { type Blocks, exchangeBlocks } from "./memory.ts";

/** What kernels answer that are asked for more than to write: nothing is wrong, and no number is zero or infinite. */
const ANSWERS: Readonly<Record<string, number>> = {
  asum: 1,
  axpby_dot: 1,
  axpby_max_abs: 1,
  axpy_dot: 1,
  cg_update: 1,
  dot: 1,
  first_no_index: -1,
  first_asymmetry: -1,
  first_no_class: -1,
  first_nonfinite: -1,
  first_outside: -1,
  inverse_bfgs_stays_positive: 1,
  kronecker_reciprocals: -1,
  max_abs: 1,
  minres_direction: 1,
  nrm2: 1,
  scaled_squares: 1,
  squared_distance: 1,
  sum: 1,
  sum_strided: 1,
  weighted_squares: 1,
};
const NOWHERE = new ArrayBuffer(0);
const TELLS_SIZES = /(work_bytes|heap_base)$/;

type Kernels = Record<string, (...args: number[]) => number>;

/** Blocks that are only counted, without a limit. */
class CountedBlocks implements Blocks {
  #next: number;
  #live = { bytes: 0, blocks: 0 };
  #peak = 0;

  constructor(base: number) {
    this.#next = blockBytes(base);
  }

  allocate(bytes: number): number {
    const pointer = this.#next, size = blockBytes(bytes);
    this.#next += size;
    this.#live = { bytes: this.#live.bytes + size, blocks: this.#live.blocks + 1 };
    this.#peak = Math.max(this.#peak, this.#live.bytes);
    return pointer;
  }

  release(_pointer: number, bytes: number): void {
    this.#live = { bytes: this.#live.bytes - blockBytes(bytes), blocks: this.#live.blocks - 1 };
  }

  usage(): ReturnType<Blocks["usage"]> {
    const { bytes, blocks } = this.#live;
    return { liveBytes: bytes, liveBlocks: blocks, peakBytes: this.#peak, reservedBytes: bytes };
  }

  floats(dtype: DType, length: number): FloatArray {
    return imaginedArray(dtype, length, NOWHERE);
  }

  words(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(length);
  }
}

/** Kernels that do nothing but answer. */
function silent<Family extends object>(family: Family): Family {
  const found: Kernels = {};
  for (const [name, kernel] of Object.entries(family)) {
    const plain = name.replace(/^(f32_|f64_)/, "");
    const answer = ANSWERS[plain] ?? ANSWERS[plain.slice(1)] ?? 0;
    found[name] = TELLS_SIZES.test(name) ? kernel : (): number => answer;
  }
  return found as Family;
}

function silentInstance({ exports, float32, float64 }: Instance): Instance {
  const memory = { buffer: NOWHERE } as WebAssembly.Memory;
  return {
    memory,
    exports: silent(exports),
    float32: silent(float32),
    float64: silent(float64),
  };
}

/**
 * The most bytes that are live at once while `body` runs, which may ask for more than there is. It must dispose of what
 * it makes, and return before anything else runs.
 */
export function rehearse(body: () => void): number {
  const real = instance();
  const blocks = new CountedBlocks(real.exports.heap_base() >>> 0);
  const endInstance = exchangeInstance(silentInstance(real));
  const endBlocks = exchangeBlocks(blocks);
  try {
    body();
  } finally {
    endBlocks();
    endInstance();
  }
  return blocks.usage().peakBytes;
}
