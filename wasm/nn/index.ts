export * from "./conv/index";
export * from "./layernorm/index";
export * from "./losses/index";
export * from "./pooling/index";
