/** What an operator asks of its namespace, written down. */
import type { AckCallback } from "../../src/socket/acks.ts";
import type { Selection, SocketDetails } from "../../src/socket/adapter.ts";
import type {
  Broadcast,
  EventArgs,
  FoundSocket,
  OperatorHome,
} from "../../src/socket/broadcast_operator.ts";

/** A home that does nothing but remember; it finds what it is told to. */
export class RecordingHome implements OperatorHome {
  readonly sent: [EventArgs, Broadcast][] = [];
  readonly asked: [EventArgs, Broadcast, AckCallback][] = [];
  /** What was asked about many sockets at once. */
  readonly bulk: unknown[][] = [];
  /** What was told of users' code. */
  readonly failures: unknown[] = [];
  /** What there is to find. */
  readonly found: FoundSocket[] = [];

  handlerFailed(error: unknown): void {
    this.failures.push(error);
  }

  broadcast(args: EventArgs, broadcast: Broadcast): void {
    this.sent.push([args, broadcast]);
  }

  broadcastWithAck(args: EventArgs, broadcast: Broadcast, callback: AckCallback): void {
    this.asked.push([args, broadcast, callback]);
  }

  findSelected(selection: Selection): Promise<FoundSocket[]> {
    this.bulk.push(["find", selection]);
    return Promise.resolve(this.found);
  }

  joinSelected(selection: Selection, rooms: readonly string[]): void {
    this.bulk.push(["join", selection, rooms]);
  }

  leaveSelected(selection: Selection, rooms: readonly string[]): void {
    this.bulk.push(["leave", selection, rooms]);
  }

  disconnectSelected(selection: Selection, close: boolean): void {
    this.bulk.push(["disconnect", selection, close]);
  }
}

/** What another node may tell of a socket. */
export function socketDetails(id: string): SocketDetails {
  return {
    id,
    handshake: {
      headers: { host: "node-2.example" },
      time: "Tue Nov 14 2023",
      address: "203.0.113.7",
      xdomain: false,
      secure: true,
      issued: 1_700_000_000_000,
      url: "/socket.io/?EIO=4&transport=polling",
      query: { EIO: "4" },
      auth: { token: "x" },
    },
    rooms: [id, "a"],
    data: { name: "Ada" },
  };
}
