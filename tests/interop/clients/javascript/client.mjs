// deno-lint-ignore-file explicit-function-return-type -- JavaScript, as Node runs it
/**
 * socket.io-client of any version, by the alias that package.json gives it: `node client.mjs v2.5.0`.
 *
 * - Only what the documentation of each version offers is used: 1.x and 2.x have no `onAny`, so all
 *   listen to the events that the suite names; their credentials are a query, in place of `auth`.
 * - Every `open` has a connection of its own (`forceNew`).
 */
import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";

const EVENTS = ["welcome", "echo", "question", "said", "burst"];
const TRANSPORTS = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

const require = createRequire(import.meta.url);
const alias = process.argv[2];
const version = alias.slice(1);
const isOld = Number.parseInt(version) < 3;
const connectTo = require(alias);
const sockets = new Map();

const ORDERS = { open, join, emit, ask, close, exit: () => process.exit(0) };

function open({ id, url, namespace, transport, auth, reconnect }) {
  const options = {
    forceNew: true,
    transports: TRANSPORTS[transport],
    reconnection: reconnect,
    reconnectionDelay: 100,
    reconnectionDelayMax: 200,
    ...credentials(auth),
  };
  listen(id, connectTo(url + namespace, options));
}

function join({ id, of, namespace, auth }) {
  listen(id, sockets.get(of).io.socket(namespace, credentials(auth)));
}

function emit({ id, event, args }) {
  sockets.get(id).emit(event, ...args.map(decode));
}

function ask({ id, event, args, ask }) {
  const answer = (...values) => tell("answer", id, { ask, args: values.map(encode) });
  sockets.get(id).emit(event, ...args.map(decode), answer);
}

function close({ id }) {
  const socket = sockets.get(id);
  sockets.delete(id);
  socket?.disconnect();
}

function listen(id, socket) {
  sockets.set(id, socket);
  socket.on("connect", () => tell("connect", id, { sid: socket.id }));
  socket.on("disconnect", (reason) => tell("disconnect", id, { reason }));
  if (isOld) socket.on("error", (data) => tell("refused", id, { data: plain(data) }));
  socket.on("connect_error", (error) => {
    // 3.x and 4.x tell here of both: a transport that failed, and a server that refused.
    const isFault = isOld || error.type === "TransportError" || error.message === "timeout";
    if (isFault) tell("fault", id, { text: String(error) });
    else tell("refused", id, { data: plain(error) });
  });
  for (const event of EVENTS) socket.on(event, (...args) => hear(id, event, args));
}

function hear(id, event, args) {
  const answer = typeof args.at(-1) === "function" ? args.pop() : undefined;
  tell("event", id, { event, args: args.map(encode) });
  answer?.(...args);
}

function credentials(auth) {
  if (!isOld) return { auth };
  const pairs = Object.entries(auth).map((pair) => pair.map(encodeURIComponent).join("="));
  return { query: pairs.join("&") };
}

/** What JSON shows of an error, too. */
function plain(value) {
  if (!(value instanceof Error)) return value;
  return { message: value.message, ...(value.data === undefined ? {} : { data: value.data }) };
}

function encode(value) {
  if (value instanceof ArrayBuffer) return encode(Buffer.from(value));
  if (ArrayBuffer.isView(value)) return { $bytes: Buffer.from(value).toString("hex") };
  return mapParts(value, encode);
}

function decode(value) {
  if (typeof value?.$bytes === "string") return Buffer.from(value.$bytes, "hex");
  return mapParts(value, decode);
}

function mapParts(value, map) {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]));
}

function tell(what, id, details) {
  process.stdout.write(`${JSON.stringify({ tell: what, id, ...details })}\n`);
}

process.on("uncaughtException", (error) => tell("fault", undefined, { text: String(error.stack) }));
tell("ready", undefined, { client: "socket.io-client", version });
const orders = createInterface({ input: process.stdin });
orders.on("line", (line) => {
  const order = JSON.parse(line);
  try {
    ORDERS[order.do](order);
  } catch (error) {
    tell("fault", order.id, { text: String(error.stack) });
  }
});
orders.on("close", ORDERS.exit);
