export { dgemv, sgemv } from "./gemv";
export { dger, sger } from "./ger";
export { dsymv, ssymv } from "./symv";
export { dsyr2, ssyr2 } from "./syr2";
