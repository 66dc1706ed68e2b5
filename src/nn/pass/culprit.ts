import { firstNonFinite } from "../../ops/vector.ts";
import type { NetworkPass } from "./network_pass.ts";
import type { Layout } from "../sites/site_layout.ts";

/** Names the first quantity on the way of the data through a pass that is not finite. */
export function culprit(
  { sites, uses }: Pick<Layout, "sites" | "uses">,
  pass: NetworkPass,
): string {
  for (const [i, { site, weight }] of uses.entries()) {
    const { name } = sites[site];
    if (firstNonFinite(weight) >= 0) return `site "${name}", parameters`;
    if (firstNonFinite(pass.uses[i].outputs) >= 0) return `site "${name}", outputs`;
  }
  return firstNonFinite(pass.output) >= 0 ? "the network's output" : "the loss";
}
