// Lint rules about what users see: public modules only re-export, and a documented function names what it throws.
import { pathToFileURL } from "node:url";
import { ROOT } from "../_support/project.ts";

/** The public modules, those at the root, hold nothing but `export ... from`. */
export const reExportsOnly: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = pathToFileURL(context.filename).href;
    if (!path.startsWith(ROOT.href) || path.slice(ROOT.href.length).includes("/")) return {};
    return {
      Program(program) {
        for (const node of program.body) {
          const isReExport = node.type === "ExportAllDeclaration" ||
            (node.type === "ExportNamedDeclaration" && node.source !== null);
          if (!isReExport) context.report({ node, message: "a public module only re-exports" });
        }
      },
    };
  },
};

/** The class in `throw new X(...)`. */
function thrownClass(node: Deno.lint.ThrowStatement): string | undefined {
  const { argument } = node;
  if (argument?.type === "NewExpression" && argument.callee.type === "Identifier") {
    return argument.callee.name;
  }
}

/** Whether a `catch` of the same function would take the error. */
function isCaught(node: Deno.lint.Node, owner: Deno.lint.Node): boolean {
  for (let child = node; child !== owner && "parent" in child;) {
    const parent = child.parent as Deno.lint.Node;
    if (parent.type === "TryStatement" && parent.block === child && parent.handler) return true;
    child = parent;
  }
  return false;
}

/** A function with an example is public: every class it throws itself stands in its `@throws`. */
export const documentedThrows: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const { sourceCode } = context;
    return {
      ThrowStatement(node) {
        const name = thrownClass(node);
        const [outer] = sourceCode.getAncestors(node).filter(({ type }) =>
          type === "ExportNamedDeclaration" || type === "MethodDefinition"
        ).reverse();
        if (name === undefined || outer === undefined || isCaught(node, outer)) return;
        const documentation = sourceCode.getCommentsBefore(outer).at(-1)?.value ?? "";
        if (documentation.includes("@example") && !documentation.includes(`@throws {${name}}`)) {
          context.report({ node, message: `${name} is thrown here but not named by @throws` });
        }
      },
    };
  },
};
