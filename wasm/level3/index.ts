export { gemm_work_bytes } from "./blocking";
export { dgemm, sgemm } from "./gemm";
