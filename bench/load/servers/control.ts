/**
 * What every server of the matrix does beside its work: it tells its port, collects its memory when it
 * is told to, and ends with whoever started it.
 *
 * - Standard input: `GC` asks for a collection; its end ends the process.
 * - Standard output: `PORT n` once, `COLLECTED` after each collection.
 * - Nothing runs while no line comes.
 */
import process from "node:process";

/** Collections in a row: what one makes unreachable, the next gives back. */
const COLLECTIONS = 4;
const PAUSE_MS = 60;

/** What of a runtime collects memory: V8 with `--expose-gc`, or Bun. */
interface Collecting {
  readonly gc?: () => void;
  readonly Bun?: { gc(force: boolean): void };
}

/** Tells the port, and listens to standard input from then on. */
export function control(port: number): void {
  process.stdin.on("data", (chunk) => {
    if (String(chunk).includes("GC\n")) void collect();
  });
  process.stdin.on("end", () => process.exit(0));
  print(`PORT ${port}`);
}

async function collect(): Promise<void> {
  const { gc, Bun } = globalThis as Collecting;
  for (let count = 0; count < COLLECTIONS; count++) {
    if (Bun) Bun.gc(true);
    else gc?.();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  print("COLLECTED");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
