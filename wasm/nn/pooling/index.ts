export {
  f32_average_pool,
  f32_average_pool_pull,
  f64_average_pool,
  f64_average_pool_pull,
} from "./average_pool";
export { f32_max_pool, f64_max_pool } from "./max_pool";
export {
  f32_max_pool_push,
  f32_max_pool_pull,
  f64_max_pool_push,
  f64_max_pool_pull,
} from "./max_pool_places";
