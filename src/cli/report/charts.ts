import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";
import type { DemoResult, EpochResult, RunResult } from "../results.ts";

/** What the loss is drawn over. */
export type Axis = "epoch" | "seconds";

const AXIS_TITLES: Readonly<Record<Axis, string>> = {
  epoch: "epochs (passes over the data)",
  seconds: "training time (s)",
};
// Two of these stand side by side on a desktop; on a phone one is about as wide as the screen.
const WIDTH = 420;
const HEIGHT = 310;
/** Room above the highest and below the lowest loss in the frame. */
const HEADROOM = 1.1;
const FOOTROOM = 0.99;
const FONT_SIZE = "13px";

/** The colour of the method at this place of the results; the style sheet says which that is. */
export function seriesColour(index: number): string {
  return `var(--series-${index + 1})`;
}

/** Loss over epochs or seconds as SVG: training solid, test dashed, settings not chosen thin. */
export function lossChart({ runs }: DemoResult, axis: Axis): string {
  const marks = runs.flatMap((run, i) => {
    const stroke = seriesColour(i);
    return [
      ...run.search.map((loser) =>
        course(loser, axis, "trainLoss", { stroke, strokeOpacity: 0.6 })
      ),
      course(run, axis, "testLoss", { stroke, strokeDasharray: "3 4", strokeWidth: 1.5 }),
      course(run, axis, "trainLoss", { stroke, strokeWidth: 2 }),
      Plot.dot(run.epochs.slice(1), { x: axis, y: "trainLoss", fill: stroke, r: 2.5, clip: false }),
    ];
  });
  const domain = lossDomain(runs);
  const chart = Plot.plot({
    clip: true,
    document: new DOMParser().parseFromString("<html></html>", "text/html") as unknown as Document,
    width: WIDTH,
    height: HEIGHT,
    marginTop: 30,
    marginLeft: 52,
    marginBottom: 42,
    style: { fontSize: FONT_SIZE, background: "none" },
    x: { label: AXIS_TITLES[axis], labelAnchor: "center", labelArrow: "none", ticks: 6 },
    y: {
      label: "loss of an image (nats, log scale)",
      type: "log",
      grid: true,
      domain,
      ticks: logTicks(domain),
      tickFormat: "~r",
    },
    marks,
  });
  return chart.outerHTML;
}

/** The losses of interest: those after the start, whose height would flatten everything else. */
function lossDomain(runs: readonly RunResult[]): [number, number] {
  const losses = runs.flatMap(({ epochs }) =>
    (epochs.length > 1 ? epochs.slice(1) : epochs).flatMap((e) => [e.trainLoss, e.testLoss])
  );
  return losses.length > 0
    ? [Math.min(...losses) * FOOTROOM, Math.max(...losses) * HEADROOM]
    : [1, 10];
}

/** Round losses in the domain; a library's own would leave most of a decade bare. */
function logTicks([least, largest]: readonly [number, number]): number[] {
  const isNarrow = largest < 2 * least;
  const digits = isNarrow ? [...Array(18).keys()].map((i) => 1 + i / 20) : [1, 1.2, 1.5, 2];
  digits.push(
    ...[2, 2.5, 3, 4, 5, 6, 7, 8, 9].filter((digit) => digit > digits[digits.length - 1]),
  );
  const ticks: number[] = [];
  for (let decade = 1e-9; decade <= largest; decade *= 10) {
    ticks.push(...digits.map((digit) => Number((digit * decade).toPrecision(3))));
  }
  return ticks.filter((tick) => tick >= least && tick <= largest);
}

function course(
  { epochs }: RunResult,
  x: Axis,
  y: keyof EpochResult,
  style: Plot.LineOptions,
): Plot.Line {
  return Plot.line(epochs, { x, y, strokeWidth: 1, ...style });
}
