export { f32_lstm_forward, f64_lstm_forward } from "./forward";
export { f32_lstm_reverse, f64_lstm_reverse } from "./reverse";
export { f32_lstm_second_order, f64_lstm_second_order } from "./second_order";
export { f32_lstm_tangent, f64_lstm_tangent } from "./tangent";
