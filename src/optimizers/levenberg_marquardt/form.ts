// Which form solves the system of a step: the smaller of two, unless one is asked for.
import { DUAL } from "./dual.ts";
import { LSMR } from "./lsmr.ts";
import { PRIMAL } from "./primal.ts";
import type { LevenbergMarquardtForm } from "./settings.ts";
import { SQUARE_ROOT } from "./square_root.ts";
import { ACTION, type DampedSystem, type Form, type Point } from "./system.ts";

const FORMS: Readonly<Record<Exclude<LevenbergMarquardtForm, "auto">, Form>> = Object.freeze({
  "primal": PRIMAL,
  "dual": DUAL,
  "square-root": SQUARE_ROOT,
  "lsmr": LSMR,
});

/** Makes the system of one step. */
export function makeSystem(point: Point): DampedSystem {
  const { form } = point.settings;
  const chosen = form === "auto" ? smallerForm(point) : FORMS[form];
  const lack = chosen.whyNot(point.lin);
  if (lack) throw new TypeError(`Cannot ${ACTION}: ${lack}`);
  return chosen.makeSystem(point);
}

function smallerForm({ lin, settings: { scaling } }: Point): Form {
  const isSmaller = lin.output.size < lin.parameterCount;
  return isSmaller && scaling === "identity" && !DUAL.whyNot(lin) ? DUAL : PRIMAL;
}
