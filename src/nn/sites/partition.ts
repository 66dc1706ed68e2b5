// How the parameters of a model are parted in blocks. A site is never split: a weight that several layers use, or one with
// its bias, is in one block.
import { checkWhole, describe } from "../../runtime/arguments.ts";
import { type Block, SiteBlock } from "./site_block.ts";
import type { Site } from "./site_layout.ts";

/**
 * What a partition is made from: "site" for a block of each site, a number k for k groups of neighbouring sites that
 * have as equal numbers of parameters as there can be, or lists of sites by number or name, each site in one of them.
 */
export type PartitionRule = "site" | number | readonly (readonly (number | string)[])[];

const ACTION = "part the parameters";

/** A model's sites in blocks, each site in one. */
export class Partition {
  /** The blocks. */
  readonly blocks: readonly SiteBlock[];
  /** Number of all parameters (P). */
  readonly size: number;
  readonly #sites: readonly Site[];

  /**
   * Parts the sites of a model.
   *
   * @throws {TypeError} when the rule is none, or a list names something else than sites.
   * @throws {RangeError} when a site is in no block or in two, or there cannot be so many blocks.
   */
  constructor(sites: readonly Site[], rule: PartitionRule) {
    this.#sites = sites;
    this.blocks = Object.freeze(
      blocksOf(sites, rule).map((block) => new SiteBlock(sites, block)),
    );
    this.size = sites.reduce((sum, { weight }) => sum + weight.size, 0);
    Object.freeze(this);
  }

  /** True for the sites of the model that was parted. */
  belongsTo(sites: readonly Site[]): boolean {
    return sites === this.#sites;
  }
}

/** Refuses what is no rule for any model; returns a copy that stays as it is. */
export function checkPartitionRule(action: string, rule: unknown): PartitionRule {
  if (rule === "site") return rule;
  if (typeof rule === "number") return checkWhole(action, "the number of blocks", rule, 1);
  return checkLists(action, rule);
}

function checkLists(action: string, rule: unknown): readonly (readonly (number | string)[])[] {
  if (!Array.isArray(rule) || !Array.from(rule).every(Array.isArray)) {
    throw new TypeError(
      `Cannot ${action}: the partition must be "site", a number of blocks or lists of sites, not ${
        describe(rule)
      }`,
    );
  }
  return Object.freeze(rule.map((listed: readonly unknown[]) => {
    if (listed.length === 0) throw new RangeError(`Cannot ${action}: a block has no site`);
    return Object.freeze(
      Array.from(
        listed,
        (site) =>
          typeof site === "string" ? site : checkWhole(action, "each site of a block", site, 0),
      ),
    );
  }));
}

function blocksOf(sites: readonly Site[], given: PartitionRule): Block[] {
  if (typeof given === "number") return balanced(sites, given);
  if (given === "site") return sites.map((_, site) => [site]);
  const seen = new Set<number>();
  const blocks = checkLists(ACTION, given).map((listed) => {
    const block = listed.map((site) => numberOf(sites, site));
    for (const site of block) {
      if (!seen.has(site)) seen.add(site);
      else refuse(`site "${sites[site].name}" is listed twice`);
    }
    return block.sort((a, b) => a - b);
  });
  const missing = sites.find((_, site) => !seen.has(site));
  if (missing) refuse(`site "${missing.name}" is in none`);
  return blocks;
}

function refuse(why: string): never {
  throw new RangeError(`Cannot ${ACTION}: every site must be in one block, ${why}`);
}

/** The number of a site that is given by number or name. */
function numberOf(sites: readonly Site[], given: number | string): number {
  if (typeof given === "string") {
    const site = sites.findIndex(({ name }) => name === given);
    if (site >= 0) return site;
    const names = sites.map(({ name }) => name).join(", ");
    throw new RangeError(
      `Cannot ${ACTION}: there is no site ${describe(given)}, the model has ${names || "none"}`,
    );
  }
  return checkWhole(ACTION, "each site of a block", given, 0, sites.length - 1);
}

/** `count` groups of neighbours, of which the largest is as small as it can be; the first ones no larger than it. */
function balanced(sites: readonly Site[], count: number): Block[] {
  checkWhole(ACTION, "the number of blocks", count, 1, Math.max(1, sites.length));
  const before = [0];
  for (const { weight } of sites) before.push(before[before.length - 1] + weight.size);
  const total = sites.length;
  // largest[i]: of the best way to part the first i sites; cuts[k][i]: where its last of k groups begins.
  let largest = before.map((size, i) => i === 0 ? Infinity : size);
  const cuts: number[][] = [[], before.map(() => 0)];
  for (let k = 2; k <= count; k++) {
    const next = before.map(() => Infinity), cut = before.map(() => 0);
    for (let i = k; i <= total; i++) {
      for (let from = k - 1; from < i; from++) {
        const size = Math.max(largest[from], before[i] - before[from]);
        if (size < next[i]) [next[i], cut[i]] = [size, from];
      }
    }
    largest = next;
    cuts.push(cut);
  }
  const blocks: Block[] = [];
  for (let k = count, end = total; k > 0; k--) {
    const from = cuts[k][end];
    blocks.unshift(Array.from({ length: end - from }, (_, i) => from + i));
    end = from;
  }
  return blocks;
}
