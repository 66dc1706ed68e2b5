export {
  f32_patches_column_mean,
  f64_patches_column_mean,
  patches_column_mean_work_bytes,
} from "./column_mean";
