/**
 * The part of the contract's application that tells what the server has counted.
 *
 * - The reference counts nothing: it is asked by no case.
 */
import { inspect } from "node:util";
import type { Server, Socket } from "socket.io";

type Ack = (answer: unknown) => void;

/** What ours shows beside the reference. */
interface Counting {
  readonly counters: { get(name: string, cause: string): number };
  readonly health: object;
  readonly engine: { readonly lingeringCount: number; readonly clientsCount: number };
}

/** Registers what tells of counts. */
export function setupLimits(io: Server): void {
  // The types are those of the reference, the object may be ours.
  const { counters, engine, health } = io as unknown as Counting;
  io.on("connection", (socket: Socket) => {
    socket.on("counter", (name: string, cause: string, ack: Ack) => ack(counters.get(name, cause)));
    socket.on("show state", (ack: Ack) => {
      ack([inspect(health), inspect(counters), JSON.stringify({ health, counters })]);
    });
    socket.on("connections", (ack: Ack) => ack([engine.clientsCount, engine.lingeringCount]));
  });
}
