// The micro-kernel: one register tile, C(5, 2 vectors) := alpha A B + beta C, over packed panels.
//
// a: k >= 1 steps of 5 elements. b: k steps of 2 vectors. c: 5 rows, ldc BYTES apart. beta == 0 never reads C.
// Each element of C is one sum over p = 0..k-1 in that order, then alpha times it, then plus beta C.
// 20 k flops per lane; 7 loads per 10 multiplications and 10 additions; 13 of V8's 15 free registers.
//
// The first step stands before the loop not only because it starts the sums: an engine that checks bounds explicitly
// (Deno) then computes the limit of each access there, once, instead of in each step.
//
// Tile and loop form: bench/gemm_tile_sweep. Share of the strict-SIMD peak on Sapphire Rapids, Deno 2.9 / Node 20 / 26:
// 5x2 89/97/99 (sums from zero 80/83/99), 4x2 85/97/99, 3x3 90/77/99, 3x4 91/96/98, 6x2 88/97/99, 4x3 93/96/99. The
// last three need more registers than V8 has and fall to half of 5x2 on Zen 5. Unrolling k gains nothing.
export function gemm_ukernel<T>(
  k: i32,
  alpha: T,
  a: usize,
  b: usize,
  beta: T,
  c: usize,
  ldc: usize,
): void {
  let b0: v128, b1: v128, a0: v128;
  const end = a + <usize> k * 5 * sizeof<T>();
  b0 = v128.load(b);
  b1 = v128.load(b, 16);
  a0 = v128.load_splat<T>(a);
  let c00 = v128.mul<T>(a0, b0);
  let c01 = v128.mul<T>(a0, b1);
  a0 = v128.load_splat<T>(a, sizeof<T>());
  let c10 = v128.mul<T>(a0, b0);
  let c11 = v128.mul<T>(a0, b1);
  a0 = v128.load_splat<T>(a, 2 * sizeof<T>());
  let c20 = v128.mul<T>(a0, b0);
  let c21 = v128.mul<T>(a0, b1);
  a0 = v128.load_splat<T>(a, 3 * sizeof<T>());
  let c30 = v128.mul<T>(a0, b0);
  let c31 = v128.mul<T>(a0, b1);
  a0 = v128.load_splat<T>(a, 4 * sizeof<T>());
  let c40 = v128.mul<T>(a0, b0);
  let c41 = v128.mul<T>(a0, b1);
  a += 5 * sizeof<T>();
  b += 32;
  while (a < end) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    a0 = v128.load_splat<T>(a);
    c00 = v128.add<T>(c00, v128.mul<T>(a0, b0));
    c01 = v128.add<T>(c01, v128.mul<T>(a0, b1));
    a0 = v128.load_splat<T>(a, sizeof<T>());
    c10 = v128.add<T>(c10, v128.mul<T>(a0, b0));
    c11 = v128.add<T>(c11, v128.mul<T>(a0, b1));
    a0 = v128.load_splat<T>(a, 2 * sizeof<T>());
    c20 = v128.add<T>(c20, v128.mul<T>(a0, b0));
    c21 = v128.add<T>(c21, v128.mul<T>(a0, b1));
    a0 = v128.load_splat<T>(a, 3 * sizeof<T>());
    c30 = v128.add<T>(c30, v128.mul<T>(a0, b0));
    c31 = v128.add<T>(c31, v128.mul<T>(a0, b1));
    a0 = v128.load_splat<T>(a, 4 * sizeof<T>());
    c40 = v128.add<T>(c40, v128.mul<T>(a0, b0));
    c41 = v128.add<T>(c41, v128.mul<T>(a0, b1));
    a += 5 * sizeof<T>();
    b += 32;
  }
  const alphas = v128.splat<T>(alpha), betas = v128.splat<T>(beta);
  const reads = beta != <T> 0;
  update_row<T>(reads, alphas, c00, c01, betas, c);
  update_row<T>(reads, alphas, c10, c11, betas, c += ldc);
  update_row<T>(reads, alphas, c20, c21, betas, c += ldc);
  update_row<T>(reads, alphas, c30, c31, betas, c += ldc);
  update_row<T>(reads, alphas, c40, c41, betas, c += ldc);
}

// @ts-ignore: decorator
@inline
function update_row<T>(reads: bool, alpha: v128, x0: v128, x1: v128, beta: v128, c: usize): void {
  x0 = v128.mul<T>(alpha, x0);
  x1 = v128.mul<T>(alpha, x1);
  if (reads) {
    x0 = v128.add<T>(x0, v128.mul<T>(beta, v128.load(c)));
    x1 = v128.add<T>(x1, v128.mul<T>(beta, v128.load(c, 16)));
  }
  v128.store(c, x0);
  v128.store(c, x1, 16);
}

/** C(m, n) := tile + beta C for a tile that reaches over the edge of C: the sums of `gemm_ukernel`, bit for bit. */
export function update_edge<T>(m: i32, n: i32, tile: usize, beta: T, c: usize, ldc: usize): void {
  const betas = v128.splat<T>(beta);
  for (let i = 0; i < m; i++, tile += 32, c += ldc) {
    let j: usize = 0;
    const end = <usize> n * sizeof<T>();
    for (; j + 16 <= end; j += 16) {
      let x = v128.load(tile + j);
      if (beta != <T> 0) x = v128.add<T>(x, v128.mul<T>(betas, v128.load(c + j)));
      v128.store(c + j, x);
    }
    for (; j < end; j += sizeof<T>()) {
      let x = load<T>(tile + j);
      if (beta != <T> 0) x = <T> (x + beta * load<T>(c + j));
      store<T>(c + j, x);
    }
  }
}
