/**
 * Sessions of revision 3 that have been let into "/", which their clients do not ask for.
 */
import { assertEquals } from "@std/assert";
import { RawWebSocket } from "./raw_engine.ts";
import { type OlderPacket, OlderPolling } from "./raw_engine_v3.ts";
import type { ServerProcess } from "./server_process.ts";

type Query = Readonly<Record<string, string>>;

/** What a session of revision 3 is told before it has said anything. */
const JOINED = "40";

/** A polling session that is in "/". */
export async function olderPolling(
  server: ServerProcess,
  query: Query = {},
): Promise<OlderPolling> {
  const session = await OlderPolling.start(server.url, query);
  assertEquals(await session.collect(1), [JOINED]);
  return session;
}

/** A WebSocket session that is in "/". */
export async function olderWebSocket(
  server: ServerProcess,
  query: Query = {},
): Promise<RawWebSocket> {
  const session = await RawWebSocket.start(server.url, { EIO: "3", ...query });
  assertEquals(await session.frame(), JOINED);
  return session;
}

/** A session that began with polling and is a WebSocket now. */
export async function olderUpgraded(
  server: ServerProcess,
  query: Query = {},
): Promise<RawWebSocket> {
  const session = await olderPolling(server, query);
  const socket = await olderProbe(session);
  socket.send("5");
  return socket;
}

/** Opens the WebSocket of an upgrade, sends the probe and takes its answer. */
export async function olderProbe(session: OlderPolling, query: Query = {}): Promise<RawWebSocket> {
  const socket = await session.openUpgrade(query);
  socket.send("2probe");
  assertEquals(await socket.text(), "3probe");
  return socket;
}

/** An event that comes back. */
export function echo(...args: readonly unknown[]): string {
  return `42${JSON.stringify(["echo", ...args])}`;
}

/** Packets without those that say nothing. */
export function withoutNoops(packets: readonly OlderPacket[]): readonly OlderPacket[] {
  return packets.filter((packet) => packet !== "6");
}
