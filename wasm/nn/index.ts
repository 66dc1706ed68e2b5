export * from "./conv/index";
export * from "./copy_rows";
export * from "./keep_mask";
export * from "./layernorm/index";
export * from "./losses/index";
export * from "./lstm/index";
export * from "./pooling/index";
