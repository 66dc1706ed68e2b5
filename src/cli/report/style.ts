/** The report's style sheet: follows the reader's light or dark scheme, two columns where they fit. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2430; --quiet: #5b6675; --line: #d9dee6; --panel: #f6f8fa;
  --series-1: #0b62c4; --series-2: #c4460b; --series-3: #14804a;
  --series-4: #7a3fc4; --series-5: #b3186d; --series-6: #66701a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --ink: #e4e9f0; --quiet: #98a4b3; --line: #2d3641; --panel: #1a2028;
    --series-1: #6cb2ff; --series-2: #ff9a62; --series-3: #5fd39a;
    --series-4: #c19bff; --series-5: #ff86c3; --series-6: #cbd65f;
  }
  .images img { filter: none !important; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 3rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif;
}
h1 { margin: 0 0 .5rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 2.25rem 0 .75rem; font-size: 1.15rem; }
p { margin: .5rem 0; max-width: 46rem; }
.quiet, figcaption { color: var(--quiet); font-size: .9rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.25rem; }
figure { margin: 0; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); }
figure svg { display: block; width: 100%; height: auto; }
figcaption { padding: .25rem .25rem 0; }
.legend { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; margin: 1rem 0; padding: 0; list-style: none; }
.legend svg { width: 1.75rem; height: .75rem; margin-right: .4rem; vertical-align: baseline; }
.verdict { font-size: 1.1rem; }
.name { white-space: nowrap; }
.images div + div { margin-top: .5rem; }
.images span { display: block; font-size: .9rem; color: var(--quiet); }
.images img { display: block; width: 100%; max-width: 37rem; image-rendering: pixelated; filter: invert(1); border-radius: .15rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; }
th:first-child, td:first-child, .text th, .text td { text-align: left; }
td:first-child { min-width: 8rem; white-space: normal; }
.text td { white-space: normal; }
.digests td:last-child { font-family: ui-monospace, monospace; font-size: .85em; overflow-wrap: anywhere; }
`;
