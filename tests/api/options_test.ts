// Names that an object of options does not have: refused with the nearest one that it has, before anything happens.
// Which objects there are, and what they may name, is read from the types.
import { ok } from "../_support/assert.ts";
import { test } from "../_support/harness.ts";
import { survived } from "../_support/survived.ts";
import { NOT_TRIED } from "./_allowed.ts";
import { AREAS, callableOf } from "./_areas.ts";
import { nameAttempts, objectsOf, watchKernels } from "./_refusals.ts";
import { NAMED_OBJECTS, type NamedObject } from "./surface.ts";

/** Objects that may have more members than their type tells, with the reason. */
const OPEN: readonly { readonly type: RegExp; readonly reason: string }[] = [
  {
    type: /^(Uint8Array \| )?(Dataset|Loss|Layer|Optimizer|CheckpointStore|LinearMap|StopRule)$/,
    reason: "users implement it, with whatever else they need",
  },
  {
    type:
      /^RandomKey( \| \w+)?$|^(number \| )?Momentum( \| number)?( \| "none")?$|^(BatchPosition|PatchGeometry)$/,
    reason: "a value, not a choice: none of its members may be left out, so none can be missed",
  },
  {
    type: /^SystemSize$|^object of rows,columns,dtype$/,
    reason: "an operator will do, and none of the members may be left out",
  },
];

/** At least so many, whatever becomes of the surface. */
const LEAST_CASES = 600;

/** The type, and the names of an object type without one. */
function typeOf({ type, names }: NamedObject): string {
  return type === "object" ? `object of ${names}` : type;
}

const closed = Object.fromEntries(
  Object.entries(NAMED_OBJECTS)
    .filter(([callable]) => !NOT_TRIED.some(({ where }) => where.test(callable)))
    .map(([callable, objects]) => [
      callable,
      objects.filter((each) => !OPEN.some(({ type }) => type.test(typeOf(each)))),
    ]),
);

const tried = new Set<NamedObject>();
let total = 0;

for (const [area, examples] of Object.entries(AREAS)) {
  test(`names that are no options are refused with the nearest that is one: ${area}`, async () => {
    watchKernels();
    const complaints: string[] = [];
    for (const [label, make] of Object.entries(examples)) {
      for (const object of objectsOf(make, closed[callableOf(label)] ?? [])) {
        const { count, complaints: found } = await nameAttempts(label, make, object);
        tried.add(object);
        total += count;
        complaints.push(...found);
      }
    }
    ok(complaints.length === 0, `${complaints.length} of them:\n${complaints.join("\n")}`);
  });
}

test("every object of options of every public callable was tried", () => {
  const missed = Object.entries(closed).flatMap(([callable, objects]) =>
    objects.filter((each) => !tried.has(each))
      .map(({ path, type }) => `${callable} ${path.join(".")} (${type})`)
  );
  ok(missed.length === 0, `no example in tests/api/_examples has ${missed.join(", ")}`);
  const all = Object.values(NAMED_OBJECTS).flat().map(typeOf);
  const unused = OPEN.filter(({ type }) => !all.some((name) => type.test(name)));
  ok(unused.length === 0, `exceptions that nothing needs: ${unused.map(({ type }) => type)}`);
  ok(total >= LEAST_CASES, `only ${total} cases`);
  survived(total, "unknown options");
});
