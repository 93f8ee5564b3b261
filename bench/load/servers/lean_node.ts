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

const all = new Set<JoiningPeer>();
const waiting: JoiningPeer[] = [];
let broadcasts: Buffer[] = [];
let isScheduled = false;

class JoiningPeer implements Peer {
  head?: string;
  readonly stream: Duplex;
  /** All that it gets in this turn, once it got something of its own. */
  frames: Buffer[] | undefined;

  constructor(stream: Duplex) {
    this.stream = stream;
  }

  send(data: string | Uint8Array): void {
    if (this.frames === undefined) {
      this.frames = [...broadcasts];
      waiting.push(this);
      schedule();
    }
    this.frames.push(frameOf(data));
  }
}

function sendAll(text: string): void {
  const frame = frameOf(text);
  for (const { frames } of waiting) frames?.push(frame);
  broadcasts.push(frame);
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
    const shared = Buffer.concat(broadcasts);
    for (const peer of all) if (peer.frames === undefined) peer.stream.write(shared);
    broadcasts = [];
  }
  for (const peer of waiting.splice(0)) {
    const frames = peer.frames ?? [];
    peer.frames = undefined;
    peer.stream.write(frames.length === 1 ? frames[0] : Buffer.concat(frames));
  }
}

function frameOf(data: string | Uint8Array): Buffer {
  const length = typeof data === "string" ? Buffer.byteLength(data) : data.length;
  const start = length < 126 ? 2 : 4; // no workload has 64 KiB
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = typeof data === "string" ? 0x81 : 0x82;
  frame[1] = start === 2 ? length : 126;
  if (start === 4) frame.writeUInt16BE(length, 2);
  if (typeof data === "string") frame.write(data, start);
  else frame.set(data, start);
  return frame;
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
