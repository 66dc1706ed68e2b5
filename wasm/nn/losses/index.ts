export { f32_huber_hessian, f32_huber_loss, f64_huber_hessian, f64_huber_loss } from "./huber";
export { f32_poisson_hessian, f32_poisson_loss, f64_poisson_hessian, f64_poisson_loss } from "./poisson";
export { f32_pseudo_huber_hessian, f32_pseudo_huber_loss, f64_pseudo_huber_hessian, f64_pseudo_huber_loss } from "./pseudo_huber";
export { f32_sigmoid_xent_hessian, f32_sigmoid_xent_loss, f64_sigmoid_xent_hessian, f64_sigmoid_xent_loss } from "./sigmoid_xent";
export { f32_squared_error_hessian, f32_squared_error_loss, f64_squared_error_hessian, f64_squared_error_loss } from "./squared_error";
export {
  f32_expected_zero_one_hessian,
  f32_expected_zero_one_index_hessian,
  f32_expected_zero_one_index_loss,
  f32_expected_zero_one_loss,
  f64_expected_zero_one_hessian,
  f64_expected_zero_one_index_hessian,
  f64_expected_zero_one_index_loss,
  f64_expected_zero_one_loss,
} from "./expected_zero_one";
export {
  f32_softmax,
  f64_softmax,
} from "./softmax";
export {
  f32_softmax_xent_hessian,
  f32_softmax_xent_index_loss,
  f32_softmax_xent_loss,
  f64_softmax_xent_hessian,
  f64_softmax_xent_index_loss,
  f64_softmax_xent_loss,
} from "./softmax_xent";
export {
  f32_welsch_hessian,
  f32_welsch_loss,
  f64_welsch_hessian,
  f64_welsch_loss,
} from "./welsch";
