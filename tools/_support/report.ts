// How every check ends: its complaints and exit code 1, or one line that says what was checked.

/** Prints the outcome of a check and leaves. */
export function conclude(complaints: readonly string[], summary: string): never {
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length === 0) console.log(summary);
  Deno.exit(complaints.length === 0 ? 0 : 1);
}
