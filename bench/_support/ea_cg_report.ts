// Tables and pictures of the EA-CG bench, from the curves of all seeds.
import { BATCH_SIZE, type Curve, type Point } from "./ea_cg_runs.ts";
import { type Chart, type Series, table } from "./report.ts";

/** What a criterion's curves show: itself where that is what is minimized, else the cross-entropy too. */
const NAMES: Readonly<Record<Curve["loss"], string>> = {
  crossEntropy: "cross-entropy",
  zeroOne: "expected 0-1 loss",
};

/** Sweeps of which pictures show the best, and the one that the re-run of the paper has. */
const SWEEPS = ["sgd ", "adam "];
const RERUN = "sgd 0.1";

/** The curves of one method and criterion, one for each seed. */
interface Group {
  readonly method: string;
  readonly loss: Curve["loss"];
  readonly curves: readonly Curve[];
}

function groupsOf(curves: readonly Curve[]): Group[] {
  const groups = new Map<string, Curve[]>();
  for (const curve of curves) {
    const key = `${curve.loss} ${curve.method}`;
    groups.set(key, [...groups.get(key) ?? [], curve]);
  }
  return [...groups.values()].map((own) => ({
    method: own[0].method,
    loss: own[0].loss,
    curves: own,
  }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** Means over seeds of a figure at every step that some seed has reached. */
function meansOf(
  { curves }: Group,
  figure: (point: Point) => number,
): [step: number, mean: number][] {
  const steps = [...new Set(curves.flatMap(({ points }) => points.map(({ step }) => step)))];
  return steps.sort((a, b) => a - b).map((step) => {
    const found = curves.flatMap(({ points }) => points.filter((point) => point.step === step));
    return [step, mean(found.map(figure))];
  });
}

/** Seconds of a step where other work disturbed it least: they all cost the same. */
function secondsOfStep({ curves }: Group): number {
  const rates = curves.flatMap(({ points }) =>
    points.slice(1).map(({ step, seconds }, i) =>
      (seconds - points[i].seconds) / (step - points[i].step)
    )
  );
  return Math.min(...rates);
}

/** Range and accuracy are those at the last step that all seeds have reached. */
function cellsOf(group: Group): Record<string, string> {
  const { method, loss, curves } = group;
  const cells: Record<string, string> = { method, loss, seeds: String(curves.length) };
  for (const [step, value] of meansOf(group, ({ criterion }) => criterion)) {
    if (step > 0) cells[`${step} steps`] = value.toFixed(3);
  }
  const reached = Math.min(...curves.map(({ points }) => points[points.length - 1].step));
  const last = curves.flatMap(({ points }) => points.filter(({ step }) => step === reached));
  const spread = last.map(({ criterion }) => criterion);
  const iterations = curves[0].iterationsPerSystem;
  return {
    ...cells,
    "lowest and highest": `${Math.min(...spread).toFixed(3)} ${Math.max(...spread).toFixed(3)}`,
    "test accuracy": mean(last.map(({ accuracy }) => accuracy)).toFixed(3),
    "s a step": secondsOfStep(group).toFixed(3),
    "iterations": iterations?.toFixed(2) ?? "",
    "failure": curves.map(({ failure = "" }) => failure).find((text) => text !== "") ?? "",
  };
}

/** A line for each method and criterion. */
export function tableOf(curves: readonly Curve[]): string[] {
  return table(groupsOf(curves).map(cellsOf)).split("\n");
}

/** Of a sweep the method with the lowest criterion at the last step that all have reached, and the re-run's. */
function shown(groups: readonly Group[]): Group[] {
  const reached = Math.min(
    ...groups.map(({ curves }) => Math.max(...curves[0].points.map(({ step }) => step))),
  );
  const value = (group: Group): number =>
    meansOf(group, ({ criterion }) => criterion).find(([step]) => step === reached)?.[1] ??
      Infinity;
  const best = SWEEPS.map((prefix) =>
    groups.filter(({ method }) => method.startsWith(prefix)).sort((a, b) => value(a) - value(b))[0]
  );
  return groups.filter((group) =>
    group.method === RERUN || best.includes(group) ||
    !SWEEPS.some((prefix) => group.method.startsWith(prefix))
  );
}

function seriesOf(group: Group, along: "steps" | "seconds"): Series {
  const scale = along === "steps" ? 1 : secondsOfStep(group);
  const points = meansOf(group, ({ criterion }) => criterion);
  return {
    name: group.method,
    isDashed: SWEEPS.some((prefix) => group.method.startsWith(prefix)),
    points: points.map(([step, value]) => [step * scale, value] as const),
  };
}

/** Means over seeds of the criterion on training samples, over steps and over seconds. */
export function chartsOf(net: string, curves: readonly Curve[]): Chart[] {
  const groups = groupsOf(curves);
  return (Object.keys(NAMES) as Curve["loss"][]).flatMap((loss) => {
    const own = groups.filter((group) => group.loss === loss);
    if (own.length === 0) return [];
    return (["steps", "seconds"] as const).map((along) => ({
      name: `${loss === "crossEntropy" ? "" : "zero_one_"}over_${along}`,
      title: `${net}, batch ${BATCH_SIZE}: ${NAMES[loss]} of training samples`,
      x: { label: along === "steps" ? `steps of ${BATCH_SIZE} samples` : "processor seconds" },
      y: { label: `training ${NAMES[loss]}` },
      series: shown(own).map((group) => seriesOf(group, along)),
    }));
  });
}
