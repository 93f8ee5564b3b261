/**
 * A session beside a simple idea of what it should do: what was accepted, what the peer has read,
 * what was heard, and why it may have ended.
 *
 * Invariants
 * - The model knows no queue, no link and no deadline: it predicts ends and checks obligations.
 * - What the peer reads is taken from the doubles' effects only, and decoded here.
 * - `verify` holds after every step, whatever the step was.
 */
import { assert, assertEquals } from "@std/assert";
import { base64Encode } from "../../src/base/bytes.ts";
import { Deadlines } from "../../src/base/deadlines.ts";
import type { SessionId } from "../../src/base/ids.ts";
import type { CloseReason } from "../../src/session/ports.ts";
import { revision3, revision4 } from "../../src/session/revision.ts";
import { EXPULSION_MS, Session } from "../../src/session/session.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type Effect, FakePoll, FakeSink, frameBytes } from "../support/fake_sink.ts";
import { RecordingHost } from "../support/recording_host.ts";
import { spyOn } from "./heartbeat_spy.ts";
import { type Candidate, type Model, modelOf, SETTINGS, TICK_MS } from "./session_facts.ts";

/** A frame as text, to compare both transports. */
function tokenOf(frame: Frame): string {
  return typeof frame === "string" ? frame : "b" + base64Encode(frame);
}

/** The session, its doubles, and what the peer and the host have got. */
export class World {
  readonly clock: FakeClock = new FakeClock({ now: 0 });
  readonly deadlines: Deadlines = new Deadlines(this.clock, { tickMs: TICK_MS });
  readonly effects: Effect[] = [];
  readonly host: RecordingHost = new RecordingHost(this.effects);
  readonly sinks: FakeSink[] = [];
  readonly session: Session;
  readonly model: Model;
  poll: FakePoll | undefined;
  /** Why the session ended, and the words that came with it. */
  ended: { readonly reason: CloseReason; readonly text: string } | undefined;
  drainAsked = false;
  readonly #sent: { readonly token: string; readonly bytes: number; readonly isLast: boolean }[] =
    [];
  #sentBytes = 0;
  #readCount = 0;
  #readBytes = 0;
  #digested = 0;
  #heard = 0;
  #count = 0;
  #closeRead = false;
  #turnBytes = 0;
  #largestTurn = 0;
  /** Answers to probes: they go past the queue. */
  #probeBytes = 0;
  /** Bytes that waited when the peer was first found behind. */
  #behindFrom: number | undefined;
  /** When a GET was answered with a noop, in this step. */
  #noopAt: number | undefined;

  constructor(
    opensBy: "polling" | "websocket",
    pingsFrom: Model["pingsFrom"],
    observed: boolean,
  ) {
    const sink = opensBy === "websocket" ? this.newSink() : undefined;
    const getWaits = (): boolean => this.poll !== undefined && this.poll.answer === undefined;
    this.model = modelOf({ sink, pingsFrom, getWaits });
    this.session = new Session({
      id: "sid" as SessionId, // ids are branded where they are made; here is such a place
      revision: spyOn(pingsFrom === "client" ? revision3 : revision4, {
        pings: (now) => {
          this.#accept(["2"]);
          this.model.awaitingPong = true;
          this.model.pingedAt = now;
        },
        hears: (type) => {
          this.model.heardAt = this.clock.now();
          if (pingsFrom === "client" && type === "ping") this.#accept(["3"]);
        },
      }),
      codec: engineV4,
      settings: SETTINGS,
      host: this.host,
      deadlines: this.deadlines,
      spread: 0.5,
      ...(sink === undefined ? {} : { sink }),
    });
    this.session.observed = observed;
    this.host.onMessage = (data) => {
      if (data === "echo") this.send(1, false);
      if (data === "bye") this.close();
    };
  }

  /** A sink that keeps what is written to it until the peer reads. */
  newSink(): FakeSink {
    const sink = new FakeSink(`ws ${this.sinks.length}`, this.effects);
    sink.holds = true;
    this.sinks.push(sink);
    return sink;
  }

  /** Bytes that the peer has not read and the runtime has not been given. */
  get unread(): number {
    return this.#sentBytes - this.#readBytes;
  }

  /** Bytes that wait anywhere. */
  get left(): number {
    return this.unread + (this.model.sink?.bufferedAmount ?? 0);
  }

  /** Whether a GET waits whose peer is there. */
  get pollWaits(): boolean {
    return this.model.getWaits() && this.poll?.gone === false;
  }

  /** Whether a volatile packet should be taken. */
  get shouldBeWritable(): boolean {
    const { phase, sink, candidate } = this.model;
    const hasWay = sink === undefined ? this.pollWaits : sink.bufferedAmount === 0;
    return phase === "open" && candidate === undefined && this.unread === 0 && hasWay;
  }

