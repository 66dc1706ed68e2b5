// What a number, or a name, may be where tests know it: the bad values that are good ones there. Rows of methods,
// layers and losses say which of their options is what, so that none stands by its name in the tests of bad arguments.

/** The bad values that must go through, by what the option takes. */
const DOMAINS = {
  "finite": /^(-0|-1|0\.5|2\^\d+)$/,
  "non-negative": /^(-0|0\.5|2\^\d+)$/,
  "positive": /^(0\.5|2\^\d+)$/,
  /** At least 0 and below 1, as the decay of a heavy ball. */
  "fraction": /^(-0|0\.5)$/,
  /** Positive and below 1, or at most 1. */
  "proper": /^0\.5$/,
  /** Whole and positive, without an upper limit: the state is what needs memory. */
  "count": /^2\^\d+$/,
  "whole": /^(-0|2\^\d+)$/,
  /** Whole, of the range of exact numbers. */
  "exact": /^(-0|2\^31|2\^32)$/,
  /** The place of one among few, or a width: 0 is one. */
  "place": /^-0$/,
  /** Any string: whose name it is shows later. */
  "name": /^(an empty string|a string)$/,
  /** Sites in parts, or how many parts; a model knows its sites. */
  "parts": /^(an empty array|2\^3[12])$/,
  /** Something of some sites; a model knows its sites. */
  "by site": /^(an empty|a foreign) object$/,
  /** Batches that nothing looks at. */
  "ignored batches": /^an array$/,
  /** Batches that are looked at one by one, after the state has its memory. */
  "late batches": /^an array$/,
} as const satisfies Readonly<Record<string, RegExp>>;

/** What an option takes. */
export type Domain = keyof typeof DOMAINS;

/** What options take, by their paths. */
export type Domains = Readonly<Record<string, Domain>>;

/** The same with a place before each path. */
export function domainsIn(place: string, domains: Domains): Domains {
  return Object.fromEntries(
    Object.entries(domains).map(([path, domain]) => [`${place}.${path}`, domain]),
  );
}

/** Whether a bad value is a good one of this domain. */
export function isOf(domain: Domain | undefined, value: string): boolean {
  return domain !== undefined && DOMAINS[domain].test(value);
}
