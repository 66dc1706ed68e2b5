// One idea a file: prints the distribution of file lengths and fails where files have grown too long.
import { filesUnder, read } from "./_support/project.ts";
import { conclude } from "./_support/report.ts";

const FOLDERS = ["src", "wasm", "tests", "bench", "tools"];
const LONGEST = 500;
const SOURCE_MEDIAN = 120;
const GENERATED = ["src/runtime/kernels_wasm.ts"];

function quantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)];
}

const complaints: string[] = [];
for (const folder of FOLDERS) {
  const files = filesUnder(folder).filter((file) =>
    file.endsWith(".ts") && !GENERATED.includes(file)
  );
  if (files.length === 0) continue;
  const lines = new Map(files.map((file) => [file, read(file).split("\n").length - 1]));
  const sorted = [...lines.values()].sort((a, b) => a - b);
  const [median, p90, max] = [0.5, 0.9, 1].map((fraction) => quantile(sorted, fraction));
  console.log(`${folder.padEnd(6)} n ${files.length}  median ${median}  p90 ${p90}  max ${max}`);
  for (const [file, count] of lines) {
    if (count > LONGEST) complaints.push(`${file} has ${count} lines, more than ${LONGEST}`);
  }
  if (folder === "src" && median > SOURCE_MEDIAN) {
    complaints.push(`the median of src is ${median} lines, more than ${SOURCE_MEDIAN}`);
  }
}
conclude(complaints, `lengths: no file above ${LONGEST} lines`);
