/**
 * What a piece of work costs, in a measure that is the same on every machine: how often blocks of code
 * have run, and how much text and how many bytes the language's own methods went over.
 *
 * Invariants
 * - Only while `measure` runs are the methods replaced; they do what they did before.
 */
import type { BlockCoverage } from "./block_coverage.ts";

type Method = (this: unknown, ...args: never[]) => unknown;

/** Methods of the language that go over what they are called on, or over what they give. */
const METHODS: readonly (readonly [owner: object, names: readonly string[]])[] = [
  [String.prototype, ["slice", "substring", "split", "replace", "replaceAll", "toWellFormed"]],
  [String.prototype, ["indexOf", "includes", "search", "toLowerCase", "isWellFormed"]],
  [JSON, ["parse", "stringify"]],
  [TextDecoder.prototype, ["decode"]],
  [TextEncoder.prototype, ["encode"]],
  [Uint8Array.prototype.constructor.prototype, ["toBase64"]],
  [Object.getPrototypeOf(Uint8Array.prototype), ["slice", "set", "indexOf", "fill"]],
  [Array.prototype, ["slice", "splice", "concat", "join", "shift", "indexOf", "includes", "map"]],
  [Object, ["keys", "values"]],
];

function sizeOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return ArrayBuffer.isView(value) ? value.byteLength : 0;
}

/**
 * How much a call went over. Searching goes as far as what is found; the rest over what it gives, or was
 * given.
 */
function costOf(name: string, self: unknown, args: readonly unknown[], result: unknown): number {
  if (name === "indexOf") {
    const from = typeof args[1] === "number" ? args[1] : 0;
    const end = typeof result === "number" && result >= 0 ? result : sizeOf(self);
    return Math.max(1, end - from);
  }
  if (name === "slice" || name === "substring") return 1 + sizeOf(result);
  if (name === "set") return 1 + sizeOf(args[0]);
  return 1 + sizeOf(self) + sizeOf(args[0]) + sizeOf(result);
}

/** How far an expression looked: up to the end of what it found, from where it began. */
function costOfExec(begin: number, found: RegExpExecArray | null, text: string): number {
  return Math.max(1, (found === null ? text.length : found.index + found[0].length) - begin);
}

/** The cost of what `run` does. */
export async function measure(coverage: BlockCoverage, run: () => unknown): Promise<number> {
  let cost = 0;
  const restore: (() => void)[] = [];
  for (const [owner, names] of METHODS) {
    for (const name of names) {
      const own = Object.getOwnPropertyDescriptor(owner, name);
      if (own === undefined) continue;
      const method = own.value as Method;
      const counted = function (this: unknown, ...args: never[]): unknown {
        const result = method.apply(this, args);
        cost += costOf(name, this, args, result);
        return result;
      };
      Object.defineProperty(owner, name, { ...own, value: counted });
      restore.push(() => Object.defineProperty(owner, name, own));
    }
  }
  const { exec } = RegExp.prototype;
  RegExp.prototype.exec = function (text: string): RegExpExecArray | null {
    // One that goes on from match to match has been at what is before.
    const begin = this.global || this.sticky ? this.lastIndex : 0;
    const found = exec.call(this, text);
    cost += costOfExec(begin, found, text);
    return found;
  };
  restore.push(() => RegExp.prototype.exec = exec);
  await coverage.countWork();
  try {
    await run();
  } finally {
    for (const undo of restore.reverse()) undo();
  }
  return cost + await coverage.countWork();
}
