// The report: one HTML file that needs nothing else.
import { escape } from "@std/html";
import { autoencoderText, type Experiment } from "../experiment.ts";
import { METHODS } from "../methods.ts";
import type { DemoResult } from "../results.ts";
import {
  comparisonTable,
  courseTable,
  digestTable,
  finalTable,
  searchTable,
  settingsTable,
} from "../summary.ts";
import type { Table } from "../table.ts";
import { type Axis, lossChart, seriesColour } from "./charts.ts";
import { verdict } from "../verdict.ts";
import { reconstructionFigure } from "./reconstructions.ts";
import { STYLE } from "./style.ts";

/** The report on one comparison. */
export async function reportPage(experiment: Experiment, result: DemoResult): Promise<string> {
  const names = result.runs.map(({ optimizer }) => METHODS[optimizer].title).join(" against ");
  const title = `${names || "Nothing"} on ${experiment.title}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(title)}</h1>
<p class="verdict">${withWholeNames(verdict(result))}</p>
<p class="quiet">${escape(autoencoderText(experiment))} Seed ${result.seed}, ${
    result.parameterCount.toLocaleString("en")
  } parameters.</p>
${legend(result)}
<div class="charts">
${chart(result, "epoch", `Loss over passes through the data${start(result)}`)}
${chart(result, "seconds", `Loss over seconds of training, evaluation not counted${start(result)}`)}
</div>
${section("Who wins at what", comparisonTable(result))}
${await reconstructionFigure(experiment, result)}
${section("Final figures", finalTable(result))}
${section("Settings", settingsTable(result), "text")}
${section("Search for the step size", searchTable(result))}
${section("Loss after each epoch", courseTable(result))}
${section("Digests", digestTable(result), "text digests")}
<p class="quiet">Every method tries step sizes on one ladder (…, 0.1, 0.3, 1, 3, …), each trained in full and
judged by its training loss at the end; while the best is at an end of what was tried, the next one beyond is
tried too, up to ${experiment.furtherRungs} times. What else a method has to set was chosen beforehand.
Seconds are those of the step size that won; the tables say what the search took.</p>
<p class="quiet">Losses are means over all training or all test samples, L2 term included. Seconds depend on
the machine; losses and digests do not.</p>
</body>
</html>
`;
}

/** The text as HTML in which no line ends within the name of a method. */
function withWholeNames(text: string): string {
  const names = Object.values(METHODS).map(({ title }) => escape(title))
    .sort((a, b) => b.length - a.length).map((title) => title.replaceAll(/[().]/g, "\\$&"));
  return escape(text).replaceAll(new RegExp(names.join("|"), "g"), '<span class="name">$&</span>');
}

/** Where all runs begin, which is above the frame of the charts. */
function start({ runs }: DemoResult): string {
  return runs.length > 0 ? `; untrained it is ${runs[0].epochs[0].trainLoss.toFixed(1)}` : "";
}

function legend({ runs }: DemoResult): string {
  const sample = (colour: string, style: string): string =>
    `<svg viewBox="0 0 28 12" aria-hidden="true"><path d="M0 8H28" stroke="${colour}" ${style}/></svg>`;
  const methods = runs.map(({ optimizer }, i) =>
    `<li>${sample(seriesColour(i), 'stroke-width="3"')}${escape(METHODS[optimizer].title)}</li>`
  );
  const hasSearch = runs.some(({ search }) => search.length > 0);
  return `<ul class="legend">
${methods.join("\n")}
<li>${sample("currentColor", 'stroke-width="2"')}training</li>
<li>${sample("currentColor", 'stroke-width="1.5" stroke-dasharray="3 4"')}test</li>
${
    hasSearch
      ? `<li>${sample("currentColor", 'stroke-opacity=".6"')}step sizes not chosen, training</li>`
      : ""
  }
</ul>`;
}

function chart(result: DemoResult, axis: Axis, caption: string): string {
  return `<figure>${lossChart(result, axis)}<figcaption>${escape(caption)}</figcaption></figure>`;
}

function section(title: string, { columns, rows }: Table, style = ""): string {
  if (rows.length === 0) return "";
  const cells = (tag: string, texts: readonly string[]): string =>
    `<tr>${texts.map((text) => `<${tag}>${escape(text)}</${tag}>`).join("")}</tr>`;
  return `<h2>${escape(title)}</h2>
<div class="scroll"><table class="${style}">
<thead>${cells("th", columns)}</thead>
<tbody>${rows.map((row) => cells("td", row)).join("\n")}</tbody>
</table></div>`;
}
