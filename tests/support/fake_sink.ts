/**
 * The ways out of a session as test doubles: a WebSocket's sink and a long-polling GET.
 *
 * Invariants
 * - All that happens goes into one list of effects, in order: who, what, and the details.
 * - A double that is used after its end throws: the test fails where the fault is.
 */
import type { Frame } from "../../src/wire/engine_packet.ts";
import type { FrameSink, PollResponder } from "../../src/session/ports.ts";

/** Something that happened: who, what, and the details. */
export type Effect = readonly [who: string, what: string, ...details: unknown[]];

/** Bytes of a frame as a WebSocket counts them, its header left out. */
export function frameBytes(frame: Frame): number {
  return typeof frame === "string" ? new TextEncoder().encode(frame).byteLength : frame.byteLength;
}

/** A WebSocket's sink whose fullness the test sets. */
export class FakeSink implements FrameSink {
  /** Bytes not yet taken by the operating system; the test moves it. */
  bufferedAmount = 0;
  /** Whether what is written stays in `bufferedAmount` until the test takes it out. */
  holds = false;
  /** Called inside `write`, after it was noted. */
  onWrite: (frames: readonly Frame[]) => void = () => {};
  /** All frames that were written. */
  readonly frames: Frame[] = [];
  readonly name: string;
  readonly #effects: Effect[];
  #isClosed = false;

  constructor(name = "sink", effects: Effect[] = []) {
    this.name = name;
    this.#effects = effects;
  }

  /** Whether this side has closed it. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(frames: readonly Frame[]): void {
    if (this.#isClosed) throw new Error(`${this.name} was written to after close`);
    if (frames.length === 0) throw new Error(`${this.name} was given nothing to write`);
    this.#effects.push([this.name, "write", [...frames]]);
    this.frames.push(...frames);
    if (this.holds) { for (const frame of frames) this.bufferedAmount += frameBytes(frame); }
    this.onWrite(frames);
  }

  close(code?: number): void {
    if (this.#isClosed) throw new Error(`${this.name} was closed twice`);
    this.#isClosed = true;
    this.#effects.push(code === undefined ? [this.name, "close"] : [this.name, "close", code]);
  }

  cut(): void {
    this.#isClosed = true;
    this.#effects.push([this.name, "cut"]);
  }
}

/** A GET that records its answer. */
export class FakePoll implements PollResponder {
  /** Whether the peer has gone; the test sets it. */
  gone = false;
  /** Called inside `respond`, after it was noted. */
  onAnswer: (payload: Frame) => void = () => {};
  readonly name: string;
  readonly #effects: Effect[];
  #answer: Frame | undefined;

  constructor(name = "get", effects: Effect[] = []) {
    this.name = name;
    this.#effects = effects;
  }

  /** The payload it was answered with, `undefined` while it waits. */
  get payload(): Frame | undefined {
    return this.#answer;
  }

  /** The same where it can only be text. */
  get answer(): string | undefined {
    if (typeof this.#answer === "object") throw new Error(`${this.name} was answered with bytes`);
    return this.#answer;
  }

  respond(payload: Frame): void {
    if (this.#answer !== undefined) throw new Error(`${this.name} was answered twice`);
    if (this.gone) throw new Error(`${this.name} was answered although its peer has gone`);
    this.#answer = payload;
    this.#effects.push([this.name, "answer", payload]);
    this.onAnswer(payload);
  }
}
