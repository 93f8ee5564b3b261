/**
 * What keeps bad input out: values from the wire are checked, every request is answered, and nobody
 * asks too often.
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
import { Buffer } from "node:buffer";
import type { ProblemCode, Refusal, Reply } from "./events.ts";

/** Thrown where a request is refused: the client gets its code and its sentence. */
export class Problem extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string) {
    super(message);
    this.name = "Problem";
    this.code = code;
  }

  get refusal(): Refusal {
    return { ok: false, code: this.code, message: this.message };
  }
}

/** What to tell a client of an error; only problems have words that are meant for it. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Problem) return error.refusal;
  console.error(error);
  return { ok: false, code: "internal", message: "Something went wrong. Please try again." };
}

/** A text of 1 to `max` characters without blanks around it. */
export function text(value: unknown, what: string, max: number): string {
  const clean = typeof value === "string" ? value.trim() : "";
  if (clean === "" || clean.length > max) {
    throw new Problem("bad-request", `${what} has 1 to ${max} characters.`);
  }
  return clean;
}

/** The name of a channel, which is also part of a room's name. */
export function channelName(value: unknown): string {
  const name = text(value, "The name of a channel", 30).toLowerCase();
  if (/^[a-z][a-z0-9-]*$/.test(name)) return name;
  throw new Problem("bad-request", "The name of a channel has letters, digits and hyphens.");
}

/** A whole number from 1 to `max`. */
export function count(value: unknown, what: string, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) {
    return value;
  }
  throw new Problem("bad-request", `${what} is a whole number from 1 to ${max}.`);
}

/** Binary data of 1 to `max` bytes. */
export function binary(value: unknown, what: string, max: number): Buffer {
  if (!Buffer.isBuffer(value)) throw new Problem("bad-request", `${what} is binary data.`);
  if (value.length === 0 || value.length > max) {
    throw new Problem("too-large", `${what} has 1 to ${max} bytes.`);
  }
  return value;
}

/**
 * A listener for a request: what `handle` returns is the answer, and so is the `Problem` it throws.
 *
 * The acknowledgement is the last argument. Somebody who sends none gets nothing done.
 */
export function answering<Args extends readonly unknown[], T extends object>(
  handle: (...args: Args) => T | Promise<T>,
): (...args: [...Args, ack: (reply: Reply<T>) => void]) => Promise<void> {
  return async (...received) => {
    const ack: unknown = received.pop();
    if (typeof ack !== "function") return;
    try {
      // Fewer or other arguments than the types promise are found by the checks above.
      const args = received as unknown as Args;
      ack({ ok: true, ...await handle(...args) });
    } catch (error) {
      ack(refusalOf(error));
    }
  };
}

/** Keys that a `Rate` tells apart at a time. */
const MAX_KEYS = 10_000;

/** So many times in a stretch of time, for each key; of too many keys the oldest is forgotten. */
export class Rate {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #counts: Map<string, number> = new Map();
  #endsAt = 0;

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Counts one more, and tells whether it is still within the limit. */
  allows(key: string): boolean {
    const now = Date.now();
    if (now >= this.#endsAt) {
      this.#counts.clear();
      this.#endsAt = now + this.#windowMs;
    }
    const used = (this.#counts.get(key) ?? 0) + 1;
    if (used === 1 && this.#counts.size >= MAX_KEYS) this.#forgetOldest();
    this.#counts.set(key, used);
    return used <= this.#max;
  }

  #forgetOldest(): void {
    for (const key of this.#counts.keys()) {
      this.#counts.delete(key);
      return;
    }
  }
}
