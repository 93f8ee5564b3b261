/**
 * The part of the contract's application that sends more than a slow client reads.
 *
 * - What is here has no like in the reference: cases that use it need a capability.
 */
import type { Socket } from "socket.io";
import type { BufferingOptions, Socket as OwnSocket } from "@godwit/io/node";
import { flood } from "../support/flood.ts";

type Ack = (...answer: unknown[]) => void;
type Tell = (kind: string, details?: Readonly<Record<string, unknown>>) => void;

/** Registers the handlers on a socket that has just connected. */
export function onOutbound(typed: Socket, tell: Tell): void {
  // The application is typed by the reference; cases that come here run on this package alone.
  const socket = typed as unknown as OwnSocket;
  socket.on("flood", () => flood(socket, (sent) => tell("flooded", { sent })));
  socket.on("limit me", (options: BufferingOptions, ack?: Ack) => {
    socket.buffering(options);
    ack?.();
  });
  socket.on("number me", (count: number, padding: number, each: number) => {
    numbers({ socket, count, each }, "x".repeat(padding), tell);
  });
  socket.on("ask until lost", (padding: number) => askUntilLost(socket, padding, tell));
  socket.on("pour politely", async (count: number, bytes: number, ack: Ack) => {
    let most = 0;
    for (let index = 0; index < count; index++) {
      socket.emit("drop", index, new Uint8Array(bytes));
      most = Math.max(most, socket.bufferedAmount);
      await socket.drained();
    }
    ack(most);
  });
}

/** Asks a client that reads nothing, until a question is dropped, and tells what became of its answer. */
function askUntilLost(socket: OwnSocket, padding: number, tell: Tell): void {
  const text = "x".repeat(padding);
  let isOver = false;
  const lost = (error: { readonly code?: string; readonly reason?: string }): void => {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    const { code, reason } = error;
    tell("question lost", { code, reason, connected: socket.connected });
  };
  const timer = setInterval(() => {
    for (let count = 0; count < 20; count++) socket.emitWithAck("question", text).catch(lost);
  }, 1);
}

/** Numbers that are emitted, so many in a turn. */
interface Counting {
  readonly socket: OwnSocket;
  readonly count: number;
  readonly each: number;
}

/** Emits numbers, and tells the most that has waited between turns. */
function numbers({ socket, count, each }: Counting, text: string, tell: Tell): void {
  let next = 0;
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, socket.bufferedAmount);
    if (socket.connected && next < count) {
      for (let sent = 0; sent < each && next < count; sent++) socket.emit("number", next++, text);
      return;
    }
    clearInterval(timer);
    tell("numbered", { most, connected: socket.connected });
  }, 1);
}
