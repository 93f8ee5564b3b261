// deno-lint-ignore-file no-console -- consoleLogger is the one place that writes to it
/**
 * Where messages for people go: the logger port, and the debug scopes that are silent by default.
 *
 * Invariants:
 * - A scope that is off costs its caller one property read: all of them are one shared object.
 * - A debug line is one line, but for the stack of an error; an argument stands in it cut and without
 *   control characters, as it may be what a peer sent.
 * - Formatting never throws, and takes time in proportion to its input.
 * - Patterns mean what they mean in `DEBUG` of the npm package debug 4: names separated by commas or
 *   white space, `*` for any run of characters, a leading `-` excludes and wins.
 * - This is the one file that names the console.
 *
 * @module
 */

import { escapeHidden } from "./errors.ts";

/**
 * Where messages go. The console is one as it is, and so are the common logging libraries'.
 *
 * @example
 * ```ts
 * import { type Logger, Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const logger: Logger = {
 *   debug: () => {},
 *   info: () => {},
 *   warn: (message) => lines.push(message),
 *   error: (message) => lines.push(message),
 * };
 *
 * const io = new Server({ logger });
 * assertEquals(lines, []);
 * ```
 */
export interface Logger {
  /** For whoever looks for a fault. Without a logger of yours these are left out. */
  debug(message: string, ...args: unknown[]): void;
  /** Worth knowing, nothing to do. */
  info(message: string, ...args: unknown[]): void;
  /** Somebody should look at it. */
  warn(message: string, ...args: unknown[]): void;
  /** Something failed. */
  error(message: string, ...args: unknown[]): void;
}

/** One subject of debug messages, on or off for good. */
export interface DebugScope {
  /** Whether anybody reads it: ask before working out arguments. */
  readonly enabled: boolean;
  /**
   * Writes a line `  scope:name message`, if enabled.
   *
   * @param message may hold `%s` (text), `%d` (number), `%j` (JSON), `%o` (any value) and `%%`
   * @param args fill the message in their order; those left over follow it
   */
  log(message: string, ...args: unknown[]): void;
}

const SILENT: DebugScope = Object.freeze({ enabled: false, log: (): void => {} });

/** The longest argument in a debug line, in characters. */
const MAX_ARGUMENT = 256;
/** The longest stack in a debug line, in characters. */
const MAX_STACK = 4096;

/**
 * Finds out which scopes are on.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const scopes = new DebugScopes("socket.io*,-socket.io:parser", (line) => lines.push(line));
 *
 * const debug = scopes.scope("socket.io:namespace");
 * if (debug.enabled) debug.log("%s joins %s", "id", "room");
 * assertEquals(lines, ["  socket.io:namespace id joins room"]);
 * ```
 */
export class DebugScopes {
  readonly #included: readonly string[];
  readonly #excluded: readonly string[];
  readonly #write: (line: string) => void;

  /**
   * Takes the pattern apart.
   *
   * @param pattern as in `DEBUG` of the npm package debug; `undefined` or empty switches all off
   * @param write gets each line, without a line feed
   */
  constructor(pattern: string | undefined, write: (line: string) => void) {
    const parts = (pattern ?? "").split(/[\s,]/).filter((part) => part !== "");
    this.#included = parts.filter((part) => !part.startsWith("-"));
    this.#excluded = parts.filter((part) => part.startsWith("-")).map((part) => part.slice(1));
    this.#write = write;
  }

  /** The scope of that name. Ask once and keep it. */
  scope(name: string): DebugScope {
    const matches = (pattern: string): boolean => matchesPattern(name, pattern);
    if (!this.#included.some(matches) || this.#excluded.some(matches)) return SILENT;
    const write = this.#write;
    return Object.freeze({
      enabled: true,
      log: (message: string, ...args: unknown[]): void =>
        write(`  ${name} ${formatMessage(message, args)}`),
    });
  }
}

/**
 * The logger that writes to the console, whatever the console is when it is called. It leaves out what is
 * for those who look for a fault: they have a logger with levels, or debug scopes.
 */
export function consoleLogger(): Logger {
  return Object.freeze({
    debug: (): void => {},
    info: (message: string, ...args: unknown[]): void => console.info(message, ...args),
    warn: (message: string, ...args: unknown[]): void => console.warn(message, ...args),
    error: (message: string, ...args: unknown[]): void => console.error(message, ...args),
  });
}

/** Whether `*` in the pattern can be filled so that it is the name. No backtracking. */
function matchesPattern(name: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let from = first.length;
  for (const part of rest) {
    // The leftmost place leaves the most for those that follow.
    const at = name.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  // Neither the last of them nor the beginning may reach into the end.
  return from <= end;
}

function formatMessage(message: string, args: readonly unknown[]): string {
  let text = "";
  let used = 0;
  let from = 0;
  for (let at = message.indexOf("%"); at !== -1; at = message.indexOf("%", from)) {
    const letter = message.charAt(at + 1);
    text += message.slice(from, at);
    from = at + 2;
    if (letter === "%") text += "%";
    else if ("sdjoO".includes(letter) && letter !== "" && used < args.length) {
      text += formatArgument(letter, args[used++]);
    } else text += `%${letter}`;
  }
  text += message.slice(from);
  for (const argument of args.slice(used)) {
    text += ` ${formatArgument(typeof argument === "string" ? "s" : "o", argument)}`;
  }
  return text;
}

function formatArgument(letter: string, value: unknown): string {
  try {
    if (value instanceof Error) return cut(String(value.stack), MAX_STACK);
    if (letter === "d") return String(Number(value));
    const isJson = letter !== "s" && (typeof value === "object" || typeof value === "string");
    const text = isJson ? JSON.stringify(value) ?? String(value) : String(value);
    return escapeHidden(cut(text, MAX_ARGUMENT));
  } catch {
    // A cycle, a getter or toJSON() that throws, a symbol as a number: a log must not fail on it.
    return `[${typeof value}]`;
  }
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}
