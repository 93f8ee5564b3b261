/**
 * A Socket.IO server that knows how to parse, dispatch, acknowledge and broadcast, and nothing else: what
 * a message costs at the least. No rooms, middleware, limits, heartbeat or checks: not for use.
 */

type Data = string | Uint8Array;

/** A connection, as the framing below hands it in. */
export interface Peer {
  /** The head of an event whose attachment has not come. */
  head?: string;
  send(data: Data): void;
}

const OPEN = { upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 };
let lastId = 0;

/** Greets a connection. */
export function greet(peer: Peer): void {
  peer.send(`0${JSON.stringify({ sid: String(++lastId), ...OPEN })}`);
}

/** Takes a frame; `sendAll` is how the framing sends to everybody. */
export function receive(peer: Peer, data: Data, sendAll: (text: string) => void): void {
  if (typeof data !== "string") return attach(peer, data);
  if (data.startsWith("42")) return dispatch(peer, data, sendAll);
  if (data.startsWith("451-")) peer.head = data;
  else if (data === "40") peer.send(`40{"sid":"${++lastId}"}`);
}

function dispatch(peer: Peer, data: string, sendAll: (text: string) => void): void {
  const start = data.indexOf("[");
  const [event, value] = JSON.parse(data.slice(start));
  switch (event) {
    case "echo":
      return peer.send(`42${JSON.stringify([event, value])}`);
    case "ack":
      return peer.send(`43${data.slice(2, start)}${JSON.stringify([value])}`);
    case "bcast":
      return sendAll(`42${JSON.stringify([event, value])}`);
  }
}

function attach(peer: Peer, attachment: Uint8Array): void {
  const args: unknown[] = JSON.parse(peer.head?.slice(4) ?? "[]");
  peer.send(`451-${JSON.stringify(args)}`);
  peer.send(attachment);
}
