// Lint rules for src/ (the command line excepted): nothing that differs between engines, machines or
// moments may reach a result. ECMAScript leaves Math.exp and its like to the implementation.
import { fileURLToPath } from "node:url";
import { memberName } from "./member_name.ts";

/** What `Math` may be used for: exact by IEEE 754 or by the language. */
const EXACT_MATH: ReadonlySet<string> = new Set([
  ..."abs ceil clz32 f16round floor fround imul max min round sign sqrt trunc".split(" "),
  ..."E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2".split(" "),
]);
const CHANGING_GLOBALS: ReadonlySet<string> = new Set(["Date", "performance", "Intl", "Temporal"]);
const CHANGING_MEMBERS = /^(toLocale\w+|hardwareConcurrency|getRandomValues|randomUUID)$/;
/** Clocks that reach no result: the file and what it may read. */
const ALLOWED: readonly (readonly [file: string, name: string])[] = [];

const SOURCES = fileURLToPath(new URL("../../src/", import.meta.url));

function isLibrary(filename: string): boolean {
  return filename.startsWith(SOURCES) && !filename.startsWith("cli/", SOURCES.length);
}

/** Whether an identifier is only a label here: a member, a key, or a name in a type. */
function isLabel(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  if (parent.type === "Property") return parent.key === node && !parent.computed;
  return /^TS/.test(parent.type);
}

/** `Math` beyond what is exact, `**`, and `Math` in any form but a plain member. */
export const hostMath: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (!isLibrary(context.filename)) return {};
    const refuse = (node: Deno.lint.Node, what: string): void =>
      context.report({
        node,
        message: `${what} differs between engines`,
        hint: "Use our own kernels",
      });
    return {
      Identifier(node) {
        if (node.name !== "Math" || isLabel(node)) return;
        const { parent } = node;
        const name = parent.type === "MemberExpression" ? memberName(parent) : undefined;
        if (name === undefined || !EXACT_MATH.has(name)) refuse(node, `Math.${name ?? "*"}`);
      },
      "BinaryExpression[operator='**'], AssignmentExpression[operator='**=']"(node) {
        refuse(node, "**");
      },
    };
  },
};

/** Clocks, locales, core counts and host randomness. */
export const hostState: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (!isLibrary(context.filename)) return {};
    const refuse = (node: Deno.lint.Node, name: string): void => {
      if (ALLOWED.some((pair) => context.filename.endsWith(pair[0]) && pair[1] === name)) return;
      context.report({ node, message: `${name} changes between runs or machines` });
    };
    return {
      Identifier(node) {
        if (CHANGING_GLOBALS.has(node.name) && !isLabel(node)) refuse(node, node.name);
      },
      MemberExpression(node) {
        const name = memberName(node) ?? "";
        const isGlobal = node.object.type === "Identifier" && node.object.name === "globalThis";
        if (CHANGING_MEMBERS.test(name) || (isGlobal && CHANGING_GLOBALS.has(name))) {
          refuse(node, name);
        }
      },
    };
  },
};
