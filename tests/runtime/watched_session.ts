/**
 * Sessions of `/engine` that the application watches, and the lines that it tells of them, see
 * app_engine.ts.
 */
import { RawPolling, RawWebSocket } from "../support/raw_engine.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { eventually } from "../support/waiting.ts";
import type { CaseContext } from "./case_context.ts";

/** The packet that joins, without its type. */
export const JOIN = "0/engine,";
const JOINED = '0/engine,{"sid":"…"}';

/** A session of `/engine` that is watched. */
export interface Watched {
  readonly tag: string;
  /** Sends a packet of Socket.IO. */
  send(...frames: (string | Uint8Array<ArrayBuffer>)[]): Promise<void>;
  /** The next packets of Engine.IO, that many. */
  receive(count: number): Promise<readonly unknown[]>;
  /** Leaves as clients do. */
  leave(): Promise<void>;
}

/** Opens a session in the way of the case; the one of an upgrade is a WebSocket from the start. */
export async function watched(
  context: CaseContext,
  server: ServerProcess = context.server,
): Promise<Watched> {
  const tag = context.tag();
  const query = { watch: "engine", tag };
  if (context.mode === "polling") {
    const session = await RawPolling.start(server.url, query);
    await session.join(`4${JOIN}`);
    return {
      tag,
      send: async (...frames) => {
        await session.post(...frames.map((frame) => typeof frame === "string" ? frame : "bAQI="));
      },
      receive: (count) => session.collect(count),
      leave: async () => void await session.post("1"),
    };
  }
  const session = await RawWebSocket.start(server.url, query);
  await session.join(`4${JOIN}`);
  return {
    tag,
    send: (...frames) => Promise.resolve(frames.forEach((frame) => session.send(frame))),
    receive: async (count) => {
      const frames: unknown[] = [];
      while (frames.length < count) frames.push(await session.next());
      return frames;
    },
    leave: () => Promise.resolve(session.close()),
  };
}

/** What was told of a session so far. */
export function linesOf(server: ServerProcess, tag: string): readonly string[] {
  return server.reportsOf({ kind: "line", tag }).map(({ line }) => String(line));
}

/** What was told of a session from its first packet to its end. */
export async function story(server: ServerProcess, tag: string): Promise<readonly string[]> {
  const isEnd = (line: string): boolean => line.startsWith("close ");
  return await eventually(`the end of ${tag}`, () => {
    const lines = linesOf(server, tag);
    return lines.some(isEnd) ? lines : undefined;
  });
}

/** Lines without those of flush and drain, of which one turn has as many as its writes. */
export function withoutFlushes(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !/^(?:flush|drain) ?/.test(line));
}

/** The lines of a message that came. */
export function came(text: string): readonly string[] {
  return [`packet message ${text}`, `data ${text}`, `message ${text}`];
}

/** The lines of a session until its socket is connected. */
export const OPENED: readonly string[] = [
  "connection",
  ...came(JOIN),
  `packetCreate message ${JOINED}`,
  "socket connected",
];
