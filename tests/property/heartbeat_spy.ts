/** A revision whose heartbeat is as it is, with somebody who is told of what goes through it. */
import type { Heartbeat, HeartbeatAction, HeartbeatSign } from "../../src/session/heartbeat.ts";
import type { Revision } from "../../src/session/revision.ts";
import type { EnginePacketType } from "../../src/wire/engine_packet.ts";

/** Who is told: of pings that are due, and of packets before the heartbeat takes them. */
export interface HeartbeatListener {
  pings(now: number): void;
  hears(type: EnginePacketType): void;
}

/** The revision, with a spy in each heartbeat. */
export function spyOn(revision: Revision, listener: HeartbeatListener): Revision {
  return {
    ...revision,
    createHeartbeat(settings, time, spread): Heartbeat {
      const inner = revision.createHeartbeat(settings, time, spread);
      return {
        get deadline(): number {
          return inner.deadline;
        },
        due(now): HeartbeatAction {
          const action = inner.due(now);
          if (action === "ping") listener.pings(now);
          return action;
        },
        received(type): HeartbeatSign {
          listener.hears(type);
          return inner.received(type);
        },
      };
    },
  };
}
