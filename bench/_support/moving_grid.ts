// A grid of settings that moves until its best lies inside: each neighbour of the best was tried and is no better.
//
// It begins with a cross: every axis from end to end, the others in their middle. Values are 1, 3, 10, 30, … and so on.

/** What a grid gives a run, by axis. */
export type Settings = Readonly<Record<string, number>>;

/** The values of one setting to begin with: powers of ten or three times them, ascending, at equal ratios. */
export type Axis = readonly number[];

/** What was tried. */
export interface Trial {
  readonly settings: Settings;
  /** The lower the better; infinite or NaN where the run failed. */
  readonly score: number;
}

/** The end of a search. */
export interface Found {
  readonly best: Trial;
  /** False when the most trials were made before the best was inside, or every one failed. */
  readonly isInside: boolean;
  readonly trials: readonly Trial[];
}

/** Places on the ladder of values, by axis. */
type Rungs = readonly number[];

function rungOf(value: number): number {
  const [digit, exponent] = value.toExponential().split("e").map(Number);
  if (value > 0 && (digit === 1 || digit === 3)) return 2 * exponent + (digit === 3 ? 1 : 0);
  throw new RangeError(`Cannot begin a grid with ${value}: it is no power of ten or 3 times one`);
}

function valueOf(rung: number): number {
  const exponent = Math.floor(rung / 2);
  return Number(`${rung === 2 * exponent ? 1 : 3}e${exponent}`);
}

/** The rungs of an axis and what is between two of them. */
function ladderOf(axis: Axis): { readonly rungs: readonly number[]; readonly stride: number } {
  const rungs = axis.map(rungOf), stride = rungs[1] - rungs[0];
  if (!(stride > 0) || rungs.some((rung, i) => rung !== rungs[0] + i * stride)) {
    throw new RangeError(`Cannot begin a grid with ${axis}: they must ascend at equal ratios`);
  }
  return { rungs, stride };
}

function replaced(rungs: Rungs, axis: number, rung: number): Rungs {
  return rungs.map((own, i) => i === axis ? rung : own);
}

/**
 * Searches for the settings of the lowest score; undefined once `scoreOf` has none to give, as where time is up.
 * Scores that were given before should be given again without work: every call begins anew.
 */
export function search(
  axes: Readonly<Record<string, Axis>>,
  scoreOf: (settings: Settings) => number | undefined,
  mostTrials: number,
): Found | undefined {
  const names = Object.keys(axes), ladders = Object.values(axes).map(ladderOf);
  const middle = ladders.map(({ rungs }) => rungs[Math.floor(rungs.length / 2)]);
  const tried = new Map<string, { readonly rungs: Rungs } & Trial>();
  const order = ({ score }: Trial): number => Number.isNaN(score) ? Infinity : score;
  let waiting = [
    middle,
    ...ladders.flatMap(({ rungs }, axis) => rungs.map((rung) => replaced(middle, axis, rung))),
  ];
  for (;;) {
    for (const rungs of waiting) {
      if (tried.has(rungs.join()) || tried.size >= mostTrials) continue;
      const settings = Object.fromEntries(names.map((name, i) => [name, valueOf(rungs[i])]));
      const score = scoreOf(settings);
      if (score === undefined) return undefined;
      tried.set(rungs.join(), { rungs, settings, score });
    }
    const trials = [...tried.values()];
    const best = trials.reduce((least, trial) => order(trial) < order(least) ? trial : least);
    const hasBest = order(best) < Infinity;
    // Where all failed, any direction may be the right one.
    const centres = hasBest ? [best] : trials;
    waiting = centres.flatMap(({ rungs }) =>
      ladders.flatMap(({ stride }, axis) =>
        [-stride, stride].map((move) => replaced(rungs, axis, rungs[axis] + move))
      )
    ).filter((rungs) => !tried.has(rungs.join()));
    if (waiting.length > 0 && tried.size < mostTrials) continue;
    const shown = ({ settings, score }: Trial): Trial => ({ settings, score });
    return {
      best: shown(best),
      isInside: hasBest && waiting.length === 0,
      trials: trials.map(shown),
    };
  }
}
