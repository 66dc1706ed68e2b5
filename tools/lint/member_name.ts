// What lint rules have in common.

/** The name of `object.name` or `object["name"]`. */
export function memberName(node: Deno.lint.MemberExpression): string | undefined {
  const { property } = node;
  if (!node.computed && property.type === "Identifier") return property.name;
  if (property.type === "Literal" && typeof property.value === "string") return property.value;
}
