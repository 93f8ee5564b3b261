/**
 * Acknowledgements of a broadcast that are awaited.
 *
 * Invariants
 * - A wait ends once: with all answers, a timeout, or an aborted signal; also as a timeout, at once, when
 *   nobody is left who could answer and somebody has not.
 * - An answer counts only from a socket that was asked, once, and never from one that has ended.
 * - Nothing outlives the time for the answers.
 */
import { type AbortWaiter, unwatchAbort, watchAbort } from "../base/abort_watch.ts";
import type { Deadline, DeadlineOwner, Deadlines } from "../base/deadlines.ts";
import { AckTimeoutError, toError } from "../base/errors.ts";
import { type HandlerErrorSink, invoke } from "../base/invoke.ts";
import type { AckCallback } from "./acks.ts";
import type { AckReceiver, Adapter } from "./adapter.ts";

/** The sockets of one process that owe an answer to a broadcast. */
interface AckCollector {
  readonly awaited: Map<string, AckReceiver>;
  /** When the answers are forgotten, where nobody says so. */
  readonly deadline: Deadline | undefined;
  /** Who gathers them, if that is this process. */
  readonly ack: Pick<BroadcastAck, "giveUp"> | undefined;
}

/** The broadcasts of one namespace that await answers from sockets of this process. */
export class AckCollectors {
  readonly #sink: HandlerErrorSink;
  readonly #collectors = new Map<number, AckCollector>();

  /** @param sink told of receivers that fail: they may be those of an adapter of a user */
  constructor(sink: HandlerErrorSink) {
    this.#sink = sink;
  }

  /**
   * Answers will count, until they are forgotten.
   *
   * @param ack told when none can come any more, from anywhere
   */
  begin(ackId: number, ack?: Pick<BroadcastAck, "giveUp">): void {
    this.#collectors.set(ackId, { awaited: new Map(), deadline: undefined, ack });
  }

  /** Answers will count for a time in milliseconds, or until all have come. */
  beginFor(ackId: number, deadlines: Deadlines, timeoutMs: number): void {
    const deadline = deadlines.create({ onDeadline: () => this.forget(ackId) });
    this.#collectors.set(ackId, { awaited: new Map(), deadline, ack: undefined });
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
    this.#forgetIfLast(ackId);
    this.#tell(() => receiver.answered(args[0]));
    return true;
  }

