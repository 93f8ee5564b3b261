/**
 * What the application of the contract uses of `io.engine` and `socket.conn`: members that every
 * server under test has, also those that the published types of the reference hide.
 */
import type { Server, Socket } from "socket.io";
import type { AnyScene, ScenariosOf } from "./play_on_request.ts";

type Listener = (...args: never[]) => void;

/** A packet of Engine.IO. */
export interface Packet {
  readonly type: string;
  readonly data?: unknown;
}

/** What a transport shows of itself. */
export interface Transport {
  readonly name: string;
  readonly writable: boolean;
  readonly readyState: string;
  readonly protocol: number;
  readonly sid: string;
}

/** An engine session; the types of the reference hide some of its members. */
export interface Conn {
  readonly id: string;
  readonly server: unknown;
  readonly protocol: number;
  readonly readyState: string;
  readonly remoteAddress: string;
  request: { readonly url?: string };
  readonly transport: Transport;
  readonly upgraded: boolean;
  readonly upgrading: boolean;
  on(event: string, listener: Listener): Conn;
  once(event: string, listener: Listener): Conn;
  off(event: string, listener: Listener): Conn;
  send(data: unknown, options?: unknown, callback?: unknown): Conn;
  write(data: unknown, options?: unknown, callback?: unknown): Conn;
  close(discard?: boolean): void;
}

/** What a scenario works with. */
export interface EngineScene extends AnyScene {
  readonly io: Server;
  readonly socket: Socket;
  readonly conn: Conn;
  /** Tells the test, in the lines of the session. */
  readonly tell: (line: string) => void;
}

/** Scenarios by name. */
export type EngineScenarios = ScenariosOf<EngineScene>;
