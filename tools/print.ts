/**
 * The one place of `tools/` that writes to the terminal.
 *
 * Invariants
 * - A line is written whole, so that the output of a child process never lands inside it.
 */

const encoder = new TextEncoder();

/** Writes one line to standard output. */
export function print(line = ""): void {
  writeAll(encoder.encode(`${line}\n`));
}

/** Writes bytes to standard output, all of them. */
export function writeAll(bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) {
    offset += Deno.stdout.writeSync(bytes.subarray(offset));
  }
}

/** Minutes with two decimals, as in `0.35 min`. */
export function minutes(ms: number): string {
  return `${(ms / 60_000).toFixed(2)} min`;
}
