// Curves of a bench as one SVG picture that needs nothing else; its runs on all runtimes can be in it.
import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";
import type { Axis, Chart, Series } from "./report.ts";

const WIDTH = 640;
const HEIGHT = 400;
/** Room right of the frame for the names of the curves. */
const NAMES = 150;
/** Ratio of largest and least value up to which an axis has ticks between powers of ten. */
const NARROW = 50;
// Told apart by readers who do not see all colours (Okabe and Ito 2008, and two more).
// deno-fmt-ignore
const COLOURS = [
  "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#882255", "#777777",
];

/** Draws a chart; each curve has its name at its end. */
export function drawChart({ title, x, y, series }: Chart): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const marks = drawn.flatMap(({ points, isDashed = false }, i) => {
    const stroke = COLOURS[i % COLOURS.length];
    return [
      Plot.line(points, { stroke, strokeWidth: 2, ...isDashed && { strokeDasharray: "3 4" } }),
      Plot.dot(points, { fill: stroke, r: 2 }),
    ];
  });
  const names = spread(drawn, y.isLogarithmic ?? false).map(({ name, end }, i) =>
    Plot.text([end], {
      text: [name],
      dx: 8,
      textAnchor: "start",
      fill: COLOURS[i % COLOURS.length],
    })
  );
  const chart = Plot.plot({
    document: new DOMParser().parseFromString("<html></html>", "text/html") as unknown as Document,
    width: WIDTH,
    height: HEIGHT,
    marginTop: 40,
    marginLeft: 60,
    marginRight: NAMES,
    marginBottom: 45,
    style: { fontSize: "13px", background: "white", color: "black" },
    x: {
      ...axis(x, drawn.flatMap(({ points }) => points.map(([at]) => at))),
      labelAnchor: "center",
    },
    y: {
      ...axis(y, drawn.flatMap(({ points }) => points.map(([, at]) => at))),
      grid: true,
      labelAnchor: "center",
    },
    marks: [...marks, ...names, Plot.text([title], { frameAnchor: "top-left", dy: -28 })],
  });
  chart.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${chart.outerHTML}\n`;
}

function axis(
  { label, isLogarithmic = false }: Axis,
  values: readonly number[],
): Plot.ScaleOptions {
  const shared = { label, labelArrow: "none" } as const;
  if (!isLogarithmic) return shared;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const isNarrow = most < NARROW * least;
  return { ...shared, type: "log", tickFormat: "~g", ...isNarrow && { ticks: ticks(least, most) } };
}

/** Round numbers within a decade or two; the library's own would leave most of it bare. */
function ticks(least: number, most: number): number[] {
  const found: number[] = [];
  for (let decade = 10 ** Math.floor(Math.log10(least)); decade <= most; decade *= 10) {
    found.push(...[1, 1.2, 1.5, 2, 3, 4, 5, 6, 8].map((digit) => digit * decade));
  }
  return found.filter((tick) => tick >= least && tick <= most);
}

/** Ends of the curves, moved apart where their names would overlap. */
function spread(
  series: readonly Series[],
  isLogarithmic: boolean,
): { name: string; end: [number, number] }[] {
  const scale = isLogarithmic ? Math.log : Number;
  const back = isLogarithmic ? Math.exp : Number;
  const heights = series.flatMap(({ points }) => points.map(([, y]) => scale(y)));
  const gap = (Math.max(...heights) - Math.min(...heights)) / 22;
  const ends = series.map(({ name, points }) => {
    const [x, y] = points[points.length - 1];
    return { name, x, y: scale(y) };
  });
  const ascending = ends.toSorted((a, b) => a.y - b.y);
  for (let i = 1; i < ascending.length; i++) {
    ascending[i].y = Math.max(ascending[i].y, ascending[i - 1].y + gap);
  }
  return ends.map(({ name, x, y }) => ({ name, end: [x, back(y)] }));
}
