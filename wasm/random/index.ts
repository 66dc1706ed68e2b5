export { philox_bits, philox_block } from "./bits";
export { f32_normal, f64_normal } from "./normal";
export { f32_uniform, f64_uniform } from "./uniform";
