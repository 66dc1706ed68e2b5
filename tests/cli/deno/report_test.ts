import { compare } from "../../../src/cli/compare.ts";
import { reportPage } from "../../../src/cli/report/page.ts";
import { settingsTable } from "../../../src/cli/summary.ts";
import { formatTable } from "../../../src/cli/table.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { silentDisplay, smallExperiment } from "./_small.ts";

test("the report is one file with both charts, all tables and digests", async () => {
  const experiment = { ...smallExperiment(), title: "<curves> & co" };
  const { signal } = new AbortController();
  const result = await compare({
    experiment,
    optimizers: ["k-bfgs", "adam"],
    epochs: 2,
    seed: 0,
    signal,
    display: silentDisplay(),
  });
  const page = await reportPage(experiment, result);
  ok(!/<(script|link|iframe)\b|url\((?!#)|@import|src="(?!data:)/.test(page), "nothing is loaded");
  const words = page.replaceAll(/base64,[^"]*/g, "");
  ok(!/undefined|NaN|\[object/.test(words), "nothing is missing");
  ok(page.includes("&lt;curves&gt; &amp; co") && !page.includes("<curves>"), "text is escaped");
  equal(page.match(/<figure>/g)?.length, 2);
  equal(page.match(/<img /g)?.length, 1 + result.runs.length);
  ok(
    page.includes(`<p class="verdict">On &lt;curves&gt; &amp; co, `),
    "it begins with the verdict",
  );
  for (
    const title of [
      "epochs (passes over the data)",
      "training time (s)",
      "loss of an image (nats, log scale)",
    ]
  ) {
    ok(page.includes(title), `an axis is titled ${title}`);
  }
  for (const { digest, search } of result.runs) {
    ok(page.includes(digest), "the digest is shown");
    for (const { label } of search) ok(page.includes(label), `the search shows ${label}`);
  }
});

test("the report shows what was set, and nothing that was not", async () => {
  const { signal } = new AbortController();
  const experiment = smallExperiment();
  const display = silentDisplay();
  const result = await compare({
    ...{ experiment, optimizers: ["k-bfgs"], epochs: 1, seed: 0, signal, display },
  });
  const { rows: [[, settings]] } = settingsTable(result);
  equal(
    settings.replace(/^learningRate [\d.]+/, "learningRate X"),
    "learningRate X, damping 1, l2 0.00001",
  );
  ok("maximumIncrease" in result.runs[0].settings, "the JSON has all of them");
});

test("a report on nothing is still a page", async () => {
  const result = { data: "small", parameterCount: 1, seed: 0, runs: [] };
  ok((await reportPage(smallExperiment(), result)).endsWith("</html>\n"), "the page is whole");
});

test("formatTable() aligns columns", () => {
  const text = formatTable({ columns: ["name", "n"], rows: [["a", "10"], ["bcdef", "9"]] });
  equal(text, "name    n\n─────  ──\na      10\nbcdef   9");
});
