/**
 * The part of the contract's application that is about options and ends.
 *
 * - Options come as JSON. What JSON cannot carry is here, by name: `{ "named": "dated cookie" }`. What
 *   is set by methods in place of options is in `set`: `{ "set": { "path": "/own" } }`.
 * - An engine session is watched when its first request says `watch=ends`: sessions of other cases
 *   keep no listeners for it. What requests bring is told of those that say `watch=requests`.
 */
import * as msgpack from "@godwit/io/msgpack";
import type { Server, Socket } from "socket.io";
import * as publishedMsgpack from "socket.io-msgpack-parser";
import { PARSER } from "./json_parser.ts";

type Options = Readonly<Record<string, unknown>>;
type Report = (report: Readonly<Record<string, unknown>>) => void;
type Ack = (...answer: unknown[]) => void;
type Answer = (error: Error | null, value: unknown) => void;

/** What a request shows of itself on every runtime. */
interface RequestHead {
  readonly url?: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What an engine session shows of itself on every runtime. */
interface EngineSocket {
  readonly request: { readonly url?: string };
  on(event: "close", listener: (reason: string, description?: unknown) => void): unknown;
}

/** Options that are no JSON. */
const NAMED: Readonly<Record<string, Options>> = {
  "cors by query": { cors: corsByQuery },
  "cors without rules": { cors: true },
  "dated cookie": {
    cookie: {
      name: "session",
      path: "/chat",
      domain: "app.example",
      expires: new Date(0),
      maxAge: 60,
      httpOnly: false,
      secure: true,
      sameSite: "none",
      partitioned: true,
      priority: "high",
      encode: (id: string): string => `id.${id}`,
    },
  },
  "binary greeting": { initialPacket: Uint8Array.of(1, 2, 3) },
  "JSON parser": { parser: PARSER },
  "msgpack parser": { parser: msgpack },
  "published msgpack parser": { parser: publishedMsgpack },
};

/** The options with those that `named` stands for in its place. */
export function resolveNamed({ named, set: _, ...options }: Options): Options {
  return { ...options, ...NAMED[String(named)] };
}

/** What a server is told by its methods before it is served; `undefined` if nothing. */
interface Settings {
  readonly path?: string;
  readonly connectTimeout?: number;
}

/** Whether options have something that is not for the constructor: `{ "set": { "path": "/own" } }`. */
export function hasSettings({ set }: Options): boolean {
  return set !== undefined;
}

/** Tells a server what its options have for its methods. */
export function applySettings(io: Server, { set }: Options): void {
  const { path, connectTimeout }: Settings = set ?? {};
  if (path !== undefined) io.path(path);
  if (connectTimeout !== undefined) io.connectTimeout(connectTimeout);
}

/** Registers what tells of ends, and moves sockets by the adapter. */
export function setupOptions(io: Server, report: Report): void {
  io.engine.on("connection", (conn: EngineSocket) => {
    const { searchParams } = new URL(String(conn.request.url), "http://host");
    if (searchParams.get("watch") !== "ends") return;
    const tag = searchParams.get("tag") ?? "";
    conn.on("close", (reason, description) => {
      report({ kind: "engine close", tag, reason, ...describe(description) });
    });
  });
  io.engine.on("headers", (_headers: unknown, request: RequestHead) => {
    tellRequest(request, report);
  });
  io.on("connection", (socket: Socket) => {
    socket.on("move by adapter", async (room: string, ack: Ack) => {
      ack(await moveByAdapter(socket, room));
    });
    if (socket.handshake.query["watch"] === "ends") tellEnds(socket, report);
  });
}

/** What a request brings, when it asks for that to be told. */
function tellRequest({ url, method, headers }: RequestHead, report: Report): void {
  const { searchParams } = new URL(String(url), "http://host");
  if (searchParams.get("watch") !== "requests") return;
  const tag = searchParams.get("tag") ?? "";
  const transport = searchParams.get("transport");
  report({ kind: "request", tag, method, transport, cookie: headers["cookie"] ?? null });
}

/** What the adapter tells of a socket that it moves, to the point where it has forgotten it. */
async function moveByAdapter({ id, nsp: { adapter } }: Socket, room: string): Promise<Options> {
  await adapter.addAll(id, new Set([room, `${room} too`]));
  const joined = [...adapter.socketRooms(id) ?? []];
  const members = adapter.rooms.get(`${room} too`)?.size;
  await adapter.del(id, `${room} too`);
  const left = [...adapter.sids.get(id) ?? []];
  const emptied = !adapter.rooms.has(`${room} too`);
  adapter.delAll(id);
  const forgotten = adapter.socketRooms(id) === undefined && !adapter.rooms.has(room);
  const servers = await adapter.serverCount();
  return { joined, members, left, emptied, forgotten, servers };
}

function tellEnds(socket: Socket, report: Report): void {
  const tag = String(socket.handshake.query["tag"]);
  for (const event of ["disconnecting", "disconnect"]) {
    socket.on(event, (reason: string, description?: unknown) => {
      report({ kind: `${event} in full`, tag, reason, ...describe(description) });
    });
  }
}

/** What is told of the cause of an end, as values that JSON can carry. */
function describe(description: unknown): Options {
  if (description === undefined) return { description: "none" };
  if (!(description instanceof Error)) return { description: String(description) };
  return { description: "an Error", message: description.message };
}

/** The rules that the query of a request asks for; without, none. */
function corsByQuery(request: { readonly url?: string }, answer: Answer): void {
  const { searchParams } = new URL(String(request.url), "http://host");
  const rules = JSON.parse(searchParams.get("cors") ?? '{"origin":false}');
  answer(null, "origin" in rules ? { ...rules, origin: readOrigin(rules.origin) } : rules);
}

/** An origin as JSON carries it: `{ pattern }` is a RegExp, `{ only }` a function. */
function readOrigin(origin: unknown): unknown {
  if (Array.isArray(origin)) return origin.map(readOrigin);
  if (typeof origin !== "object" || origin === null) return origin;
  const { pattern, only } = origin as { readonly pattern?: string; readonly only?: string };
  if (pattern !== undefined) return new RegExp(pattern);
  return (asking: string | undefined, allow: Answer): void => allow(null, asking === only);
}
