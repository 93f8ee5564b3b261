/**
 * An Engine.IO revision as a value: how it frames packets and which side drives the heartbeat.
 *
 * Invariants
 * - A session is given its revision at the handshake and keeps it; nothing asks for the number to
 *   decide what to do.
 *
 * Source: Engine.IO protocol, section "Differences between the revisions".
 */
import type { EngineCodec } from "../wire/engine_codec.ts";
import { engineV4 } from "../wire/engine_v4.ts";
import {
  type Heartbeat,
  type HeartbeatSettings,
  ServerHeartbeat,
  type TimeSource,
} from "./heartbeat.ts";

/** What a session needs to know of its protocol revision. */
export interface Revision {
  /** The number in the `EIO` query parameter. */
  readonly protocol: number;
  /** Packets to frames and payloads, and back. */
  readonly codec: EngineCodec;
  /** Starts the heartbeat of a session that opens now; `spread` is from 0 to 1. */
  createHeartbeat(settings: HeartbeatSettings, time: TimeSource, spread: number): Heartbeat;
}

/** Engine.IO revision 4, spoken by clients of Socket.IO 3 and 4. */
export const revision4: Revision = Object.freeze({
  protocol: 4,
  codec: engineV4,
  createHeartbeat(settings: HeartbeatSettings, time: TimeSource, spread: number): Heartbeat {
    return new ServerHeartbeat(settings, time, spread);
  },
});
