export { gemm_work_bytes } from "./blocking";
export { dgemm, sgemm } from "./gemm";
export { dsyrk, ssyrk } from "./syrk";
export { dtrsm, strsm } from "./trsm";
