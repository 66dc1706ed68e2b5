export { f32_inverse_bfgs_update, f64_inverse_bfgs_update } from "./inverse_bfgs_update";
export { f32_khatri_rao, f64_khatri_rao } from "./khatri_rao";
export { f32_node_products, f64_node_products } from "./node_products";
export { f32_transpose, f64_transpose } from "./transpose";
export { f32_scale_symmetric, f64_scale_symmetric } from "./scale_symmetric";
export { compressed_cg_work_bytes, f32_compressed_cg, f64_compressed_cg } from "./compressed_cg";
export { f32_add_rank_one, f32_rank_one_distance, f64_add_rank_one, f64_rank_one_distance } from "./rank_one";
