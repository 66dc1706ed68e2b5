// The name that a user meant: the same in other letters, what other libraries call it, or a slip of the keyboard away.

/** What other libraries call things, in lower case without underscores. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  lr: ["learningRate"],
  eta: ["learningRate"],
  stepsize: ["learningRate"],
  eps: ["epsilon"],
  wd: ["weightDecay"],
  lambda: ["damping", "l2"],
  tol: ["tolerance"],
  rtol: ["tolerance"],
  atol: ["absoluteTolerance"],
  maxiter: ["maxIterations"],
  niter: ["maxIterations"],
  p0: ["start"],
  x: ["input"],
  xs: ["input"],
  features: ["input"],
  y: ["target"],
  ys: ["target"],
  labels: ["target"],
  criterion: ["loss"],
  objective: ["loss"],
  rng: ["seed"],
  randomstate: ["seed"],
};

/** Where what other libraries take as an option has its place here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  activation: "activations are layers of their own, such as relu()",
  callbacks: "train() is a loop of the caller's own: for await (const progress of train(…))",
  verbose: "train() is a loop of the caller's own: for await (const progress of train(…))",
};

/** Letters of which a name must have so many, before one within another counts as meant. */
const LEAST_PART = 4;
/** One slip for so many letters. */
const LETTERS_PER_SLIP = 3;

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_\-\s]/g, "");
}

/** Letters to insert, drop, replace or swap with the next until two words are equal. */
function slips(a: string, b: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isEqual = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isEqual ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}

function isPart(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= LEAST_PART && (a.includes(b) || b.includes(a));
}

/** The one of the known names that is nearest to a name; undefined when none is near. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const given = plain(name);
  const singular = known.find((other) =>
    plain(other).replace(/s$/, "") === given.replace(/s$/, "")
  );
  if (singular !== undefined) return singular;
  const foreign = Object.hasOwn(FOREIGN, given) ? FOREIGN[given] : [];
  const translated = foreign.find((other) => known.includes(other));
  if (translated !== undefined) return translated;
  const ranked = known.map((other) => {
    const spelt = plain(other);
    const distance = slips(given, spelt);
    const most = Math.max(1, Math.floor(Math.min(given.length, spelt.length) / LETTERS_PER_SLIP));
    return { other, distance, isNear: distance <= most || isPart(given, spelt) };
  });
  const near = ranked.filter(({ isNear }) => isNear);
  return near.sort((a, b) => a.distance - b.distance)[0]?.other;
}

/** What to write instead of a name: the nearest of those that are known, or what there is. */
export function otherName(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  if (near !== undefined) return `, did you mean ${JSON.stringify(near)}?`;
  const given = plain(name);
  const elsewhere = Object.hasOwn(ELSEWHERE, given) ? `; ${ELSEWHERE[given]}` : "";
  return `, only ${known.map((other) => JSON.stringify(other)).join(", ")}${elsewhere}`;
}
