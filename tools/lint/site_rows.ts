// A lint rule that keeps the sums over samples in one place: what is above networks never looks at the rows of a site
// by itself, so that whoever parts a batch, between threads or machines, has one folder to do it in.
import { fileURLToPath } from "node:url";
import { memberName } from "./member_name.ts";

/** What hands out the rows of a site, wherever networks have it. */
const ROWS: ReadonlySet<string> = new Set([
  ..."inputs outputs outputGradients firstRow".split(" "),
  ..."siteCotangents visitInputs inputRows countedRows".split(" "),
]);
/** The same names for other things: the file and the name. */
const OTHER_THINGS: readonly (readonly [file: string, name: string])[] = [
  ["src/curvature/positive_curvature.ts", "inputs"], // an option
];
/** Of SampleRows, what looks into them. */
const OPENER = /(^|\/)_rows\.ts$/;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const METHODS = ["src/optimizers/", "src/curvature/", "src/solvers/"];
const STATISTICS = "src/curvature/statistics/";

/** Rows of a site are read, and SampleRows are opened, in src/curvature/statistics/ alone. */
export const siteRows: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const file = context.filename.startsWith(ROOT) ? context.filename.slice(ROOT.length) : "";
    if (!METHODS.some((folder) => file.startsWith(folder)) || file.startsWith(STATISTICS)) {
      return {};
    }
    const refuse = (node: Deno.lint.Node, name: string | undefined): void => {
      if (name === undefined || !ROWS.has(name)) return;
      if (OTHER_THINGS.some((pair) => pair[0] === file && pair[1] === name)) return;
      context.report({
        node,
        message: `${name} opens the rows of a site`,
        hint: `Take sums over them from ${STATISTICS}`,
      });
    };
    return {
      MemberExpression(node) {
        refuse(node, memberName(node));
      },
      "ObjectPattern > Property"(node: Deno.lint.Property) {
        const { key } = node;
        if (key.type === "Identifier" && !node.computed) refuse(node, key.name);
        else if (key.type === "Literal") refuse(node, String(key.value));
      },
      ImportDeclaration(node) {
        if (!OPENER.test(node.source.value)) return;
        context.report({ node, message: `_rows.ts is imported in ${STATISTICS} alone` });
      },
    };
  },
};
