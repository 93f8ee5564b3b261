/**
 * The lean core behind the receiver of `ws`, on Node or on Deno. What a connection gets in a turn of the
 * event loop leaves in one write; those that got only broadcasts share the bytes of all.
 */
import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import { type RawData, WebSocketServer } from "ws";
import { serveHttp } from "./http.ts";
import { greet, type Peer, receive } from "./lean_core.ts";

type Data = string | Uint8Array;

const all = new Set<JoiningPeer>();
const waiting: JoiningPeer[] = [];
let broadcasts: Data[] = [];
let isScheduled = false;

class JoiningPeer implements Peer {
  head?: string;
  readonly stream: Duplex;
  /** All that it gets in this turn, once it got something of its own. */
  queue: Data[] | undefined;

  constructor(stream: Duplex) {
    this.stream = stream;
  }

  send(data: Data): void {
    if (this.queue === undefined) {
      this.queue = [...broadcasts];
      waiting.push(this);
      schedule();
    }
    this.queue.push(data);
  }
}

function sendAll(text: string): void {
  for (const { queue } of waiting) queue?.push(text);
  broadcasts.push(text);
  schedule();
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(flush);
}

function flush(): void {
  isScheduled = false;
  if (broadcasts.length > 0) {
    const shared = framesOf(broadcasts);
    for (const peer of all) if (peer.queue === undefined) peer.stream.write(shared);
    broadcasts = [];
  }
  for (const peer of waiting.splice(0)) {
    peer.stream.write(framesOf(peer.queue ?? []));
    peer.queue = undefined;
  }
}

/** The frames of all of it, one after the other; no workload has one of 64 KiB. */
function framesOf(queue: readonly Data[]): Buffer {
  let size = 0;
  for (const data of queue) size += 4 + lengthOf(data);
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  for (const data of queue) {
    const length = lengthOf(data);
    frames[at++] = typeof data === "string" ? 0x81 : 0x82;
    frames[at++] = length < 126 ? length : 126;
    if (length >= 126) at = frames.writeUInt16BE(length, at);
    if (typeof data === "string") frames.write(data, at);
    else frames.set(data, at);
    at += length;
  }
  return frames.subarray(0, at);
}

function lengthOf(data: Data): number {
  return typeof data === "string" ? Buffer.byteLength(data) : data.length;
}

function textOf(data: RawData): string {
  return (data as Buffer).toString(); // a Buffer, unless another type was asked for
}

serveHttp((server) => {
  const webSockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, stream, head) => {
    webSockets.handleUpgrade(request, stream, head, (socket) => {
      const peer = new JoiningPeer(stream);
      all.add(peer);
      socket.on("close", () => all.delete(peer));
      socket.on("message", (data, isBinary) => {
        receive(peer, isBinary ? data as Buffer : textOf(data), sendAll);
      });
      greet(peer);
    });
  });
});
