// How each callable is used when it is used well: what bad arguments are put into.
import type { Scope } from "../../mod.ts";
import type { Domains } from "./_domains.ts";

/** One good call. */
export interface Example {
  /** The arguments, with as many options as fit together. */
  readonly args: readonly unknown[];
  /** Makes the call. */
  readonly call: (...args: never[]) => unknown;
  /** Tensors that must not be where a result is written, for the parameters at these paths. */
  readonly overlapping?: Readonly<Record<string, readonly unknown[]>>;
  /** What these paths take: bad values of it must go through, all others must not. */
  readonly domains?: Domains;
  /** Bad values at these paths that would reach the network or the host, and are left out. */
  readonly skips?: Readonly<Record<string, RegExp>>;
  /** True where a good call fails too, for want of a host: its errors count for nothing. */
  readonly failsAnyway?: boolean;
}

/** Makes an example; what it allocates belongs to the scope. */
export type ExampleMaker = (scope: Scope) => Example;

/** Examples by the name of the callable; " of x" tells variants apart. */
export type Examples = Readonly<Record<string, ExampleMaker>>;
