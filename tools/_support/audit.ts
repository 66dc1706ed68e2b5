// Which instructions kernels must not use, looked for in the text form of a module. What SIMD lanes mean
// is not typed in WebAssembly, so only scalar reinterpretation can be seen.

interface Rule {
  readonly opcode: RegExp;
  readonly why: string;
  /** Functions that may, by the start of their name (file, then function), and why. */
  readonly except?: Readonly<Record<string, string>>;
}

const RULES: readonly Rule[] = [
  { opcode: /relaxed/, why: "relaxed SIMD is implementation-defined" },
  { opcode: /\.p(min|max)$/, why: "f32x4.min and max are the one family; pmin differs on NaN" },
  { opcode: /^memory\.grow$/, why: "kernels never allocate" },
  { opcode: /atomic/, why: "kernels share nothing" },
  {
    opcode: /^i(32|64)\.reinterpret_f(32|64)$/,
    why: "the bits of a NaN differ between machines",
    except: {
      "lapack/syev/syev": "reads the exponent field alone, which every NaN shares",
    },
  },
];

/** Every function of the module's text and the instructions in it. */
export function functions(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const body of text.split(/^ (?=\(func )/m).slice(1)) {
    const name = body.match(/^\(func \$(\S+)/)?.[1] ?? "?";
    const opcodes = body.matchAll(/\(([a-z][a-z0-9_.]+)/g);
    found.set(name, new Set(Array.from(opcodes, ([, opcode]) => opcode)));
  }
  return found;
}

/** Every use of a refused instruction, and every exception that has become needless. */
export function instructionComplaints(bodies: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const complaints: string[] = [];
  for (const [name, opcodes] of bodies) {
    for (const { opcode, why, except = {} } of RULES) {
      if (Object.keys(except).some((allowed) => name.startsWith(allowed))) continue;
      for (const used of opcodes) {
        if (opcode.test(used)) complaints.push(`${name}: ${used}: ${why}`);
      }
    }
  }
  for (const { opcode, except = {} } of RULES) {
    for (const allowed of Object.keys(except)) {
      const isUsed = [...bodies].some(([name, opcodes]) =>
        name.startsWith(allowed) && [...opcodes].some((used) => opcode.test(used))
      );
      if (!isUsed) complaints.push(`${allowed} is excepted from ${opcode} and does not use it`);
    }
  }
  return complaints;
}

/** What a module must not have beside its functions. */
export function stateComplaints(text: string): string[] {
  const complaints: string[] = [];
  if (/^ \(start /m.test(text)) complaints.push("the module runs code when it is instantiated");
  if (/^ \(global \S+ \(mut /m.test(text)) complaints.push("the module keeps state in a global");
  return complaints;
}
