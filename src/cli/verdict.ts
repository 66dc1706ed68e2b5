// Who wins at what: the same measures for every method, and one sentence that says what they show.
import { METHODS } from "./methods.ts";
import { type DemoResult, type EpochResult, lastEpoch, type MethodResult } from "./results.ts";

/** One measure, of which less is better. */
export interface Measure {
  /** What is measured, with its unit. */
  readonly title: string;
  /** One value for each method; undefined where it has none. */
  readonly values: readonly (number | undefined)[];
  /** Digits after the point. */
  readonly digits: number;
}

/** What methods are compared by. */
export interface Comparison {
  readonly afterEpochs: Measure;
  readonly afterSeconds: Measure;
  readonly stepsToTarget: Measure;
  readonly secondsToTarget: Measure;
}

/** Values that differ by less than this share of the least are level: it is what a seed does. */
const LEVEL = 0.01;

/** The measures of a result; undefined unless two methods can be compared. */
export function comparison({ runs }: DemoResult): Comparison | undefined {
  const sound = runs.filter(isSound);
  if (sound.length < 2) return undefined;
  const least = (of: (run: MethodResult) => number): number => Math.min(...sound.map(of));
  const epochs = least((run) => lastEpoch(run).epoch);
  const seconds = least((run) => lastEpoch(run).seconds);
  // The best loss that all of them reached.
  const target = Math.max(...sound.map((run) => Math.min(...run.epochs.map((e) => e.trainLoss))));
  const measure = (title: string, digits: number, of: (run: MethodResult) => number): Measure => ({
    title,
    digits,
    values: runs.map((run) => isSound(run) ? of(run) : undefined),
  });
  const goal = `to a training loss of ${target.toFixed(2)}`;
  return {
    afterEpochs: measure(
      `training loss after ${counted(epochs)} each`,
      2,
      (run) => run.epochs[epochs].trainLoss,
    ),
    afterSeconds: measure(
      `training loss after ${seconds.toFixed(1)} s each`,
      2,
      (run) => interpolated(run, "trainLoss", (e) => e.seconds - seconds),
    ),
    stepsToTarget: measure(
      `steps ${goal}`,
      0,
      (run) => interpolated(run, "steps", (e) => target - e.trainLoss),
    ),
    secondsToTarget: measure(
      `seconds ${goal}`,
      1,
      (run) => interpolated(run, "seconds", (e) => target - e.trainLoss),
    ),
  };
}

/** Places of the methods whose value is the least or level with it. */
export function leaders({ values }: Measure): number[] {
  const known = values.filter((value) => value !== undefined);
  const limit = Math.min(...known) * (1 + LEVEL);
  return values.flatMap((value, i) => value !== undefined && value <= limit ? [i] : []);
}

/** What the comparison shows, in words; it names what speaks against trusting it. */
export function verdict(result: DemoResult): string {
  const found = comparison(result);
  const main = found ? comparedText(result, found) : alone(result);
  return [main, ...result.runs.flatMap(reservations)].join(" ");
}

function comparedText({ data, runs }: DemoResult, found: Comparison): string {
  const titles = runs.map(({ optimizer }) => METHODS[optimizer].title);
  const perEpoch = leaders(found.afterEpochs);
  const perSecond = leaders(found.afterSeconds);
  const standing = ({ title, values }: Measure): string => {
    const ranked = values.flatMap((value, i) => value === undefined ? [] : [{ value, i }])
      .sort((a, b) => a.value - b.value)
      .map(({ value, i }) => `${titles[i]} ${value.toFixed(2)}`);
    return `${title}: ${ranked.join(", ")}`;
  };
  const details = `${capitalized(standing(found.afterEpochs))}; ${standing(found.afterSeconds)}.`;
  const names = (winners: readonly number[]): string => winners.map((i) => titles[i]).join(" and ");
  const isOne = perEpoch.length === 1 && perSecond.length === 1;
  if (isOne && perEpoch[0] === perSecond[0]) {
    return `On ${data}, ${names(perEpoch)} wins per epoch and per second. ${details}`;
  }
  const part = (winners: readonly number[], per: string): string =>
    winners.length === 1
      ? `${names(winners)} wins per ${per}`
      : `${names(winners)} are level per ${per}`;
  return `On ${data}, ${part(perEpoch, "epoch")} and ${part(perSecond, "second")}. ${details}`;
}

function alone({ data, runs }: DemoResult): string {
  const sound = runs.filter(isSound);
  if (sound.length === 0) return `Nothing was learnt on ${data}.`;
  const { epoch, seconds, trainLoss } = lastEpoch(sound[0]);
  return `On ${data}, ${METHODS[sound[0].optimizer].title} is at a training loss of ${
    trainLoss.toFixed(2)
  } after ${counted(epoch)}, ${seconds.toFixed(1)} s, with nothing to compare it to.`;
}

function reservations(run: MethodResult): string[] {
  const { title } = METHODS[run.optimizer];
  if (run.ending === "non-finite") return [`${title} diverged.`];
  const found: string[] = [];
  if (run.ending === "interrupted") found.push(`${title} was interrupted.`);
  if (run.isAtEdge) {
    found.push(
      `The best step size of ${title} (${run.label}) is at the edge of those that were tried: a better one may lie beyond.`,
    );
  }
  return found;
}

function isSound(run: MethodResult): boolean {
  return run.ending !== "non-finite" && run.epochs.length > 1;
}

/** The value, between epochs, at the first place where `height` is no longer negative. */
function interpolated(
  { epochs }: MethodResult,
  key: keyof EpochResult,
  height: (result: EpochResult) => number,
): number {
  const end = epochs.findIndex((result) => height(result) >= 0);
  if (end <= 0) return epochs[Math.max(end, 0)][key];
  const [before, after] = [epochs[end - 1], epochs[end]];
  const share = height(before) / (height(before) - height(after));
  return before[key] + share * (after[key] - before[key]);
}

function counted(epochs: number): string {
  return epochs === 1 ? "1 epoch" : `${epochs} epochs`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
