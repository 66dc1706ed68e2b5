// The micro-kernels of the sweep: AssemblyScript text for every register tile x loop form x start of the sums.

/** One way to write a micro-kernel of `rows` x `vectors` accumulators. */
export interface Variant {
  name: string;
  rows: number;
  vectors: number;
  loop: Loop;
  start: Start;
}

/** What ends the loop over k: a counter up or down, or a panel's pointer reaching its end. */
export type Loop = "count_up" | "count_down" | "a_end" | "b_end";

/** `zeros` starts the sums at zero; `first_step` has the first step of k before the loop. */
export type Start = "zeros" | "first_step";

const TILES = [[4, 2], [5, 2], [6, 2], [3, 3], [4, 3], [2, 4], [3, 4]] as const;
const LOOPS: readonly Loop[] = ["count_up", "count_down", "a_end", "b_end"];
const STARTS: readonly Start[] = ["zeros", "first_step"];

export const VARIANTS: readonly Variant[] = TILES.flatMap(([rows, vectors]) =>
  LOOPS.flatMap((loop) =>
    STARTS.map((start) => ({
      name: `${rows}x${vectors}_${loop}_${start}`,
      rows,
      vectors,
      loop,
      start,
    }))
  )
);

const range = (n: number): number[] => [...Array(n).keys()];

/** The loop around `body`; `k` counts the steps that are left for it, at least one. */
function renderLoop({ loop, rows, vectors }: Variant, body: string): string {
  switch (loop) {
    case "count_up":
      return `for (let p = 0; p < k; p++) {${body}}`;
    case "count_down":
      return `do {${body}} while (--k);`;
    case "a_end":
      return `const end = a + <usize> k * ${rows} * sizeof<T>(); while (a < end) {${body}}`;
    case "b_end":
      return `const end = b + <usize> k * ${vectors * 16}; while (b < end) {${body}}`;
  }
}

/** One step of k; the first of all may define the sums instead of adding to them. */
function renderStep({ rows, vectors }: Variant, definesSums: boolean): string {
  const lines = range(vectors).map((j) => `b${j} = v128.load(b, ${j * 16});`);
  for (const i of range(rows)) {
    lines.push(`x = v128.load_splat<T>(a, ${i} * sizeof<T>());`);
    for (const j of range(vectors)) {
      const product = `v128.mul<T>(x, b${j})`;
      lines.push(`c${i}${j} = ${definesSums ? product : `v128.add<T>(c${i}${j}, ${product})`};`);
    }
  }
  return [...lines, `a += ${rows} * sizeof<T>(); b += ${vectors * 16};`].join("\n    ");
}

/** The tile C := A B over packed panels, and a driver that walks the tiles of an L2-resident block. */
export function renderVariant(variant: Variant): string {
  const { name, rows, vectors, start } = variant;
  const sums = range(rows).flatMap((i) => range(vectors).map((j) => `c${i}${j}`));
  const declare = (names: string[]): string =>
    names.map((name) => `let ${name} = v128.splat<T>(<T> 0);`).join(" ");
  const stores = range(rows).flatMap((i) =>
    range(vectors).map((j) => `v128.store(c + ${i} * ldc, c${i}${j}, ${j * 16});`)
  );
  return `
function tile_${name}<T>(k: i32, a: usize, b: usize, c: usize, ldc: usize): void {
  ${declare([...sums, "x", ...range(vectors).map((j) => `b${j}`)])}
  ${start === "first_step" ? `${renderStep(variant, true)}\n  k--;` : ""}
  ${renderLoop(variant, renderStep(variant, false))}
  ${stores.join("\n  ")}
}
function drive_${name}<T>(m: i32, n: i32, k: i32, a: usize, b: usize, c: usize): void {
  const ldc = <usize> n * sizeof<T>();
  const nr = ${vectors * 16} / <i32> sizeof<T>();
  for (let j = 0; j < n; j += nr) {
    for (let i = 0; i < m; i += ${rows}) {
      tile_${name}<T>(k, a + <usize> (i * k) * sizeof<T>(), b + <usize> (j * k) * sizeof<T>(),
        c + <usize> i * ldc + <usize> j * sizeof<T>(), ldc);
    }
  }
}
export function f32_${name}(m: i32, n: i32, k: i32, a: usize, b: usize, c: usize): void {
  drive_${name}<f32>(m, n, k, a, b, c);
}
export function f64_${name}(m: i32, n: i32, k: i32, a: usize, b: usize, c: usize): void {
  drive_${name}<f64>(m, n, k, a, b, c);
}
`;
}
