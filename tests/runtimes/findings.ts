// What tests print beside their outcome: what they lived through, and what must be the same everywhere.

const SURVIVED = /survived: (\d+) (.+)$/gm;
const AGREED = /agreed: (.+): (\S+)$/gm;

/** The findings of all runtimes. */
export class Findings {
  readonly #survived = new Map<string, { total: number; runtimes: number }>();
  readonly #values = new Map<string, Map<string, string[]>>();

  /** Takes what a runtime printed. */
  add(runtime: string, log: string): void {
    for (const [, count, what] of log.matchAll(SURVIVED)) {
      const { total, runtimes } = this.#survived.get(what) ?? { total: 0, runtimes: 0 };
      this.#survived.set(what, { total: total + Number(count), runtimes: runtimes + 1 });
    }
    for (const [, what, value] of log.matchAll(AGREED)) {
      const values = this.#values.get(what) ?? new Map<string, string[]>();
      values.set(value, [...values.get(value) ?? [], runtime]);
      this.#values.set(what, values);
    }
  }

  /** One line for each kind of fault: how many there were in all, on how many runtimes. */
  survivals(): string[] {
    const kinds = [...this.#survived].sort(([a], [b]) => a < b ? -1 : 1);
    return kinds.map(([what, { total, runtimes }]) =>
      `survived: ${total.toLocaleString("en")} ${what} on ${runtimes} runtime${
        runtimes > 1 ? "s" : ""
      }`
    );
  }

  /** One line for each thing on which runtimes agree. */
  agreements(): string[] {
    return [...this.#values].filter(([, values]) => values.size === 1).flatMap(([what, values]) =>
      [...values].map(([value, runtimes]) => `${what} have ${value} on ${runtimes.join(", ")}`)
    );
  }

  /** One line for each thing on which they do not. */
  disagreements(): string[] {
    return [...this.#values].filter(([, values]) => values.size > 1).map(([what, values]) =>
      `${what} differ: ${
        [...values].map(([value, on]) => `${value} on ${on.join(", ")}`).join("; ")
      }`
    );
  }
}
