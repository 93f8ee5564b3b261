/**
 * One session between doubles: "given these inputs, these effects".
 *
 * Invariants
 * - Host, sinks and GETs note what happens in one list, in order; nothing else happens.
 * - A turn ends only when the test says so; `flush` is called then if it was asked for, once.
 * - The wheel has a tick of one millisecond, so deadlines in whole milliseconds are exact.
 */
import { Deadlines } from "../../src/base/deadlines.ts";
import type { SessionId } from "../../src/base/ids.ts";
import type {
  BufferLimits,
  CloseReason,
  DropCause,
  SessionEvent,
  SessionHost,
  SessionSettings,
  UpgradeOffer,
} from "../../src/session/ports.ts";
import { type Revision, revision4 } from "../../src/session/revision.ts";
import { Session } from "../../src/session/session.ts";
import type { SendOutcome } from "../../src/session/ports.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { EngineCodec } from "../../src/wire/engine_codec.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { FakeClock } from "./fake_clock.ts";
import { type Effect, FakePoll, FakeSink } from "./fake_sink.ts";

/** No limit of what waits. */
export const UNLIMITED: BufferLimits = Object.freeze({
  maxBytes: Infinity,
  maxPackets: Infinity,
  policy: "close",
});

/** The defaults of the server. */
export const DEFAULT_SETTINGS: SessionSettings = Object.freeze({
  pingIntervalMs: 25_000,
  pingTimeoutMs: 20_000,
  upgradeTimeoutMs: 10_000,
  closeTimeoutMs: 30_000,
  maxPayloadBytes: 1_000_000,
  buffering: Object.freeze({ maxBytes: 16_777_216, maxPackets: Infinity, policy: "close" }),
  maxConnectionMemory: 67_108_864,
  highWaterBytes: 1_048_576,
  upgrades: Object.freeze(["websocket"] as const),
});

/** A host that notes what it is told. */
export class RecordingHost implements SessionHost {
  /** Flushes asked for and not yet done. */
  flushRequests = 0;
  /** Called inside `message`, after it was noted. */
  onMessage: (data: Frame) => void = () => {};
  /** Called inside `closed`, after it was noted. */
  onClosed: () => void = () => {};
  /** Called inside `observe`, after it was noted. */
  onObserve: (event: SessionEvent) => void = () => {};
  readonly #effects: Effect[];

  constructor(effects: Effect[] = []) {
    this.#effects = effects;
  }

  message(data: Frame): void {
    this.#effects.push(["host", "message", data]);
    this.onMessage(data);
  }

  requestFlush(): void {
    this.flushRequests++;
  }

  awaitDrain(progressed: boolean): void {
    this.#effects.push(["host", "awaitDrain", progressed]);
  }

  closed(reason: CloseReason, description?: unknown): void {
    const details = description instanceof Error ? [description.message] : [];
    this.#effects.push(["host", "closed", reason, ...details]);
    this.onClosed();
  }

  dropped(_packet: EncodedPacket, cause: DropCause): void {
    this.#effects.push(["host", "dropped", cause]);
  }

  observe(event: SessionEvent): void {
    this.#effects.push(["host", "observe", event]);
    this.onObserve(event);
  }
}

/** How a bench is set up. */
export interface BenchOptions extends Partial<SessionSettings> {
  /** How early the first ping is, from 0 to 1. @default {0} */
  readonly spread?: number;
  /** @default {revision4} */
  readonly revision?: Revision;
  /** Whether the client asks for base64 on the transport that it opens. @default {false} */
  readonly base64?: boolean;
}

/** A session, its doubles, and its clock. */
export class SessionBench {
  readonly clock: FakeClock = new FakeClock({ now: 0 });
  readonly deadlines: Deadlines = new Deadlines(this.clock, { tickMs: 1 });
  readonly effects: Effect[] = [];
  readonly host: RecordingHost = new RecordingHost(this.effects);
  /** The WebSocket it was opened on; named "ws". */
  readonly sink: FakeSink = new FakeSink("ws", this.effects);
  readonly session: Session;
  #taken = 0;

  private constructor(transport: "polling" | "websocket", options: BenchOptions) {
    const { spread = 0, revision = revision4, base64 = false, ...settings } = options;
    this.session = new Session({
      id: "sid-1" as SessionId, // ids are branded where they are made; here is such a place
      revision,
      codec: revision.codec(base64 ? "base64" : "any"),
      settings: { ...DEFAULT_SETTINGS, ...settings },
      host: this.host,
      deadlines: this.deadlines,
      spread,
      ...(transport === "websocket" ? { sink: this.sink } : {}),
    });
  }

  /** A session opened by polling, not greeted. */
  static polling(options: BenchOptions = {}): SessionBench {
    return new SessionBench("polling", options);
  }

  /** A session opened on `sink`, not greeted. */
  static websocket(options: BenchOptions = {}): SessionBench {
    return new SessionBench("websocket", options);
  }

  /** The effects since the last call. */
  take(): readonly Effect[] {
    const effects = this.effects.slice(this.#taken);
    this.#taken = this.effects.length;
    return effects;
  }

  /** Sends a message of these parts. */
  send(...parts: Frame[]): SendOutcome {
    return this.session.send(EncodedPacket.message(parts));
  }

  /** Sends a volatile message of one part. */
  sendVolatile(part: Frame): SendOutcome {
    return this.session.send(EncodedPacket.message([part]), true);
  }

  /** A GET comes. */
  poll(name = "get"): FakePoll {
    const poll = new FakePoll(name, this.effects);
    this.session.poll(poll);
    return poll;
  }

  /** A WebSocket wants to take over. */
  offer(name = "candidate"): FakeSink {
    const sink = new FakeSink(name, this.effects);
    this.session.offerUpgrade(this.offerOf(sink));
    return sink;
  }

  /** What the owner of a WebSocket offers it by; a failure is noted. */
  offerOf(
    sink: FakeSink,
    codec: EngineCodec = this.session.revision.codec("any"),
  ): UpgradeOffer {
    return {
      sink,
      codec,
      failed: (failure) => void this.effects.push([sink.name, "failed", failure]),
    };
  }

  /** The whole upgrade, at once. */
  upgrade(name = "candidate"): FakeSink {
    const sink = this.offer(name);
    this.session.receiveFrame(sink, "2probe");
    this.session.receiveFrame(sink, "5");
    return sink;
  }

  /** Ends the turn: flushes if that was asked for. */
  endTurn(): void {
    if (this.host.flushRequests === 0) return;
    this.host.flushRequests = 0;
    this.session.flush();
  }

  /** A GET comes and its turn ends; returns what it was answered with. */
  read(name = "get"): string | undefined {
    const poll = this.poll(name);
    this.endTurn();
    return poll.answer;
  }

  /** Lets time pass, and ends the turn of what happened. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.endTurn();
  }
}
