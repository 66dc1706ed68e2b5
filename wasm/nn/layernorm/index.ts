export * from "./normalize";
export * from "./project";
export * from "./scale";
