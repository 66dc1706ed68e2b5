// Test images above what each method makes of them.
import { escape } from "@std/html";
import type { Experiment } from "../experiment.ts";
import { originals, SIDE } from "../images.ts";
import { METHODS } from "../methods.ts";
import type { DemoResult } from "../results.ts";
import { pngAddress } from "./png.ts";

const GAP = 2;

/** The first test images, and a row of reconstructions for each method. */
export async function reconstructionFigure(
  experiment: Experiment,
  { runs }: DemoResult,
): Promise<string> {
  if (runs.length === 0) return "";
  const rows = [
    { title: "Originals", pixels: originals(experiment) },
    ...runs.map(({ optimizer, reconstructions }) => ({
      title: METHODS[optimizer].title,
      pixels: Uint8Array.fromBase64(reconstructions),
    })),
  ];
  const figures = await Promise.all(rows.map(async ({ title, pixels }) => {
    const address = await pngAddress(strip(pixels));
    return `<div><span>${escape(title)}</span><img alt="${escape(title)}" src="${address}"></div>`;
  }));
  const code = Math.min(...experiment.widths);
  return `<h2>What they see</h2>
<figure class="images">${figures.join("\n")}
<figcaption>The first test images, and what is left of each after ${code} numbers in the middle of the network.</figcaption>
</figure>`;
}

/** Images side by side, in rows of pixels. */
function strip(pixels: Uint8Array): Uint8Array[] {
  const count = pixels.length / (SIDE * SIDE);
  return Array.from({ length: SIDE }, (_, y) => {
    const row = new Uint8Array(count * (SIDE + GAP) - GAP);
    for (let image = 0; image < count; image++) {
      const start = (image * SIDE + y) * SIDE;
      row.set(pixels.subarray(start, start + SIDE), image * (SIDE + GAP));
    }
    return row;
  });
}
