/** Prints what a test lived through, one line `survived: <count> <what>` each, for tables that are generated. */
export function survived(count: number, what: string): void {
  console.log(`survived: ${count} ${what}`);
}
