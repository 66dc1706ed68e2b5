export * from "./activations/index";
export { f32_exp, f64_exp } from "./exp";
export { f32_log, f64_log } from "./log";
export { f32_normal_cdf, f64_normal_cdf } from "./normal_cdf";
export { f32_sigmoid, f64_sigmoid } from "./sigmoid";
export { f32_softplus, f64_softplus } from "./softplus";
export { f32_tanh, f64_tanh } from "./tanh";
