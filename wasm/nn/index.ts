export * from "./conv/index";
export * from "./losses/index";
export * from "./pooling/index";
