export * from "./losses/index";
