// The kernel module: every export of every floor of wasm/. It imports only env.memory.
export * from "./curvature/index";
export * from "./digest/index";
export * from "./elementwise/index";
export * from "./level1/index";
export * from "./level2/index";
export * from "./level3/index";
export * from "./lapack/index";
export * from "./nn/index";
export * from "./random/index";

/** First byte of memory that the module leaves to its host. */
export function heap_base(): usize {
  return __heap_base;
}
