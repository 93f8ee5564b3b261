/**
 * Acknowledgements that are awaited: those of one socket, and those of a broadcast.
 *
 * Invariants
 * - A callback is called at most once: with the answer, or with a timeout.
 * - An answer counts only from a socket that was asked, and only once.
 * - An entry is gone before its callback is called.
 */
import type { Deadline, DeadlineOwner, Deadlines } from "../base/deadlines.ts";
import { AckTimeoutError } from "../base/errors.ts";
import type { AckReceiver } from "./adapter.ts";

/** Takes what a client answered, or why it did not. */
export type AckCallback = (...args: unknown[]) => void;

/**
 * How long an answer without a limit of its own is worth waiting for, in milliseconds from the
 * question on: programs that never answer some events are not rare.
 */
export const ANSWER_PATIENCE_MS = 5_000;

/** One answer that a socket owes. */
class PendingAck implements DeadlineOwner {
  readonly #id: number;
  readonly #table: Map<number, PendingAck>;
  readonly #callback: AckCallback;
  #patienceEnd = Infinity;
  #deadline: Deadline | undefined;

  constructor(id: number, table: Map<number, PendingAck>, callback: AckCallback) {
    this.#id = id;
    this.#table = table;
    this.#callback = callback;
  }

  /** For as long as it takes, but worth waiting for only for a while. */
  from(now: number): this {
    this.#patienceEnd = now + ANSWER_PATIENCE_MS;
    return this;
  }

  limit(deadlines: Deadlines, timeoutMs: number): this {
    this.#deadline = deadlines.create(this);
    this.#deadline.set(deadlines.now() + timeoutMs);
    return this;
  }

  /** Whether it is worth waiting for: one with a limit is until then, when it leaves the table. */
  isAwaited(now: number): boolean {
    return now < this.#patienceEnd;
  }

  answer(args: readonly unknown[]): void {
    this.#table.delete(this.#id);
    if (this.#deadline === undefined) return this.#callback(...args);
    this.#deadline.clear();
    this.#callback(null, ...args);
  }

  onDeadline(): void {
    this.#table.delete(this.#id);
    this.#callback(new AckTimeoutError());
  }
}

/** The answers that one socket owes, by the id of what was asked. */
export class AckTable {
  readonly #entries = new Map<number, PendingAck>();

  /** Awaits an answer to a question of this moment, for as long as it takes. */
  add(id: number, callback: AckCallback, now: number): void {
    this.#entries.set(id, new PendingAck(id, this.#entries, callback).from(now));
  }

  /**
   * Awaits an answer for a time; the callback gets an error first, `null` when the answer came.
   *
   * @throws RangeError when the time is NaN
   */
  addWithTimeout(id: number, callback: AckCallback, deadlines: Deadlines, timeoutMs: number): void {
    const entry = new PendingAck(id, this.#entries, callback).limit(deadlines, timeoutMs);
    this.#entries.set(id, entry);
  }

  /** Answers that are awaited. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether one of them is worth waiting for. */
  isAwaited(now: number): boolean {
    for (const entry of this.#entries.values()) if (entry.isAwaited(now)) return true;
    return false;
  }

  /** An answer came. False when none with this id is awaited. */
  answered(id: number, args: readonly unknown[]): boolean {
    const entry = this.#entries.get(id);
    entry?.answer(args);
    return entry !== undefined;
  }
}

/** The sockets of one process that owe an answer to a broadcast. */
interface AckCollector {
  readonly awaited: Map<string, AckReceiver>;
  /** When the answers are forgotten, where nobody says so. */
  readonly deadline: Deadline | undefined;
}

/** The broadcasts of one namespace that await answers from sockets of this process. */
export class AckCollectors {
  readonly #collectors = new Map<number, AckCollector>();

  /** Answers will count, until they are forgotten. */
  begin(ackId: number): void {
    this.#collectors.set(ackId, { awaited: new Map(), deadline: undefined });
  }

  /** Answers will count for a time in milliseconds, or until all have come. */
  beginFor(ackId: number, deadlines: Deadlines, timeoutMs: number): void {
    const deadline = deadlines.create({ onDeadline: () => this.forget(ackId) });
    this.#collectors.set(ackId, { awaited: new Map(), deadline });
    deadline.set(deadlines.now() + timeoutMs);
  }

  /** A socket is asked. False when no answer counts any more. */
  asked(ackId: number, socketId: string, receiver: AckReceiver): boolean {
    return this.#collectors.get(ackId)?.awaited.set(socketId, receiver) !== undefined;
  }

  /** A socket has answered. False when it owes no such answer. */
  answered(ackId: number, socketId: string, args: readonly unknown[]): boolean {
    const collector = this.#collectors.get(ackId);
    const receiver = collector?.awaited.get(socketId);
    if (collector === undefined || receiver === undefined) return false;
    collector.awaited.delete(socketId);
    if (collector.awaited.size === 0 && collector.deadline !== undefined) this.forget(ackId);
    receiver.answered(args[0]);
    return true;
  }

  /** Whether a socket owes an answer to any broadcast. */
  awaits(socketId: string): boolean {
    for (const { awaited } of this.#collectors.values()) if (awaited.has(socketId)) return true;
    return false;
  }

  /** Nobody waits for these answers any more. */
  forget(ackId: number): void {
    this.#collectors.get(ackId)?.deadline?.clear();
    this.#collectors.delete(ackId);
  }

  /** Broadcasts that await answers. */
  get size(): number {
    return this.#collectors.size;
  }
}

/** What a broadcast with acknowledgement is told in the end. */
export interface BroadcastAckParts {
  readonly deadlines: Deadlines;
  /** Time for all answers, in milliseconds; none for as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** Called once, with an error or `null`, and with the answers so far. */
  readonly done: (error: AckTimeoutError | null, responses: unknown[]) => void;
}

/** Gathers the answers to one broadcast, from all nodes. */
export class BroadcastAck implements AckReceiver, DeadlineOwner {
  readonly #parts: BroadcastAckParts;
  readonly #deadline: Deadline;
  readonly #responses: unknown[] = [];
  #expectedServers = Infinity;
  #servers = 0;
  #expectedClients = 0;
  #isOver = false;

  constructor(parts: BroadcastAckParts) {
    this.#parts = parts;
    this.#deadline = parts.deadlines.create(this);
    if (parts.timeoutMs !== undefined) {
      this.#deadline.set(parts.deadlines.now() + parts.timeoutMs);
    }
  }

  /** Says how many nodes there are. */
  expectServers(count: number): void {
    this.#expectedServers = count;
    this.#check();
  }

  sent(count: number): void {
    this.#servers++;
    this.#expectedClients += count;
    this.#check();
  }

  answered(response: unknown): void {
    if (this.#isOver) return;
    this.#responses.push(response);
    this.#check();
  }

  onDeadline(): void {
    this.#end(new AckTimeoutError(this.#responses));
  }

  /** Nobody was asked after all: nothing is told. */
  cancel(): void {
    this.#isOver = true;
    this.#deadline.clear();
  }

  #check(): void {
    const isComplete = this.#servers >= this.#expectedServers &&
      this.#responses.length >= this.#expectedClients;
    if (isComplete) this.#end(null);
  }

  #end(error: AckTimeoutError | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline.clear();
    this.#parts.done(error, this.#responses);
  }
}
