export * from "./conv/index";
export * from "./losses/index";
