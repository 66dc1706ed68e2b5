// Packs a block of a face-splitting product straight from its factors: what `pack` would make of the matrix
//
//   R (k, nodes width), R(p, (l, i)) = s(l, p) H(p, i)
//
// if memory held it, H (k, width) row-major, perhaps with a column of ones that memory does not hold, and s (nodes, k)
// row-major. `faces` is the address of four i32 and a pointer: elements between rows of H, its columns in memory, 1 if
// a column of ones follows them, elements between rows of s, and the address of s.
//
// One multiplication per element. A panel within one node is packed by vectors, one that reaches over its end or over
// the column of ones by elements, with the same bits. Beyond the block are zeros.
import { NR } from "./blocking";

/** Packs columns first..first+width-1 and rows p..p+depth-1 of R. */
export function pack_faces<T>(
  h: usize,
  faces: usize,
  first: i32,
  width: i32,
  p: i32,
  depth: i32,
  out: usize,
): void {
  const size = <usize> sizeof<T>(), panel = NR<T>(), step = <usize> panel * size;
  const pitch = <usize> load<i32>(faces) * size, held = load<i32>(faces, 4);
  const columns = held + load<i32>(faces, 8), scalePitch = <usize> load<i32>(faces, 12) * size;
  h += <usize> p * pitch;
  const scales = <usize> load<u32>(faces, 16) + <usize> p * size;
  for (let j = 0; j < width; j += panel, out += step * <usize> depth) {
    const inBlock = min<i32>(panel, width - j);
    let node = (first + j) / columns, i = (first + j) % columns;
    let scale = scales + <usize> node * scalePitch;
    if (inBlock == panel && i + panel <= held) {
      let from = h + <usize> i * size, to = out;
      for (let q = 0; q < depth; q++, from += pitch, to += step, scale += size) {
        const s = v128.load_splat<T>(scale);
        v128.store(to, v128.mul<T>(s, v128.load(from)));
        v128.store(to, v128.mul<T>(s, v128.load(from, 16)), 16);
      }
      continue;
    }
    for (let c = 0; c < panel; c++) {
      const isOne = i == held, from = h + <usize> i * size;
      let to = out + <usize> c * size;
      for (let q: usize = 0; q < <usize> depth; q++, to += step) {
        if (c >= inBlock) store<T>(to, <T> 0);
        else {
          const s = load<T>(scale + q * size);
          store<T>(to, isOne ? s : <T> (s * load<T>(from + q * pitch)));
        }
      }
      if (++i == columns) {
        i = 0;
        scale += scalePitch;
      }
    }
  }
}
