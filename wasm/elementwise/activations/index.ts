export {
  f32_elu_d1,
  f32_elu_d2,
  f32_elu_value,
  f64_elu_d1,
  f64_elu_d2,
  f64_elu_value,
} from "./elu";
export {
  f32_gelu_d1,
  f32_gelu_d2,
  f32_gelu_value,
  f64_gelu_d1,
  f64_gelu_d2,
  f64_gelu_value,
} from "./gelu";
export {
  f32_gelu_tanh_d1,
  f32_gelu_tanh_d2,
  f32_gelu_tanh_value,
  f64_gelu_tanh_d1,
  f64_gelu_tanh_d2,
  f64_gelu_tanh_value,
} from "./gelu_tanh";
export {
  f32_leaky_relu_d1,
  f32_leaky_relu_d2,
  f32_leaky_relu_value,
  f64_leaky_relu_d1,
  f64_leaky_relu_d2,
  f64_leaky_relu_value,
} from "./leaky_relu";
export {
  f32_relu_d1,
  f32_relu_d2,
  f32_relu_value,
  f64_relu_d1,
  f64_relu_d2,
  f64_relu_value,
} from "./relu";
export {
  f32_selu_d1,
  f32_selu_d2,
  f32_selu_value,
  f64_selu_d1,
  f64_selu_d2,
  f64_selu_value,
} from "./selu";
export {
  f32_sigmoid_d1,
  f32_sigmoid_d2,
  f32_sigmoid_value,
  f64_sigmoid_d1,
  f64_sigmoid_d2,
  f64_sigmoid_value,
} from "./sigmoid";
export {
  f32_silu_d1,
  f32_silu_d2,
  f32_silu_value,
  f64_silu_d1,
  f64_silu_d2,
  f64_silu_value,
} from "./silu";
export {
  f32_softplus_d1,
  f32_softplus_d2,
  f32_softplus_value,
  f64_softplus_d1,
  f64_softplus_d2,
  f64_softplus_value,
} from "./softplus";
export {
  f32_tanh_d1,
  f32_tanh_d2,
  f32_tanh_value,
  f64_tanh_d1,
  f64_tanh_d2,
  f64_tanh_value,
} from "./tanh";
