/**
 * An Engine.IO revision as a value: its traits, how it frames packets, and its heartbeat.
 *
 * Invariants
 * - A session is given its revision at the handshake and keeps it; nothing asks for the number to
 *   decide what to do.
 *
 * Source: Engine.IO protocol, section "Differences between the revisions".
 */
import type { EngineCodec } from "../wire/engine_codec.ts";
import { engineV3, engineV3Base64, engineV3Bytes } from "../wire/engine_v3.ts";
import { engineV4 } from "../wire/engine_v4.ts";
import { REVISION_TRAITS, type RevisionTraits } from "../wire/revision_traits.ts";
import {
  ClientHeartbeat,
  type Heartbeat,
  type HeartbeatSettings,
  ServerHeartbeat,
  type TimeSource,
} from "./heartbeat.ts";

/** What a client asks payloads to be, where the revision lets it. */
export type PayloadForm =
  /** Text, or bytes when there is something that text has no place for. */
  | "any"
  /** Text, with base64 in the place of binary data. */
  | "base64"
  /** Bytes, whatever is in them. */
  | "bytes";

/** What a session needs to know of its protocol revision. */
export interface Revision {
  /** What clients of this revision can do. */
  readonly traits: RevisionTraits;
  /**
   * Packets to frames and payloads, and back.
   *
   * @param form what the client asks for; it counts only where the revision has more than one
   */
  codec(form: PayloadForm): EngineCodec;
  /** Starts the heartbeat of a session that opens now; `spread` is from 0 to 1. */
  createHeartbeat(settings: HeartbeatSettings, time: TimeSource, spread: number): Heartbeat;
}

/** Engine.IO revision 4, spoken by clients of Socket.IO 3 and 4. */
export const revision4: Revision = revisionOf(REVISION_TRAITS[4], {
  any: engineV4,
  base64: engineV4,
  bytes: engineV4,
});

/** Engine.IO revision 3, spoken by clients of Socket.IO 1 and 2. */
export const revision3: Revision = revisionOf(REVISION_TRAITS[3], {
  any: engineV3,
  base64: engineV3Base64,
  bytes: engineV3Bytes,
});

function revisionOf(
  traits: RevisionTraits,
  codecs: Readonly<Record<PayloadForm, EngineCodec>>,
): Revision {
  return Object.freeze({
    traits,
    codec(form: PayloadForm): EngineCodec {
      return codecs[form];
    },
    createHeartbeat(settings: HeartbeatSettings, time: TimeSource, spread: number): Heartbeat {
      return traits.pingsFrom === "client"
        ? new ClientHeartbeat(settings, time)
        : new ServerHeartbeat(settings, time, spread);
    },
  });
}
