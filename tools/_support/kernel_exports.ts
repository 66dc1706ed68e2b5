// The names that the kernel module exports, read from wasm/. The compiler takes a name that two files export for one of
// them without a word.

/** The names that an AssemblyScript file exports, those it passes on included, each as often as it is exported. */
export function exportedNames(read: (path: string) => string, path: string): string[] {
  const text = read(path);
  const declared = [...text.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
  const listed = [...text.matchAll(/^export \{([^}]*)\}/gm)]
    .flatMap(([, names]) => names.split(",").map((name) => name.trim()).filter(Boolean));
  const passedOn = [...text.matchAll(/^export \* from "(.+)"/gm)].flatMap(([, from]) => {
    const file = new URL(`${from}.ts`, `file:///${path}`).pathname.slice(1);
    return exportedNames(read, file);
  });
  return [...declared, ...listed, ...passedOn];
}

/** What is wrong with the names, if anything. */
export function nameComplaints(names: readonly string[]): string[] {
  const twice = names.filter((name, i) => names.indexOf(name) < i);
  return twice.map((name) => `${name} is exported twice: the module has only one of them`);
}
