// Squares a (n, n), rows one after the other.
//
// first_asymmetry:   the index of the first element below the diagonal, by rows, that differs by more than `allowed` from
//                    the one above; -1 if there is none
// transpose_square:  a := aᵀ
// spread_diagonal:   a := diag(d), d the first n elements of a

// @ts-ignore: decorator
@kernel
export function first_asymmetry<T>(n: i32, allowed: f64, a: usize): i32 {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const lower = <f64> load<T>(at<T>(a, n, i, j)), upper = <f64> load<T>(at<T>(a, n, j, i));
      if (!(Math.abs(lower - upper) <= allowed)) return i * n + j;
    }
  }
  return -1;
}

// @ts-ignore: decorator
@kernel
export function transpose_square<T>(n: i32, a: usize): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const lower = at<T>(a, n, i, j), upper = at<T>(a, n, j, i), held = load<T>(lower);
      store<T>(lower, load<T>(upper));
      store<T>(upper, held);
    }
  }
}

// @ts-ignore: decorator
@kernel
export function spread_diagonal<T>(n: i32, a: usize): void {
  for (let i = n; i < n * n; i++) store<T>(at<T>(a, 0, 0, i), <T> 0);
  for (let i = n - 1; i > 0; i--) {
    store<T>(at<T>(a, n, i, i), load<T>(at<T>(a, 0, 0, i)));
    store<T>(at<T>(a, 0, 0, i), <T> 0);
  }
}

// @ts-ignore: decorator
@inline
function at<T>(a: usize, n: i32, i: i32, j: i32): usize {
  return a + (<usize> i * <usize> n + <usize> j) * sizeof<T>();
}
