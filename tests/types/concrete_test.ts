/**
 * Compile-only proof that classes without generics can implement the public ones, with `unknown[]`
 * where those have tuples, and that they then fit wherever a user states types.
 */
import { assert, assertEquals, assertInstanceOf, assertStrictEquals, fail } from "@std/assert";
import type { ServerCounters } from "../../src/base/incidents.ts";
import type { HandlerErrorSink } from "../../src/base/invoke.ts";
import type { RequestHead } from "../../src/engine/handshake_info.ts";
import type { Engine, EngineSocket } from "../../src/engine/api.ts";
import type { Adapter, AdapterFactory } from "../../src/socket/adapter.ts";
import {
  BaseServer as Server,
  type Client,
  type HandlerMode,
  Namespace,
  type NamespaceMiddleware,
  type ParentNspNameMatchFn,
  Socket,
} from "../../src/socket/api.ts";
import { Broadcaster, BroadcastOperator, type RemoteSocket } from "../../src/socket/broadcaster.ts";
import type { BufferingOptions, DrainedOptions } from "../../src/socket/buffering.ts";
import type { Handshake } from "../../src/socket/handshake.ts";
import type {
  DefaultEventsMap,
  Event,
  EventsMap,
  Untyped,
  UntypedListener,
} from "../../src/socket/events.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { TypedEmitter } from "../../src/socket/typed_emitter.ts";
import { LocalOperator, type Names } from "./concrete_operator.ts";
import { compiles } from "./expect.ts";

interface Listen {
  hello: (name: string) => void;
  save: (id: number, done: (ok: boolean) => void) => void;
}

interface Emit {
  notice: (text: string) => void;
  question: (text: string, answer: (value: number) => void) => void;
}

interface Data {
  name: string;
}