  /** Sends a numbered message: text, wide text, binary, both, or one larger than a payload. */
  send(kind: number, volatile: boolean): void {
    const number = ++this.#count;
    const bytes = new Uint8Array([number, 1, 2, 3]);
    const shapes: readonly (readonly Frame[])[] = [
      [`${number}`],
      [`${number}é€😀`],
      [bytes],
      [`${number}`, bytes, "x"],
      [`${number}`.padEnd(35, "y")],
    ];
    const parts = shapes[kind % shapes.length] ?? ["z"];
    const wanted = this.model.phase !== "open"
      ? "closed"
      : volatile && !this.shouldBeWritable
      ? "dropped"
      : "queued";
    assertEquals(this.session.send(EncodedPacket.message(parts), volatile), wanted);
    if (wanted === "queued") {
      this.#accept(parts.map((part) => typeof part === "string" ? "4" + part : part));
    }
  }

  /** The user ends the session, and lets it send what is queued. */
  close(): void {
    if (this.model.phase === "open") {
      this.model.phase = "closing";
      this.model.closeBy = this.clock.now() + SETTINGS.closeTimeoutMs;
    }
    this.session.close();
    this.flushed();
  }

  /** The peer is above a limit. */
  expel(): void {
    const { model } = this;
    if (model.phase !== "closed") {
      model.phase = "closing";
      model.isExpelled = true;
      const within = Math.min(EXPULSION_MS, SETTINGS.closeTimeoutMs);
      model.closeBy = Math.min(model.closeBy, this.clock.now() + within);
    }
    this.session.expel();
    this.flushed();
  }

  /** The turn is over: the host flushes if it was asked to. */
  endTurn(): void {
    if (this.host.flushRequests === 0) return;
    this.host.flushRequests = 0;
    this.flush();
    if (this.session.state === "closed") return;
    const { sink } = this.model;
    if (this.unread > 0 && sink === undefined) assert(!this.pollWaits, "a GET waits beside data");
    if (this.unread > 0 && sink !== undefined) {
      assert(sink.bufferedAmount >= SETTINGS.highWaterBytes, "data waits beside room");
      assert(this.drainAsked, "nobody looks after a full sink");
    }
    if (this.model.phase === "closing") {
      assert(sink === undefined ? !this.pollWaits : this.unread > 0, "the end is not noticed");
    }
  }

  /** Calls `flush` and judges the peer as the session should. */
  flush(): void {
    this.drainAsked = false;
    this.session.flush();
    this.flushed();
  }

  /** A flush was done, by the host or by `close`. */
  flushed(): void {
    this.digest();
    this.#largestTurn = Math.max(this.#largestTurn, this.#turnBytes);
    this.#turnBytes = 0;
    if (this.session.state === "closed") return;
    const { left } = this;
    const most = this.#largestTurn + 2 * SETTINGS.buffering.maxBytes + this.#probeBytes;
    assert(left <= most || this.unread === 0, `${left} bytes wait, ${most} may`);
    if (this.unread === 0 || left <= SETTINGS.buffering.maxBytes) this.#behindFrom = undefined;
    else this.#behindFrom ??= left;
  }

  /** Lets time pass; every timer has a turn of its own. */
  advance(ms: number): void {
    const end = this.clock.now() + ms;
    while (this.clock.nextAt <= end) {
      this.clock.advance(this.clock.nextAt - this.clock.now());
      this.endTurn();
    }
    this.clock.advance(end - this.clock.now());
  }

  /** Whether the session may have ended for this reason by itself. */
  explains(reason: CloseReason): boolean {
    const { phase, closeBy, awaitingPong, pingedAt } = this.model;
    const now = this.clock.now();
    if (reason === "forced close") {
      return phase === "closing" && (this.unread === 0 || now >= closeBy);
    }
    if (reason === "ping timeout") {
      if (this.model.pingsFrom === "client") return phase === "open" && now >= this.#silentAt;
      return phase === "open" && awaitingPong && now >= pingedAt + SETTINGS.pingTimeoutMs;
    }
    return reason === "transport error" && this.ended?.text.startsWith("slow consumer") === true &&
      this.#behindFrom !== undefined && this.left > this.#behindFrom + SETTINGS.buffering.maxBytes;
  }

  /** A GET comes; its answer is looked at when it is given. */
  newPoll(): FakePoll {
    const poll = new FakePoll("get", this.effects);
    poll.onAnswer = () => this.#checkAnswer(poll.answer ?? "");
    return poll;
  }