  /** A socket will not answer, if it owes this answer at all. */
  lost(ackId: number, socketId: string): void {
    const collector = this.#collectors.get(ackId);
    const receiver = collector?.awaited.get(socketId);
    if (collector === undefined || receiver === undefined) return;
    const { awaited, deadline } = collector;
    awaited.delete(socketId);
    // Others may be about to be asked: a listener may end a socket that is being asked.
    if (awaited.size === 0 && deadline !== undefined) {
      queueMicrotask(() => this.#forgetIfLast(ackId));
    }
    this.#tell(() => receiver.lost?.());
  }

  /** Whether a socket owes an answer to any broadcast. */
  awaits(socketId: string): boolean {
    for (const { awaited } of this.#collectors.values()) if (awaited.has(socketId)) return true;
    return false;
  }

  /** A socket has ended: what it owes never comes, and another one may get its id. */
  left(socketId: string): void {
    for (const ackId of this.#collectors.keys()) this.lost(ackId, socketId);
  }

  /** Nobody waits for these answers any more. */
  forget(ackId: number): void {
    this.#collectors.get(ackId)?.deadline?.clear();
    this.#collectors.delete(ackId);
  }

  /** The namespace is over: no answers come any more, from any node. */
  end(): void {
    for (const [ackId, { ack }] of [...this.#collectors]) {
      this.forget(ackId);
      ack?.giveUp();
    }
  }

  /** Broadcasts that await answers. */
  get size(): number {
    return this.#collectors.size;
  }

  /** Where nobody says when to, answers are forgotten with the last one who owes one. */
  #forgetIfLast(ackId: number): void {
    const collector = this.#collectors.get(ackId);
    if (collector?.awaited.size === 0 && collector.deadline !== undefined) this.forget(ackId);
  }

  #tell(what: () => unknown): void {
    invoke(what, undefined, [], "adapter", this.#sink, "adapter");
  }
}

/** Why answers to a broadcast are missing: an error, or whatever a signal was aborted with. */
export interface AckFailure {
  readonly error: unknown;
}

/** What a broadcast with acknowledgement is told in the end. */
export interface BroadcastAckParts {
  readonly deadlines: Deadlines;
  /** Time for all answers, in milliseconds; none for as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** Ends the wait when it aborts. It has not aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, with how it ended if not all have answered, and with the answers so far. */
  readonly done: (failure: AckFailure | undefined, responses: unknown[]) => void;
}

/** Gathers the answers to one broadcast, from all nodes. */
export class BroadcastAck implements AckReceiver, DeadlineOwner, AbortWaiter {
  readonly #parts: BroadcastAckParts;
  readonly #deadline: Deadline;
  readonly #responses: unknown[] = [];
  #expectedServers = Infinity;
  #servers = 0;
  #expectedClients = 0;
  #lost = 0;
  #isCheckDue = false;
  #isOver = false;

  constructor(parts: BroadcastAckParts) {
    this.#parts = parts;
    this.#deadline = parts.deadlines.create(this);
    if (parts.timeoutMs !== undefined) {
      this.#deadline.set(parts.deadlines.now() + parts.timeoutMs);
    }
    if (parts.signal !== undefined) watchAbort(parts.signal, this);
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

  /** Later: whoever has gone has not been told of its end yet. */
  lost(): void {
    this.#lost++;
    if (this.#isCheckDue) return;
    this.#isCheckDue = true;
    queueMicrotask(() => {
      this.#isCheckDue = false;
      this.#check();
    });
  }

  onDeadline(): void {
    this.giveUp();
  }

  /** Ends the wait: who has not answered will not. */
  giveUp(): void {
    this.#end({ error: new AckTimeoutError(this.#responses) });
  }

  onAbort(reason: unknown): void {
    this.#end({ error: reason });
  }

  /** Nothing is told any more: nobody was asked after all, or it is over. */
  cancel(): void {
    this.#isOver = true;
    this.#deadline.clear();
    if (this.#parts.signal !== undefined) unwatchAbort(this.#parts.signal, this);
  }

  #check(): void {
    const isComplete = this.#servers >= this.#expectedServers &&
      this.#responses.length + this.#lost >= this.#expectedClients;
    if (!isComplete) return;
    if (this.#lost > 0) this.giveUp();
    else this.#end(undefined);
  }

  #end(failure: AckFailure | undefined): void {
    if (this.#isOver) return;
    this.cancel();
    this.#parts.done(failure, this.#responses);
  }

  /** Asks the adapter how many nodes there are. */
  async countServers(adapter: Adapter, sink: HandlerErrorSink): Promise<void> {
    try {
      this.expectServers(await adapter.serverCount());
    } catch (error) {
      sink.handlerFailed(error, "serverCount", "adapter");
    }
  }
}

/**
 * Tells a callback of the answers to a broadcast: an error or `null`, then the answers.
 *
 * @param single whether one socket was asked, whose answer comes alone
 */
export function tellAnswers(
  callback: AckCallback,
  single: boolean,
  { event, sink }: { readonly event: string; readonly sink: HandlerErrorSink },
): BroadcastAckParts["done"] {
  return (failure, responses) => {
    const given = single ? failure === undefined ? responses[0] : null : responses;
    // A signal may have been aborted with what would tell of no error.
    const error = failure === undefined ? null : failure.error || toError(failure.error);
    invoke(callback, undefined, [error, given], event, sink, "ack");
  };
}
