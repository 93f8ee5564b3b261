/** What became of each bundle, way and server, as a table that is printed when all is done. */

/** The result of one cell. */
type Result = "ok" | "failed";

export class WayTable {
  readonly #columns: readonly string[];
  readonly #rows = new Map<string, Map<string, Result>>();

  /** @param columns names of the servers */
  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /** Runs what a cell stands for, and notes how it ended. */
  async note(
    version: string,
    way: string,
    column: string,
    run: () => Promise<void>,
  ): Promise<void> {
    const key = `${version.padEnd(8)}${way.padEnd(11)}`;
    const row = this.#rows.get(key) ?? new Map<string, Result>();
    this.#rows.set(key, row);
    row.set(column, "failed");
    await run();
    row.set(column, "ok");
  }

  /** The table; a cell that did not run has a dash. */
  get lines(): readonly string[] {
    const width = Math.max(...this.#columns.map((it) => it.length), "failed".length) + 2;
    const show = (cells: readonly string[]): string => cells.map((it) => it.padEnd(width)).join("");
    return [
      `${"bundle".padEnd(8)}${"way".padEnd(11)}${show(this.#columns)}`.trimEnd(),
      ...[...this.#rows].map(([key, row]) => {
        return (key + show(this.#columns.map((column) => row.get(column) ?? "-"))).trimEnd();
      }),
    ];
  }
}