  /** Reads what the effects since the last time say. */
  digest(): void {
    for (; this.#digested < this.effects.length; this.#digested++) {
      const effect = this.effects[this.#digested];
      assert(effect !== undefined);
      const [who, what, detail, text] = effect;
      assert(this.ended === undefined, `${who} ${what} after the end`);
      if (what === "answer") {
        for (const token of String(detail).split("\x1e")) this.#read(token);
      }
      if (what === "write") { for (const frame of detail as Frame[]) this.#read(tokenOf(frame)); }
      if (what === "awaitDrain") this.drainAsked = true;
      if (what === "message") this.#hear(detail as Frame);
      if (what === "closed") {
        this.ended = { reason: detail as CloseReason, text: String(text ?? "") };
      }
    }
  }

  /** What holds after every step. */
  verify(): void {
    const { session, model } = this;
    const upgrading = model.candidate !== undefined;
    assertEquals(session.state, model.phase);
    assertEquals(session.transport, model.sink === undefined ? "polling" : "websocket");
    assertEquals([session.upgrading, session.writable], [upgrading, this.shouldBeWritable]);
    assertEquals(this.#heard, model.heard.length, "not everything was heard");
    const isOver = model.phase === "closed";
    const waiting = (isOver ? 0 : this.unread) + (model.sink?.bufferedAmount ?? 0);
    assertEquals(session.bufferedAmount, waiting, "bytes are lost or made up");
    assert(this.#readCount === 0 || this.#sent[this.#readCount - 1]?.isLast, "a packet was cut");
    for (const sink of this.sinks) {
      const isUsed = !isOver && (sink === model.sink || sink === model.candidate?.sink);
      assertEquals(sink.isClosed, !isUsed, `${sink.name} is closed`);
    }
    assertEquals(this.deadlines.pending, isOver ? 0 : 1);
    assertEquals(this.ended !== undefined, isOver);
    if (isOver) assert(!this.pollWaits, "a GET waits for ever");
    assertEquals(model.post?.aborts ?? 0, isOver && model.post !== undefined ? 1 : 0);
    if (!isOver) this.#verifyTimes();
    this.#noopAt = undefined;
  }

  /** The peer has read everything, in order. */
  verifyAllRead(): void {
    assertEquals([this.#readCount, this.unread], [this.#sent.length, 0]);
    assertEquals(this.#closeRead, this.model.sink === undefined);
  }

  /** Until when a client that pings must be heard. */
  get #silentAt(): number {
    return this.model.heardAt + SETTINGS.pingIntervalMs + SETTINGS.pingTimeoutMs;
  }

  #verifyTimes(): void {
    const { phase, candidate, pingsFrom, awaitingPong, pingedAt, pongAt, closeBy } = this.model;
    const { pingIntervalMs, pingTimeoutMs } = SETTINGS;
    const now = this.clock.now();
    if (phase === "closing") assert(now < closeBy + TICK_MS, "closeTimeout is over");
    else if (pingsFrom === "client") assert(now < this.#silentAt + TICK_MS, "no timeout");
    else if (awaitingPong) assert(now < pingedAt + 2 * (pingTimeoutMs + TICK_MS), "no timeout");
    else assert(now < pongAt + pingIntervalMs + TICK_MS, "no ping");
    if (candidate !== undefined) this.#verifyUpgrade(candidate, now);
  }

  #verifyUpgrade(candidate: Candidate, now: number): void {
    assert(
      now < candidate.offeredAt + SETTINGS.upgradeTimeoutMs + TICK_MS,
      "upgradeTimeout is over",
    );
    if (this.#noopAt !== undefined) {
      assert(this.#noopAt >= candidate.probedAt, "a GET is released before the probe");
      assert(this.#noopAt >= candidate.releasedAt + 100, "GETs are released too often");
      candidate.releasedAt = this.#noopAt;
    }
    const releaseAt = Math.max(candidate.probedAt, candidate.releasedAt + 100);
    const mayWait = this.host.flushRequests > 0 || now < releaseAt + TICK_MS;
    assert(mayWait || !this.pollWaits, "a GET is not released");
  }

  #checkAnswer(payload: string): void {
    const packets = payload.split("\x1e").filter((token) => !/^[16]/.test(token)).length;
    const end = this.#readCount + packets;
    const whole = this.#sent.slice(this.#readCount, end).filter((it) => it.isLast).length;
    assert(whole <= 1 || frameBytes(payload) <= SETTINGS.maxPayloadBytes, "a payload is too large");
    if (payload === "6") this.#noopAt = this.clock.now();
  }

  #accept(frames: readonly Frame[]): void {
    for (const [index, frame] of frames.entries()) {
      const bytes = frameBytes(frame);
      this.#sent.push({ token: tokenOf(frame), bytes, isLast: index === frames.length - 1 });
      this.#sentBytes += bytes;
      this.#turnBytes += bytes;
    }
  }

  #read(token: string): void {
    assert(!this.#closeRead, "something follows the close packet");
    if (token === "1") this.#closeRead = true;
    if (token === "3probe") this.#probeBytes += token.length;
    if (token === "1" || token === "6" || token === "3probe") return;
    const next = this.#sent[this.#readCount++];
    assertEquals(token, next?.token, "packets are lost, doubled or out of order");
    this.#readBytes += next?.bytes ?? 0;
  }

  #hear(data: Frame): void {
    assertEquals(data, this.model.heard[this.#heard++]);
  }
}