class LocalSocket extends Socket {
  declare readonly adapter: Adapter;
  get bufferedAmount(): number {
    return 0;
  }
  get writable(): boolean {
    return true;
  }
  drained(_options?: DrainedOptions): Promise<void> {
    return Promise.resolve();
  }
  buffering(_options: BufferingOptions): this {
    return this;
  }
  declare leaveAll: () => void;
  readonly id: string = "x";
  declare readonly nsp: LocalNamespace;
  get server(): LocalServer {
    return this.nsp.server;
  }
  declare readonly client: Client;
  get conn(): EngineSocket {
    return this.client.conn;
  }
  get request(): RequestHead {
    return this.client.request;
  }
  declare readonly handshake: Handshake;
  declare readonly signal: AbortSignal;
  readonly recovered = false;
  data: Untyped = {};
  connected = false;
  get disconnected(): boolean {
    return !this.connected;
  }
  get rooms(): Set<string> {
    return new Set();
  }
  emit(_event: string | symbol, ..._args: unknown[]): boolean {
    return true;
  }
  emitWithAck(_event: string | symbol, ..._args: unknown[]): Promise<Untyped> {
    return Promise.resolve(1);
  }
  send(..._args: unknown[]): this {
    return this;
  }
  write(..._args: unknown[]): this {
    return this;
  }
  join(_rooms: Names): Promise<void> | void {}
  leave(_rooms: string): Promise<void> | void {}
  to(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  in(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  except(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  get broadcast(): LocalOperator {
    return new LocalOperator();
  }
  get local(): LocalOperator {
    return new LocalOperator();
  }
  get volatile(): this {
    return this;
  }
  compress(_c: boolean): this {
    return this;
  }
  timeout(_ms: number): this {
    return this;
  }
  withSignal(_signal: AbortSignal): this {
    return this;
  }
  handlerMode(_mode: HandlerMode): this {
    return this;
  }
  disconnect(_close?: boolean): this {
    return this;
  }
  use(_fn: (event: Event, next: (err?: Error) => void) => void): this {
    return this;
  }
  onAny(_listener: UntypedListener): this {
    return this;
  }
  prependAny(_listener: UntypedListener): this {
    return this;
  }
  offAny(_listener?: UntypedListener): this {
    return this;
  }
  listenersAny(): UntypedListener[] {
    return [];
  }
  onAnyOutgoing(_listener: UntypedListener): this {
    return this;
  }
  prependAnyOutgoing(_listener: UntypedListener): this {
    return this;
  }
  offAnyOutgoing(_listener?: UntypedListener): this {
    return this;
  }
  listenersAnyOutgoing(): UntypedListener[] {
    return [];
  }
}
class ClosingSocket extends LocalSocket {
  close(sink: HandlerErrorSink): boolean {
    this.emitReserved(sink, "disconnecting", "ping timeout");
    this.emitReserved(sink, "error", new Error("refused"));
    // @ts-expect-error not a reason
    this.emitReserved(sink, "disconnect", "because");
    return this.emitUntyped(sink, "hello", [1, "two"]);
  }
}

class LocalNamespace extends Namespace {
  declare fetchSockets: () => Promise<RemoteSocket<DefaultEventsMap, Untyped>[]>;
  declare socketsJoin: (room: Names) => void;
  declare socketsLeave: (room: Names) => void;
  declare disconnectSockets: (close?: boolean) => void;
  declare allSockets: () => Promise<Set<string>>;
  readonly name = "/";
  buffering(_options: BufferingOptions): this {
    return this;
  }
  readonly sockets: Map<string, LocalSocket> = new Map();
  declare readonly adapter: Adapter;
  declare readonly server: LocalServer;
  use(_fn: NamespaceMiddleware): this {
    return this;
  }
  handlerMode(_mode: HandlerMode): this {
    return this;
  }
  to(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  in(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  except(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  get local(): LocalOperator {
    return new LocalOperator();
  }
  get volatile(): LocalOperator {
    return new LocalOperator();
  }
  compress(_c: boolean): LocalOperator {
    return new LocalOperator();
  }
  timeout(_ms: number): LocalOperator {
    return new LocalOperator();
  }
  withSignal(_signal: AbortSignal): LocalOperator {
    return new LocalOperator();
  }
  emit(_event: string | symbol, ..._args: unknown[]): boolean {
    return true;
  }
  send(..._args: unknown[]): this {
    return this;
  }
  write(..._args: unknown[]): this {
    return this;
  }
  serverSideEmit(_event: string | symbol, ..._args: unknown[]): boolean {
    return true;
  }
  serverSideEmitWithAck(_event: string | symbol, ..._args: unknown[]): Promise<Untyped[]> {
    return Promise.resolve([]);
  }
}
class LocalServer extends Server {
  declare fetchSockets: () => Promise<RemoteSocket<DefaultEventsMap, Untyped>[]>;
  declare socketsJoin: (room: Names) => void;
  declare socketsLeave: (room: Names) => void;
  declare disconnectSockets: (close?: boolean) => void;
  declare allSockets: () => Promise<Set<string>>;
  declare readonly sockets: LocalNamespace;
  declare readonly engine: Engine;
  declare readonly counters: ServerCounters;
  of(_name: string | RegExp | ParentNspNameMatchFn, _l?: (socket: Socket) => void): LocalNamespace {
    return this.sockets;
  }
  use(_fn: NamespaceMiddleware): this {
    return this;
  }
  buffering(_options: BufferingOptions): this {
    return this;
  }
  handlerMode(_mode: HandlerMode): this {
    return this;
  }
  path(): string;
  path(value: string): this;
  path(value?: string): string | this {
    return value === undefined ? "" : this;
  }
  adapter(): AdapterFactory;
  adapter(factory: AdapterFactory): this;
  adapter(factory?: AdapterFactory): AdapterFactory | this {
    return factory === undefined ? memoryAdapter : this;
  }
  serveClient(): boolean;
  serveClient(value: boolean): this;
  serveClient(value?: boolean): boolean | this {
    return value === undefined ? false : this;
  }
  connectTimeout(): number;
  connectTimeout(value: number): this;
  connectTimeout(value?: number): number | this {
    return value === undefined ? 1 : this;
  }
  to(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  in(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  except(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  get local(): LocalOperator {
    return new LocalOperator();
  }
  get volatile(): LocalOperator {
    return new LocalOperator();
  }
  compress(_c: boolean): LocalOperator {
    return new LocalOperator();
  }
  timeout(_ms: number): LocalOperator {
    return new LocalOperator();
  }
  withSignal(_signal: AbortSignal): LocalOperator {
    return new LocalOperator();
  }
  emit(_event: string | symbol, ..._args: unknown[]): boolean {
    return true;
  }
  send(..._args: unknown[]): this {
    return this;
  }
  write(..._args: unknown[]): this {
    return this;
  }
  serverSideEmit(_event: string | symbol, ..._args: unknown[]): boolean {
    return true;
  }
  serverSideEmitWithAck(_event: string | symbol, ..._args: unknown[]): Promise<Untyped[]> {
    return Promise.resolve([]);
  }
  fetch(_request: Request, _info?: unknown): Response {
    return new Response();
  }
  close(_fn?: (err?: Error) => void): Promise<void> {
    return Promise.resolve();
  }
}

abstract class GenericServer<
  L extends EventsMap = DefaultEventsMap,
  E extends EventsMap = L,
  S extends EventsMap = DefaultEventsMap,
  D = Untyped,
> extends Server<L, E, S, D> {
  of(
    _name: string | RegExp | ParentNspNameMatchFn,
    _listener?: (socket: Socket<L, E, S, D>) => void,
  ): Namespace<L, E, S, D> {
    return this.sockets;
  }
  use(_fn: NamespaceMiddleware<L, E, S, D>): this {
    return this;
  }
  to(_room: Names): LocalOperator {
    return new LocalOperator();
  }
  get volatile(): LocalOperator {
    return new LocalOperator();
  }
  timeout(_ms: number): LocalOperator {
    return new LocalOperator();
  }
  withSignal(_signal: AbortSignal): LocalOperator {
    return new LocalOperator();
  }
  emit(_event: string | symbol, ..._args: unknown[]): boolean {
    return true;
  }
  send(..._args: unknown[]): this {
    return this;
  }
  serverSideEmit(_event: string | symbol, ..._args: unknown[]): boolean {
    return true;
  }
  serverSideEmitWithAck(_event: string | symbol, ..._args: unknown[]): Promise<Untyped[]> {
    return Promise.resolve([]);
  }
}

Deno.test("Classes without generics implement Socket, Namespace and Server", () => {
  const socket = new LocalSocket();
  assertInstanceOf(socket, Socket);
  assertInstanceOf(socket, TypedEmitter);
  assertInstanceOf(new LocalNamespace(), Namespace);
  const server = new LocalServer();
  assertInstanceOf(server, Server);
  assertInstanceOf(server, Broadcaster);
  assertInstanceOf(new LocalOperator(), BroadcastOperator);
});

Deno.test("Abstract properties leave no field behind", () => {
  assertEquals(Object.keys(new LocalSocket()), ["id", "recovered", "data", "connected"]);
});

Deno.test("Classes that extend Socket can fire its reserved events", () => {
  const socket = new ClosingSocket();
  const heard: unknown[] = [];
  socket.on("disconnecting", (reason) => heard.push(reason));
  socket.on("hello", (...args) => heard.push(args));
  assert(socket.close({ handlerFailed: fail }));
  assertEquals(heard, ["ping timeout", [1, "two"]]);
  // @ts-expect-error users cannot
  compiles((user: Socket) => user.emitReserved({ handlerFailed: fail }, "disconnect", "any"));
});

Deno.test("Classes without generics fit where a user states types", () => {
  compiles((server: LocalServer) => {
    const unchecked: Server = server;
    const typed: Server<Listen, Emit, DefaultEventsMap, Data> = server;
    return [unchecked, typed];
  });
  compiles((socket: LocalSocket) => {
    const unchecked: Socket = socket;
    const typed: Socket<Listen, Emit, DefaultEventsMap, Data> = socket;
    return [unchecked, typed];
  });
  compiles((namespace: LocalNamespace) => {
    const unchecked: Namespace = namespace;
    const typed: Namespace<Listen, Emit, DefaultEventsMap, Data> = namespace;
    return [unchecked, typed];
  });
});

Deno.test("A Server with generics is implemented by classes without them", () => {
  assertStrictEquals(Object.getPrototypeOf(GenericServer), Server);
  compiles((io: GenericServer<Listen, Emit, DefaultEventsMap, Data>) => {
    const typed: Server<Listen, Emit, DefaultEventsMap, Data> = io;
    const other: GenericServer = io;
    return [typed, other];
  });
});

Deno.test("Socket narrows a value of unknown type", () => {
  compiles((value: unknown) => {
    if (value instanceof Socket) return value.id.length;
  });
});
