/**
 * Requests of clients of revision 3 to an in-process engine.
 *
 * Invariants
 * - An answer is given as it came: text, or bytes where its type says so.
 */
import { assertEquals } from "@std/assert";
import type { Frame } from "../../src/wire/engine_packet.ts";
import type { FakeWebSocket, InProcessEngine, RecordedSession } from "./in_process_engine.ts";
import type { RequestOptions } from "./in_process_engine.ts";

/** An answer to a client of revision 3. */
export interface ReplyV3 {
  readonly status: number;
  readonly type: string | null;
  readonly body: Frame;
}

/** The query of polling requests, of a session or of none. */
export function queryV3(session?: RecordedSession, more = ""): string {
  const sid = session === undefined ? "" : `&sid=${session.link.id}`;
  return `EIO=3&transport=polling${sid}${more}`;
}

/** Gives a request to the engine, and reads the answer. */
export async function askV3(
  engine: InProcessEngine,
  query: string,
  options: RequestOptions = {},
): Promise<ReplyV3> {
  const request = new Request(`http://localhost/socket.io/?${query}`, options);
  const response = await engine.server.handle(engine.callOf(request));
  const { status, headers } = response;
  const type = headers.get("content-type");
  const body = type === "application/octet-stream"
    ? new Uint8Array(await response.arrayBuffer())
    : await response.text();
  return { status, type, body };
}

/** Opens a session by polling, with more in its query: `&b64=1`, `&j=0`. */
export async function connectV3(
  engine: InProcessEngine,
  more = "",
  options: RequestOptions = {},
): Promise<RecordedSession> {
  const { status } = await askV3(engine, queryV3(undefined, more), options);
  assertEquals(status, 200);
  return engine.session();
}

/** Takes a WebSocket, for a session or for a new one. */
export async function webSocketV3(
  engine: InProcessEngine,
  session?: RecordedSession,
  more = "",
): Promise<FakeWebSocket> {
  const query = queryV3(session, more).replace("polling", "websocket");
  const { status } = await engine.askUpgrade(query);
  const socket = engine.sockets.at(-1);
  if (status !== 101 || socket === undefined) throw new Error(`Answered ${status}`);
  return socket.open();
}
