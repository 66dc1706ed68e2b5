// Packs a block of an operand into the panels that the micro-kernel reads: panel after panel, each `depth` steps of
// `panel` elements (MR of op(A), NR of op(B)). This and pack_patches.ts alone know how an operand is stored.
//
// An operand is seen as (width, depth): width runs along m or n, depth along k. It is held in memory with either
// depth or width contiguous, `ld` elements apart otherwise. What lies beyond `heldWidth` or `heldDepth` is the column
// of ones, which is never stored. Elements beyond the block are zero, so that edge panels are full panels.
//
// Another kind of operand, such as the patches of a convolution, is another function of the last five parameters, chosen
// by a flag in product.ts: the panels are all that the loops know of it.
//
// A panel is a row of strips: one vector wide where the operand allows it, else one element wide.
import { lanes } from "../inline/lanes";
import { transpose_lanes } from "../inline/transpose";

// Rows of an operand with the width contiguous that go to all panels before the next ones: their cache lines, each of
// which feeds several panels, stay in the first-level cache even when the rows are a multiple of 4 KB apart.
const ROWS_AT_ONCE: i32 = 16;

/** Packs elements first..first+width-1 across and p..p+depth-1 along k. */
export function pack<T>(
  panel: i32,
  isDepthContiguous: bool,
  source: usize,
  ld: i32,
  heldWidth: i32,
  heldDepth: i32,
  first: i32,
  width: i32,
  p: i32,
  depth: i32,
  out: usize,
): void {
  const pitch = <usize> ld * sizeof<T>();
  const acrossStep = isDepthContiguous ? pitch : sizeof<T>();
  const depthStep = isDepthContiguous ? sizeof<T>() : pitch;
  source += <usize> first * acrossStep + <usize> p * depthStep;
  const chunk = isDepthContiguous ? depth : ROWS_AT_ONCE;
  for (let from = 0; from < depth; from += chunk) {
    const steps = min<i32>(chunk, depth - from);
    const held = max<i32>(0, min<i32>(steps, heldDepth - p - from));
    const row = source + <usize> from * depthStep;
    let to = out + <usize> (panel * from) * sizeof<T>();
    for (let i = 0; i < width; i += panel, to += <usize> (panel * depth) * sizeof<T>()) {
      const inBlock = min<i32>(panel, width - i);
      const inMemory = min<i32>(inBlock, heldWidth - first - i);
      const at = row + <usize> i * acrossStep;
      pack_panel<T>(panel, inMemory, inBlock, held, steps, at, acrossStep, depthStep, to);
    }
  }
}

/** One panel: `inMemory` elements from memory, ones up to `inBlock`, then zeros; the steps from `held` on are ones. */
export function pack_panel<T>(
  panel: i32,
  inMemory: i32,
  inBlock: i32,
  held: i32,
  depth: i32,
  source: usize,
  acrossStep: usize,
  depthStep: usize,
  out: usize,
): void {
  const step = <usize> panel * sizeof<T>();
  let j = 0, to = out;
  if (acrossStep == sizeof<T>() && inMemory == panel) {
    copy_panel<T>(panel, held, source, depthStep, out);
    j = panel;
  }
  for (; j + lanes<T>() <= inMemory; j += lanes<T>(), to += 16) {
    if (acrossStep == sizeof<T>()) copy_strip<T>(held, source, depthStep, to, step);
    else transpose_strip<T>(held, source, acrossStep, to, step);
    source += <usize> lanes<T>() * acrossStep;
  }
  for (; j < inMemory; j++, to += sizeof<T>(), source += acrossStep) {
    copy_element_strip<T>(held, source, depthStep, to, step);
  }
  for (; j < panel; j++, to += sizeof<T>()) {
    fill_strip<T>(held, j < inBlock ? <T> 1 : <T> 0, to, step);
  }
  for (let p = held; p < depth; p++) {
    const at = out + <usize> p * step;
    for (j = 0; j < panel; j++) {
      store<T>(at + <usize> j * sizeof<T>(), j < inBlock ? <T> 1 : <T> 0);
    }
  }
}

/** A whole panel, one or two vectors and at most one element wide, whose source has the width contiguous. */
function copy_panel<T>(panel: i32, depth: i32, source: usize, sourceStep: usize, out: usize): void {
  const step = <usize> panel * sizeof<T>(), vectors = step & ~15;
  const hasSecond = vectors > 16, hasElement = vectors < step;
  for (let p = 0; p < depth; p++, source += sourceStep, out += step) {
    v128.store(out, v128.load(source));
    if (hasSecond) v128.store(out, v128.load(source, 16), 16);
    if (hasElement) store<T>(out + vectors, load<T>(source + vectors));
  }
}

/** A strip of one vector whose source has the width contiguous. */
function copy_strip<T>(depth: i32, source: usize, sourceStep: usize, out: usize, step: usize): void {
  for (let p = 0; p < depth; p++, source += sourceStep, out += step) {
    v128.store(out, v128.load(source));
  }
}

/** A strip of one vector whose source has the depth contiguous. */
function transpose_strip<T>(depth: i32, source: usize, pitch: usize, out: usize, step: usize): void {
  const end = source + <usize> depth * sizeof<T>();
  for (; source + 16 <= end; source += 16, out += <usize> lanes<T>() * step) {
    transpose_lanes<T>(source, pitch, out, step);
  }
  for (; source < end; source += sizeof<T>(), out += step) {
    for (let j = 0; j < lanes<T>(); j++) {
      store<T>(out + <usize> j * sizeof<T>(), load<T>(source + <usize> j * pitch));
    }
  }
}

/** A strip of one element. */
function copy_element_strip<T>(
  depth: i32,
  source: usize,
  sourceStep: usize,
  out: usize,
  step: usize,
): void {
  for (let p = 0; p < depth; p++, source += sourceStep, out += step) {
    store<T>(out, load<T>(source));
  }
}

/** A strip of one constant element. */
function fill_strip<T>(depth: i32, value: T, out: usize, step: usize): void {
  for (let p = 0; p < depth; p++, out += step) store<T>(out, value);
}
