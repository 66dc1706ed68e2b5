// The moments and direction of Adam (Kingma & Ba 2015, algorithm 1) in one pass over g, m and v:
// m := beta1 m + (1 - beta1) g, v := beta2 v + (1 - beta2) g^2,
// g := (m / correction1) / (sqrt(v / correction2) + epsilon), corrections 1 - beta^t.
// The quotients of scalars are taken once. 12 flops, 6 accesses per element.
import { load_step, step, store_step } from "../inline/step";

// @ts-ignore: decorator
@kernel
export function adam_direction<T>(
  n: i32, beta1: T, beta2: T, epsilon: T, correction1: T, correction2: T,
  gradient: usize, m: usize, v: usize,
): void {
  const keep1 = v128.splat<T>(beta1), take1 = v128.splat<T>(<T> (1 - beta1));
  const keep2 = v128.splat<T>(beta2), take2 = v128.splat<T>(<T> (1 - beta2));
  const inverse1 = v128.splat<T>(<T> (1 / correction1));
  const inverse2 = v128.splat<T>(<T> (1 / correction2));
  const offset = v128.splat<T>(epsilon);
  while (n > 0) {
    const count = step<T>(n);
    const bytes = <usize> count * sizeof<T>();
    const g = load_step<T>(gradient, count);
    const mean = v128.add<T>(v128.mul<T>(keep1, load_step<T>(m, count)), v128.mul<T>(take1, g));
    const square = v128.add<T>(v128.mul<T>(keep2, load_step<T>(v, count)), v128.mul<T>(take2, v128.mul<T>(g, g)));
    const scale = v128.add<T>(v128.sqrt<T>(v128.mul<T>(square, inverse2)), offset);
    store_step<T>(m, mean, count);
    store_step<T>(v, square, count);
    store_step<T>(gradient, v128.div<T>(v128.mul<T>(inverse1, mean), scale), count);
    n -= count;
    gradient += bytes;
    m += bytes;
    v += bytes;
  }
}
