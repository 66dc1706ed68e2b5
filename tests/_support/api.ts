// Everything that users can import without a package, as one namespace.
export * from "../../checkpoint.ts";
export * from "../../data.ts";
export * from "../../layers.ts";
export * from "../../linalg.ts";
export * from "../../mod.ts";
export * from "../../operators.ts";
export * from "../../solvers.ts";
