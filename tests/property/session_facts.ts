/**
 * What should be true of the session under test: the numbers that it has, and the state of its model.
 */
import type { SessionSettings, SessionState } from "../../src/session/ports.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import type { FakeSink } from "../support/fake_sink.ts";

/** The tick of the wheel, in milliseconds. */
export const TICK_MS = 10;

/** Small numbers, so that every limit is met within a few steps. */
export const SETTINGS: SessionSettings = Object.freeze({
  pingIntervalMs: 300,
  pingTimeoutMs: 200,
  upgradeTimeoutMs: 500,
  closeTimeoutMs: 400,
  maxPayloadBytes: 20,
  buffering: Object.freeze({ maxBytes: 60, maxPackets: Infinity, policy: "close" }),
  maxConnectionMemory: 67_108_864,
  highWaterBytes: 15,
  upgrades: Object.freeze(["websocket"] as const),
});

/** The WebSocket of an upgrade under way. */
export interface Candidate {
  readonly sink: FakeSink;
  readonly offeredAt: number;
  probedAt: number;
  /** When a GET was released last. */
  releasedAt: number;
}

/** What should be true of the session. */
export interface Model {
  phase: SessionState;
  /** The WebSocket that carries the session, none while polling does. */
  sink: FakeSink | undefined;
  candidate: Candidate | undefined;
  post: { aborts: number } | undefined;
  /** Which side pings; the frames are those of revision 4 in both cases. */
  readonly pingsFrom: "client" | "server";
  awaitingPong: boolean;
  pingedAt: number;
  pongAt: number;
  /** When the client was heard last. */
  heardAt: number;
  closeBy: number;
  /** Whether the peer was expelled: it is heard no more. */
  isExpelled: boolean;
  /** Whether a GET has not been answered, be its peer there or not. */
  readonly getWaits: () => boolean;
  /** Messages that the host should have heard. */
  readonly heard: Frame[];
}

/** The model of a session that has just opened. */
export function modelOf(given: Pick<Model, "sink" | "pingsFrom" | "getWaits">): Model {
  return {
    ...given,
    phase: "open",
    candidate: undefined,
    post: undefined,
    awaitingPong: false,
    pingedAt: 0,
    pongAt: 0,
    heardAt: 0,
    closeBy: Infinity,
    isExpelled: false,
    heard: [],
  };
}
