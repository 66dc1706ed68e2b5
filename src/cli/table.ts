// Tables of text, for the terminal and the report alike.

/** A heading and rows of cells. */
export interface Table {
  /** One title for each column. */
  readonly columns: readonly string[];
  /** Cells, as many in each row as there are columns. */
  readonly rows: readonly (readonly string[])[];
}

/** The table in fixed-width text: the first column to the left, all others to the right. */
export function formatTable({ columns, rows }: Table): string {
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map((row) => row[i].length))
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [line(columns), rule, ...rows.map(line)].join("\n");
}
