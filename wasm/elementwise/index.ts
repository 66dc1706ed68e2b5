export * from "./activations/index";
export { f32_adam_direction, f64_adam_direction } from "./adam_direction";
export {
  f32_add,
  f32_divide,
  f32_multiply,
  f32_sqrt,
  f32_square,
  f32_subtract,
  f64_add,
  f64_divide,
  f64_multiply,
  f64_sqrt,
  f64_square,
  f64_subtract,
} from "./arithmetic";
export { f32_exp, f64_exp } from "./exp";
export { f32_log, f64_log } from "./log";
export { f32_multiply_add, f64_multiply_add } from "./multiply_add";
export { f32_normal_cdf, f64_normal_cdf } from "./normal_cdf";
export { f32_sigmoid, f64_sigmoid } from "./sigmoid";
export { f32_softplus, f64_softplus } from "./softplus";
export { f32_tanh, f64_tanh } from "./tanh";
