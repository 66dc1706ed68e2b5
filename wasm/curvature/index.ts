export { f32_inverse_bfgs_update, f64_inverse_bfgs_update } from "./inverse_bfgs_update";
