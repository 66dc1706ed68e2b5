// Programs of a few lines, which end when there is nothing left to do.
import { fit, train } from "../../../mod.ts";
import { childArguments } from "../../_support/child.ts";
import { longRun, network } from "../_long.ts";

/** Where the module is, to start it. */
export const PROGRAM: string = import.meta.url;

const [what] = childArguments() ?? [];
if (what) console.warn = (text: string) => console.log(text);
if (what === "fit") {
  const { ending } = await fit(longRun(network(), { signal: AbortSignal.timeout(100) }));
  console.log(ending);
} else if (what === "await") {
  await train(longRun(network()));
}
