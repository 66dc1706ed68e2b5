// Applies recorded sweeps of plane rotations to the rows of Z, panel by panel: (z_{i+1}, z_i) := (s
// z_i + c z_{i+1}, c z_i - s z_{i+1}). A sweep is (top, count) in two i32: rotations of the row
// pairs (top, top-1), (top-1, top-2), ...; its (c, s) follow each other in `angles`. The row that
// two neighbouring rotations share stays in registers: one load and one store for six flops.
// Elementwise, no reduction.
import { PANEL, panels } from "./panels";

// @ts-ignore: decorator
@inline
function rotate_sweep<T>(row: usize, count: i32, angle: usize): void {
  let r0 = v128.load(row),
    r1 = v128.load(row, 16),
    r2 = v128.load(row, 32),
    r3 = v128.load(row, 48);
  const end = row - <usize> count * PANEL;
  while (row != end) {
    const c = v128.load_splat<T>(angle), s = v128.load_splat<T>(angle + sizeof<T>());
    const z0 = v128.load(row - PANEL), z1 = v128.load(row - PANEL, 16);
    const z2 = v128.load(row - PANEL, 32), z3 = v128.load(row - PANEL, 48);
    v128.store(row, v128.add<T>(v128.mul<T>(s, z0), v128.mul<T>(c, r0)));
    v128.store(row, v128.add<T>(v128.mul<T>(s, z1), v128.mul<T>(c, r1)), 16);
    v128.store(row, v128.add<T>(v128.mul<T>(s, z2), v128.mul<T>(c, r2)), 32);
    v128.store(row, v128.add<T>(v128.mul<T>(s, z3), v128.mul<T>(c, r3)), 48);
    r0 = v128.sub<T>(v128.mul<T>(c, z0), v128.mul<T>(s, r0));
    r1 = v128.sub<T>(v128.mul<T>(c, z1), v128.mul<T>(s, r1));
    r2 = v128.sub<T>(v128.mul<T>(c, z2), v128.mul<T>(s, r2));
    r3 = v128.sub<T>(v128.mul<T>(c, z3), v128.mul<T>(s, r3));
    row -= PANEL;
    angle += 2 * sizeof<T>();
  }
  v128.store(row, r0);
  v128.store(row, r1, 16);
  v128.store(row, r2, 32);
  v128.store(row, r3, 48);
}

export function rotate_panels<T>(n: i32, z: usize, count: i32, sweeps: usize, angles: usize): void {
  const last = sweeps + (<usize> count << 3);
  for (let q = panels<T>(n); q > 0; q--, z += <usize> n * PANEL) {
    let angle = angles;
    for (let p = sweeps; p < last; p += 8) {
      const rotations = load<i32>(p, 4);
      rotate_sweep<T>(z + <usize> load<i32>(p) * PANEL, rotations, angle);
      angle += (<usize> rotations * 2) * sizeof<T>();
    }
  }
}
