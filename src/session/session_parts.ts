/**
 * What a session is made of, and the packets it makes of itself.
 *
 * Source: Engine.IO protocol, revision 4, section "Handshake".
 */
import type { Deadlines } from "../base/deadlines.ts";
import type { SessionId } from "../base/ids.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import type { EngineCodec } from "../wire/engine_codec.ts";
import type {
  CloseNote,
  FrameSink,
  PacketMeter,
  SessionHost,
  SessionSettings,
  TransportName,
} from "./ports.ts";
import type { Revision } from "./revision.ts";

/** RFC 6455, section 7.4.1: a message is too big to process. */
export const MESSAGE_TOO_BIG: CloseNote = Object.freeze({ code: 1009 });

/** What a session is made of. */
export interface SessionParts {
  readonly id: SessionId;
  readonly revision: Revision;
  /** How the transport that it opens on frames its packets. */
  readonly codec: EngineCodec;
  readonly settings: SessionSettings;
  readonly host: SessionHost;
  /** The wheel that wakes it. */
  readonly deadlines: Deadlines;
  /** How much earlier its first ping is, from 0 to 1. */
  readonly spread: number;
  /** The WebSocket it was opened on, none when it was opened by polling. */
  readonly sink?: FrameSink | undefined;
  /** Who counts what the peer sends, if somebody does. */
  readonly meter?: PacketMeter | undefined;
}

/** The handshake: what a client is told first. */
export function openPacket(
  id: SessionId,
  transport: TransportName,
  settings: SessionSettings,
): EncodedPacket {
  const { pingIntervalMs, pingTimeoutMs, maxPayloadBytes, upgrades } = settings;
  return EncodedPacket.control(
    "open",
    JSON.stringify({
      sid: id,
      upgrades: transport === "polling" ? upgrades : [],
      pingInterval: pingIntervalMs,
      pingTimeout: pingTimeoutMs,
      maxPayload: maxPayloadBytes,
    }),
  );
}

/** Tells the observer of the packets that were queued: one for each part of a message. */
export function observeCreated({ type, parts }: EncodedPacket, host: SessionHost): void {
  if (type !== "message") {
    const [data] = parts;
    const packet = typeof data === "string" ? { type, data } : { type };
    return host.observe({ type: "packetCreate", packet });
  }
  for (const data of parts) host.observe({ type: "packetCreate", packet: { type, data } });
}
