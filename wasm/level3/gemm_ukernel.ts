// The micro-kernel: one register tile, C(5, 2 vectors) := alpha A B + beta C, over packed panels.
//
// a: k steps of 5 elements. b: k steps of 2 vectors. c: 5 rows, ldc BYTES apart. beta == 0 never reads C.
// Each element of C is one sum over p = 0..k-1 in that order, then alpha times it, then plus beta C.
// 20 k flops; 7 loads per 10 multiplications and 10 additions; 10 accumulators, 13 of V8's 15 free registers.
export function gemm_ukernel<T>(
  k: i32,
  alpha: T,
  a: usize,
  b: usize,
  beta: T,
  c: usize,
  ldc: usize,
): void {
  let c00 = v128.splat<T>(<T> 0), c01 = c00;
  let c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00;
  const end = a + <usize> k * 5 * sizeof<T>();
  while (a < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const a0 = v128.load_splat<T>(a);
    c00 = v128.add<T>(c00, v128.mul<T>(a0, b0));
    c01 = v128.add<T>(c01, v128.mul<T>(a0, b1));
    const a1 = v128.load_splat<T>(a, sizeof<T>());
    c10 = v128.add<T>(c10, v128.mul<T>(a1, b0));
    c11 = v128.add<T>(c11, v128.mul<T>(a1, b1));
    const a2 = v128.load_splat<T>(a, 2 * sizeof<T>());
    c20 = v128.add<T>(c20, v128.mul<T>(a2, b0));
    c21 = v128.add<T>(c21, v128.mul<T>(a2, b1));
    const a3 = v128.load_splat<T>(a, 3 * sizeof<T>());
    c30 = v128.add<T>(c30, v128.mul<T>(a3, b0));
    c31 = v128.add<T>(c31, v128.mul<T>(a3, b1));
    const a4 = v128.load_splat<T>(a, 4 * sizeof<T>());
    c40 = v128.add<T>(c40, v128.mul<T>(a4, b0));
    c41 = v128.add<T>(c41, v128.mul<T>(a4, b1));
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
