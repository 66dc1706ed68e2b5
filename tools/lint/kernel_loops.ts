// A lint rule that keeps loops over the elements of tensors in wasm/: each that stays in src/ says why, in a comment
// `// In JavaScript: <why>` before the statement that it is in or before all of the file, and no such comment stands where there is no loop.
//
// A loop is a statement, or a call of a function for each of many, that indexes elements or takes parts of them; the
// outermost counts.
import { fileURLToPath } from "node:url";
import { ancestors, Elements, type FunctionNode, isFunction, isInside } from "./elements.ts";
import { memberName } from "./member_name.ts";

type Node = Deno.lint.Node;

/** Where elements are looked at: the expression, and what it takes them of. */
interface Use {
  readonly node: Node;
  readonly of: Node;
}

const SOURCES = fileURLToPath(new URL("../../src/", import.meta.url));
const COMMAND = `${SOURCES}cli/`;
const LOOP = /^(For|ForIn|While|DoWhile)Statement$/;
/** Members of arrays that call a function for each element. */
const VISITORS: ReadonlySet<string> = new Set(
  "forEach map reduce reduceRight every some filter from find findIndex findLast findLastIndex"
    .split(" "),
);
/** Members of arrays that move parts of them. */
const MOVERS: ReadonlySet<string> = new Set("set subarray fill copyWithin".split(" "));
const REASON = /^\s*In JavaScript: \S/;

/** What a call does to elements: `visits` all of them, or moves a part. */
function useOf(node: Deno.lint.CallExpression): Use & { readonly visits: boolean } | undefined {
  const { callee, arguments: given } = node;
  if (callee.type !== "MemberExpression") return undefined;
  const name = memberName(callee) ?? "";
  if (name === "from") return given.length > 1 ? { node, of: given[0], visits: true } : undefined;
  if (VISITORS.has(name)) return { node, of: callee.object, visits: true };
  return MOVERS.has(name) ? { node, of: callee.object, visits: false } : undefined;
}

/** Whether what is inside runs once for each of many. */
function repeats(outer: Node, inside: Node): boolean {
  if (outer.type === "ForOfStatement") return isInside(inside, outer.body);
  if (LOOP.test(outer.type)) return true;
  if (outer.type !== "CallExpression" || outer.callee.type !== "MemberExpression") return false;
  if (!VISITORS.has(memberName(outer.callee) ?? "")) return false;
  return outer.arguments.some((given) => isFunction(given) && isInside(inside, given));
}

/** Every loop over elements of tensors in src/ has a reason, and every reason a loop. */
export const kernelLoops: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (!context.filename.startsWith(SOURCES) || context.filename.startsWith(COMMAND)) return {};
    const { sourceCode } = context, elements = new Elements();
    /** Uses that are loops by themselves, and those that are where they stand in one. */
    const visits: Use[] = [], uses: Use[] = [];
    const addParameters = (node: FunctionNode): void =>
      elements.addParameters(node, (part) => sourceCode.getText(part));

    function outermostLoops(): Set<Node> {
      const loops = new Set<Node>();
      for (const use of [...visits, ...uses]) {
        if (!elements.has(use.of)) continue;
        const around = ancestors(use.node).filter((outer) => repeats(outer, use.node));
        const loop = around.at(-1) ?? (visits.includes(use) ? use.node : undefined);
        if (loop) loops.add(loop);
      }
      return loops;
    }

    return {
      VariableDeclarator: (node) => elements.addDeclarator(node),
      ObjectPattern: (node) => elements.addPattern(node),
      FunctionDeclaration: addParameters,
      FunctionExpression: addParameters,
      ArrowFunctionExpression: addParameters,
      MemberExpression(node) {
        if (node.computed) uses.push({ node, of: node.object });
      },
      ForOfStatement(node) {
        visits.push({ node, of: node.right });
      },
      CallExpression(node) {
        const use = useOf(node);
        if (use) (use.visits ? visits : uses).push(use);
      },
      "Program:exit"(program) {
        elements.resolve();
        const [first] = program.body;
        const ofFile = first ? sourceCode.getCommentsBefore(first) : [];
        const reasons = sourceCode.getAllComments().filter(({ value }) => REASON.test(value));
        const taken = new Set<number>();
        for (const loop of outermostLoops()) {
          const found = [loop, ...ancestors(loop)]
            .flatMap((node) =>
              node.type === "Program" ? ofFile : sourceCode.getCommentsBefore(node)
            )
            .filter(({ value }) => REASON.test(value));
          for (const { range } of found) taken.add(range[0]);
          if (found.length > 0) continue;
          context.report({
            node: loop,
            message: "a loop over elements of tensors is outside of wasm/",
            hint: "Make a kernel of it, or say why not: // In JavaScript: <why>",
          });
        }
        for (const { range } of reasons) {
          if (taken.has(range[0])) continue;
          context.report({ range, message: "a reason for a loop stands where there is none" });
        }
      },
    };
  },
};
