/**
 * What is asked for on the command line: `-- --minutes N --seed N --targets deno,node`.
 *
 * Invariants
 * - Of an option that is given twice, the last counts: the task for the long soak has its own first.
 */

/** How long, which and with what chance. */
export interface Settings {
  /** Time for all targets together, in minutes. */
  readonly minutes: number;
  readonly seed: number;
  /** Names of targets; undefined for all. */
  readonly targets: readonly string[] | undefined;
}

/** Time of a soak that is one of many stages, in minutes. */
const SHORT_MINUTES = 0.85;

/** @throws TypeError when an option is not known, or has no good value */
export function readSettings(args: readonly string[]): Settings {
  const values = new Map<string, string>();
  const words = args.filter((word) => word !== "--").flatMap((word) => word.split("=", 2));
  for (let index = 0; index < words.length; index += 2) {
    const [name = "", value = ""] = words.slice(index, index + 2);
    if (!["--minutes", "--seed", "--targets"].includes(name)) {
      throw new TypeError(
        `Cannot soak: the options are --minutes, --seed and --targets, found "${name}"`,
      );
    }
    values.set(name, value);
  }
  return {
    minutes: numberOf("--minutes", values.get("--minutes") ?? String(SHORT_MINUTES)),
    seed: numberOf("--seed", values.get("--seed") ?? String(1 + Math.floor(Math.random() * 1e6))),
    targets: values.get("--targets")?.split(",").map((name) => name.trim()),
  };
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text !== "" && value > 0) return value;
  throw new TypeError(`Cannot soak: ${name} must be a number above 0, found "${text}"`);
}
