/**
 * A queue: first in, first out, in a ring; the last may be taken back.
 *
 * Invariants:
 * - `push`, `shift`, `pop` and `peek` take constant time, amortized.
 * - The ring's size is a power of two; the memory follows the length down as well as up.
 * - A place that holds nothing refers to nothing: what was shifted is not retained.
 *
 * @module
 */

const MIN_CAPACITY = 8;

/** A queue: first in, first out. */
export class Deque<T> implements Iterable<T> {
  #ring: (T | undefined)[] = [];
  #head = 0;
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds at the end. */
  push(value: T): void {
    if (this.#length === this.#ring.length) {
      this.#resize(Math.max(MIN_CAPACITY, this.#length * 2));
    }
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = value;
    this.#length++;
  }

  /** Takes the first out; `undefined` when there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    this.#shrink();
    return value;
  }

  /** Takes the last out; `undefined` when there is none. */
  pop(): T | undefined {
    if (this.#length === 0) return undefined;
    this.#length--;
    const at = (this.#head + this.#length) & (this.#ring.length - 1);
    const value = this.#ring[at];
    this.#ring[at] = undefined;
    this.#shrink();
    return value;
  }

  /** The first, which stays; `undefined` when there is none. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  /** Takes all out. */
  clear(): void {
    this.#ring = [];
    this.#head = 0;
    this.#length = 0;
  }

  /** From the first to the last; what is pushed meanwhile is met, shifting meanwhile skips. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let offset = 0; offset < this.#length; offset++) {
      // The cast is true: places from the head on, `length` of them, were filled by `push`.
      yield this.#ring[(this.#head + offset) & (this.#ring.length - 1)] as T;
    }
  }

  #shrink(): void {
    const capacity = this.#ring.length;
    // At a quarter, so that a queue that hovers about a size is not moved again and again.
    if (capacity > MIN_CAPACITY && this.#length <= capacity / 4) this.#resize(capacity / 2);
  }

  #resize(capacity: number): void {
    const ring = new Array<T | undefined>(capacity).fill(undefined);
    const mask = this.#ring.length - 1;
    for (let offset = 0; offset < this.#length; offset++) {
      ring[offset] = this.#ring[(this.#head + offset) & mask];
    }
    this.#ring = ring;
    this.#head = 0;
  }
}
