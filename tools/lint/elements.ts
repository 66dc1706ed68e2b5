// What a lint rule can know of tensors by syntax alone: which expressions of a file stand for their elements. `.data` does,
// and what is destructured from it, a view of kernel memory, parts and copies of them, and whatever is declared a
// FloatArray.
import { memberName } from "./member_name.ts";

type Node = Deno.lint.Node;

/** Whatever has parameters. */
export type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** A name that stands for elements, and the part of the file where it does. */
interface Name {
  readonly name: string;
  readonly scope: Node;
}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;
const SCOPE = /^(Program|BlockStatement|ForStatement|ForOfStatement|ForInStatement)$/;
/** Members of arrays that give elements again. */
const PARTS: ReadonlySet<string> = new Set(
  "fill subarray slice toReversed toSorted with entries values".split(" "),
);

/** The nodes around a node, the innermost first. */
export function ancestors(node: Node): Node[] {
  const found: Node[] = [];
  for (let at = node; "parent" in at && at.parent;) found.push(at = at.parent as Node);
  return found;
}

/** Whether a node is a function. */
export function isFunction({ type }: Node): boolean {
  return FUNCTION.test(type);
}

/** Whether a node is another one or inside of it. */
export function isInside(node: Node, outer: Node): boolean {
  return outer.range[0] <= node.range[0] && node.range[1] <= outer.range[1];
}

/** The function or block that a declaration belongs to. */
function scopeOf(node: Node): Node {
  const around = ancestors(node);
  return around.find((outer) => SCOPE.test(outer.type) || isFunction(outer)) ?? around.at(-1)!;
}

/** The name that a pattern gives to a whole value. */
function nameOf(pattern: Node | null): string | undefined {
  if (pattern?.type === "AssignmentPattern") return nameOf(pattern.left);
  return pattern?.type === "Identifier" ? pattern.name : undefined;
}

/** The names of one file that stand for elements of tensors. */
export class Elements {
  readonly #names: Name[] = [];
  readonly #declarators: Deno.lint.VariableDeclarator[] = [];

  /** Takes a declaration, which `resolve()` looks at. */
  addDeclarator(node: Deno.lint.VariableDeclarator): void {
    this.#declarators.push(node);
  }

  /** Takes `{ data }` and `{ data: name }`, of a variable or a parameter. */
  addPattern(node: Deno.lint.ObjectPattern): void {
    const outer = ancestors(node).find((one) =>
      one.type === "VariableDeclarator" || isFunction(one)
    );
    if (!outer) return;
    const scope = isFunction(outer) ? outer : scopeOf(outer);
    for (const property of node.properties) {
      if (property.type !== "Property" || property.key.type !== "Identifier") continue;
      if (property.key.name === "data") this.#add(nameOf(property.value as Node), scope);
    }
  }

  /** Takes the parameters of a function that are declared to be elements. */
  addParameters(node: FunctionNode, text: (node: Node) => string): void {
    for (const parameter of node.params) {
      if (parameter.type !== "Identifier" || !parameter.typeAnnotation) continue;
      if (/\bFloatArray\b(?!\[)/.test(text(parameter.typeAnnotation))) {
        this.#add(parameter.name, node);
      }
    }
  }

  /** Finds the variables that are given elements, and those that are given these, until there are no more. */
  resolve(): void {
    for (let known = -1; known !== this.#names.length;) {
      known = this.#names.length;
      for (const { id, init } of this.#declarators) this.#assign(id, init, scopeOf(id));
    }
  }

  /** Whether an expression stands for elements of a tensor. */
  has(node: Node): boolean {
    switch (node.type) {
      case "Identifier":
        return this.#names.some(({ name, scope }) => name === node.name && isInside(node, scope));
      case "MemberExpression":
        return memberName(node) === "data";
      case "TSNonNullExpression":
      case "TSAsExpression":
      case "ChainExpression":
        return this.has(node.expression);
      case "ConditionalExpression":
        return this.has(node.consequent) || this.has(node.alternate);
      case "LogicalExpression":
        return this.has(node.left) || this.has(node.right);
      case "CallExpression": {
        const { callee } = node;
        if (callee.type === "Identifier") return callee.name === "floatView";
        if (callee.type !== "MemberExpression") return false;
        return PARTS.has(memberName(callee) ?? "") && this.has(callee.object);
      }
      default:
        return false;
    }
  }

  #assign(pattern: Node, value: Node | null | undefined, scope: Node): void {
    if (!value) return;
    if (pattern.type !== "ArrayPattern") {
      if (this.has(value)) this.#add(nameOf(pattern), scope);
      return;
    }
    const isOfElements = value.type === "CallExpression" &&
      value.arguments.some((given) =>
        given.type === "ArrowFunctionExpression" && this.has(given.body)
      );
    for (const [i, element] of pattern.elements.entries()) {
      if (value.type === "ArrayExpression" && element) {
        this.#assign(element, value.elements[i], scope);
      } else if (isOfElements) this.#add(nameOf(element), scope);
    }
  }

  #add(name: string | undefined, scope: Node): void {
    if (name === undefined) return;
    if (this.#names.some((known) => known.name === name && known.scope === scope)) return;
    this.#names.push({ name, scope });
  }
}
