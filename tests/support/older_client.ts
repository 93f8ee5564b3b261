/**
 * Clients of revision 3 in every form that they have: what is sent and received is the same in all.
 *
 * - A client is in "/" when it is given; it answers nothing by itself.
 * - A packet is text, or bytes that begin with 4; what comes as base64 is given as bytes.
 */
import { assertEquals } from "@std/assert";
import { olderPolling, olderUpgraded, olderWebSocket } from "./older_sessions.ts";
import type { RawWebSocket } from "./raw_engine.ts";
import type { OlderPacket, OlderPolling } from "./raw_engine_v3.ts";
import type { ServerProcess } from "./server_process.ts";

/** A packet of Engine.IO to send: text, or bytes that begin with 4. */
export type OlderPacketOut = string | Uint8Array<ArrayBuffer>;

/** A client, whatever carries it. */
export interface OlderClient extends AsyncDisposable {
  send(...packets: readonly OlderPacketOut[]): Promise<void>;
  receive(count: number): Promise<readonly OlderPacket[]>;
}

function toBase64(packet: OlderPacketOut): string {
  if (typeof packet === "string") return packet;
  return `b4${btoa(String.fromCharCode(...packet.subarray(1)))}`;
}

function fromBase64(packet: OlderPacket): OlderPacket {
  if (typeof packet !== "string" || !packet.startsWith("b4")) return packet;
  const data = Array.from(atob(packet.slice(2)), (character) => character.charCodeAt(0));
  return Uint8Array.of(4, ...data);
}

function byPolling(session: OlderPolling, inBytes: boolean): OlderClient {
  return {
    async send(...packets): Promise<void> {
      const sent = inBytes ? session.postBytes(...packets) : session.post(...packets.map(toBase64));
      assertEquals((await sent).text, "ok");
    },
    receive: async (count) => (await session.collect(count)).map(fromBase64),
    async [Symbol.asyncDispose](): Promise<void> {
      await session.post("1");
    },
  };
}

function byWebSocket(session: RawWebSocket, inBytes: boolean): OlderClient {
  return {
    send(...packets): Promise<void> {
      for (const packet of packets) session.send(inBytes ? packet : toBase64(packet));
      return Promise.resolve();
    },
    async receive(count): Promise<readonly OlderPacket[]> {
      const packets: OlderPacket[] = [];
      while (packets.length < count) packets.push(fromBase64(await session.frame()));
      return packets;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** The ways in which a client may be connected. */
export type OlderForm =
  | "polling"
  | "polling in bytes"
  | "polling in base64"
  | "WebSocket"
  | "WebSocket in base64"
  | "WebSocket after an upgrade";

/** Connects a client; `query` is that of its handshake. */
type Connect = (
  server: ServerProcess,
  query?: Readonly<Record<string, string>>,
) => Promise<OlderClient>;

/** How each is connected. */
export const OLDER_FORMS: Readonly<Record<OlderForm, Connect>> = {
  polling: async (server, query) => byPolling(await olderPolling(server, query), false),
  "polling in bytes": async (server, query) => byPolling(await olderPolling(server, query), true),
  "polling in base64": async (server, query) =>
    byPolling(await olderPolling(server, { ...query, b64: "1" }), false),
  WebSocket: async (server, query) => byWebSocket(await olderWebSocket(server, query), true),
  "WebSocket in base64": async (server, query) =>
    byWebSocket(await olderWebSocket(server, { ...query, b64: "1" }), false),
  "WebSocket after an upgrade": async (server, query) =>
    byWebSocket(await olderUpgraded(server, query), true),
};
