/**
 * CSV files as data sets, apart from the main entry because they need `@std/csv`.
 *
 * @module
 */
import { parse } from "@std/csv";
import { checkOptions, namesOf } from "../runtime/arguments.ts";
import { type Dataset, dataset } from "./dataset.ts";

/** A column, by its name in the header or by its number from 0. */
export type CsvColumn = string | number;

/** Options of `readCsv()`: either `target` or `label`. */
export interface CsvOptions {
  /** The columns of numbers that are targets; the others are inputs. */
  readonly target?: CsvColumn | readonly CsvColumn[];
  /** The column of class names; targets are class indices then. */
  readonly label?: CsvColumn;
  /** Whether the first line names the columns. @default true */
  readonly header?: boolean;
  /** What separates fields. @default "," */
  readonly separator?: string;
}

const NAMES = namesOf<CsvOptions>({ target: true, label: true, header: true, separator: true });

/** A data set that knows its columns. */
export interface CsvDataset extends Dataset {
  /** Names of the input columns in order; numbers if there was no header. */
  readonly inputNames: readonly string[];
  /** Names of the target columns in order. */
  readonly targetNames: readonly string[];
  /** Class names in ascending code unit order, whose place is their index; empty for numeric targets. */
  readonly classes: readonly string[];
}

interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads CSV text: one sample a line, decimal numbers, blank lines skipped.
 *
 * @throws {TypeError} when not exactly one of `target` and `label` is given.
 * @throws {RangeError} when a column does not exist, or none is left for the input.
 * @throws {SyntaxError} when lines have unequal numbers of fields or a field is not a number, naming the line.
 *
 * @example
 * ```ts
 * import { readCsv } from "curvature/csv";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "width,height,kind\n1.5,2,rose\n0.5,1,iris\n2.5,1,rose\n";
 * const flowers = readCsv(text, { label: "kind" });
 * assertEquals(flowers.size, 3);
 * assertEquals(flowers.inputNames, ["width", "height"]);
 * assertEquals(flowers.classes, ["iris", "rose"]);
 * ```
 */
export function readCsv(text: string, options: CsvOptions): CsvDataset {
  checkOptions("read CSV", options, NAMES);
  const { target, label, header = true, separator = "," } = options;
  const wanted = label ?? target;
  if (wanted === undefined || (label !== undefined && target !== undefined)) {
    throw new TypeError("Cannot read CSV: give either target columns or a label column");
  }
  const rows = readRows(text, separator);
  const first = rows[0] ?? refuse(1, "there is no data");
  const names = header ? first.fields : first.fields.map((_, column) => `${column}`);
  const samples = header ? rows.slice(1) : rows;
  if (samples.length === 0) refuse(first.line + 1, "there is no data");
  for (const { line, fields } of samples) {
    if (fields.length !== names.length) {
      refuse(line, `${fields.length} fields, ${names.length} were expected`);
    }
  }

  const targets = [wanted].flat().map((column) => find(names, column));
  const inputs = names.map((_, column) => column).filter((column) => !targets.includes(column));
  if (inputs.length === 0 || targets.length === 0) {
    throw new RangeError(
      `Cannot read CSV: ${names.length} columns leave ${inputs.length} inputs and ${targets.length} targets`,
    );
  }
  const isLabelled = label !== undefined;
  const classes = isLabelled ? classNames(samples, targets[0]) : [];
  const made = dataset({
    input: numbers(samples, inputs),
    inputShape: [inputs.length],
    target: isLabelled
      ? samples.map(({ fields }) => classes.indexOf(fields[targets[0]]))
      : numbers(samples, targets),
    targetShape: isLabelled ? [] : [targets.length],
  });
  const nameOf = (column: number): string => names[column];
  return Object.freeze({
    ...made,
    inputNames: inputs.map(nameOf),
    targetNames: targets.map(nameOf),
    classes,
  });
}

/** Records with their lines, which the parser does not tell: it drops blank ones. */
function readRows(text: string, separator: string): Row[] {
  let records: string[][];
  try {
    records = parse(text, { separator });
  } catch (cause) {
    throw new SyntaxError(`Cannot read CSV: ${(cause as Error).message}`, { cause });
  }
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  let line = 0;
  return records.map((fields) => {
    while (lines[line] === "") line++;
    const start = line + 1;
    for (const field of fields) line += field.split("\n").length - 1;
    line++;
    return { line: start, fields };
  });
}

function find(names: readonly string[], column: CsvColumn): number {
  const found = typeof column === "number" ? column : names.indexOf(column);
  if (found in names) return found;
  throw new RangeError(`Cannot read CSV: there is no column ${JSON.stringify(column)}`);
}

function classNames(samples: readonly Row[], column: number): string[] {
  return [...new Set(samples.map(({ fields }) => fields[column]))].sort();
}

function numbers(samples: readonly Row[], columns: readonly number[]): Float64Array {
  const values = new Float64Array(samples.length * columns.length);
  let to = 0;
  for (const { line, fields } of samples) {
    for (const column of columns) {
      const field = fields[column].trim();
      if (!DECIMAL.test(field)) {
        refuse(line, `field ${column + 1} is ${JSON.stringify(field)}, not a number`);
      }
      values[to++] = Number(field);
    }
  }
  return values;
}

function refuse(line: number, why: string): never {
  throw new SyntaxError(`Cannot read CSV: line ${line}: ${why}`);
}
