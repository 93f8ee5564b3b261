/**
 * What is used of Bun, as types of our own: those of the package `bun-types` fit them, and nobody has
 * to install it who does not use Bun.
 *
 * Invariants
 * - A member that the entry does not use itself is here only because users' handlers do.
 * - Handlers are declared as methods, so that ones written for the types of Bun fit too.
 *
 * Source: the type declarations of Bun 1.4.5.
 */

/** Binary data as Bun hands it out: `Buffer` where the types of Node or Bun are known. */
export type BunBinary = typeof globalThis extends {
  readonly Buffer: { alloc(size: number): infer NodeBuffer };
} ? NodeBuffer
  : Uint8Array<ArrayBuffer>;

/** Bytes to send. */
export type BunBytes = Uint8Array | DataView | ArrayBuffer;

/** What may be sent over a WebSocket. */
export type BunSendable = string | BunBytes;

/** A WebSocket of `Bun.serve`. */
export interface BunWebSocket<Data = unknown> {
  /** What was given to `server.upgrade`. */
  data: Data;
  /** The address of the peer. */
  readonly remoteAddress: string;
  /** 1 while it is open, 3 afterwards. */
  readonly readyState: 0 | 1 | 2 | 3;
  /** The topics that it is subscribed to. */
  readonly subscriptions: string[];
  /** Sends a message: gives its bytes, -1 when it waits, 0 when it was dropped. */
  send(data: BunSendable, compress?: boolean): number;
  /** Sends text. */
  sendText(data: string, compress?: boolean): number;
  /** Sends bytes. */
  sendBinary(data: BunBytes, compress?: boolean): number;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Ends the connection without a closing handshake. */
  terminate(): void;
  /** Sends a ping. */
  ping(data?: BunSendable): number;
  /** Sends a pong. */
  pong(data?: BunSendable): number;
  /** Sends a message to the other subscribers of a topic. */
  publish(topic: string, data: BunSendable, compress?: boolean): number;
  /** Sends text to the other subscribers of a topic. */
  publishText(topic: string, data: string, compress?: boolean): number;
  /** Sends bytes to the other subscribers of a topic. */
  publishBinary(topic: string, data: BunBytes, compress?: boolean): number;
  /** Subscribes it to a topic. */
  subscribe(topic: string): unknown;
  /** Ends a subscription. */
  unsubscribe(topic: string): unknown;
  /** Whether it is subscribed to a topic. */
  isSubscribed(topic: string): boolean;
  /** Joins what is sent inside the callback into few writes. */
  cork<Result>(callback: (socket: BunWebSocket<Data>) => Result): Result;
  /** Bytes that were sent and not yet taken by the operating system. */
  getBufferedAmount(): number;
}

/** What a handler of WebSockets may give back. */
export type BunHandled = void | Promise<void>;

/** The `websocket` option of `Bun.serve`: handlers and limits for all WebSockets of a server. */
export interface BunWebSocketHandlers<Data = unknown> {
  /** Never read: says what type `data` of the WebSockets has. */
  readonly data?: Data;
  /** The handshake is done. */
  open?(socket: BunWebSocket<Data>): BunHandled;
  /** A message came. */
  message?(socket: BunWebSocket<Data>, message: string | BunBinary): BunHandled;
  /** What had to wait was sent, or some of it. */
  drain?(socket: BunWebSocket<Data>): BunHandled;
  /** It is over. */
  close?(socket: BunWebSocket<Data>, code: number, reason: string): BunHandled;
  /** A ping came. */
  ping?(socket: BunWebSocket<Data>, data: BunBinary): BunHandled;
  /** A pong came. */
  pong?(socket: BunWebSocket<Data>, data: BunBinary): BunHandled;
  /** One of the other handlers threw. */
  error?(error: Error, socket: BunWebSocket<Data>): BunHandled;
  /** The largest message taken from a peer, in bytes. */
  readonly maxPayloadLength?: number;
  /** Bytes that may wait on one WebSocket before messages are dropped; 0 for no limit. */
  readonly backpressureLimit?: number;
  /** Whether a WebSocket is closed at that limit. */
  readonly closeOnBackpressureLimit?: boolean;
  /** Seconds of silence after which a WebSocket is closed, 0 to 960; 0 for never. */
  readonly idleTimeout?: number;
  /** Whether a WebSocket gets what it publishes itself. */
  readonly publishToSelf?: boolean;
  /** Whether silent peers are pinged before `idleTimeout` is over. */
  readonly sendPings?: boolean;
  /** Whether messages may be compressed, and how. */
  readonly perMessageDeflate?: boolean | {
    readonly compress?: BunCompressor | boolean;
    readonly decompress?: BunCompressor | boolean;
  };
}

/** How messages are compressed. */
export type BunCompressor =
  | "disable"
  | "shared"
  | "dedicated"
  | "3KB"
  | "4KB"
  | "8KB"
  | "16KB"
  | "32KB"
  | "64KB"
  | "128KB"
  | "256KB";

/** A server of `Bun.serve`, as its handlers see it. */
export interface BunServer<Data = unknown> {
  /** `"https"` with TLS. */
  readonly protocol: "http" | "https" | null;
  /** The port it listens on, unless it is a Unix socket. */
  readonly port: number | undefined;
  /** The host it listens on, unless it is a Unix socket. */
  readonly hostname: string | undefined;
  /** Its address. */
  readonly url: URL;
  /** Turns a request into a WebSocket; false when it is no valid handshake. */
  upgrade(request: Request, ...options: BunUpgradeOptions<Data>): boolean;
  /** The address of the peer; `null` when it has gone away, and on a Unix socket. */
  requestIP(
    request: Request,
  ): { readonly address: string; readonly family: string; readonly port: number } | null;
  /** Sets the seconds without traffic after which the connection is closed; 0 for never. */
  timeout(request: Request, seconds: number): void;
  /** Sends a message to all subscribers of a topic. */
  publish(topic: string, data: BunSendable, compress?: boolean): number;
  /** How many WebSockets are subscribed to a topic. */
  subscriberCount(topic: string): number;
}

/** What an upgrade is given: it may be left out where the WebSockets have no data. */
export type BunUpgradeOptions<Data> = [Data] extends [undefined]
  ? [options?: { readonly headers?: BunHeaders; readonly data?: Data }]
  : [options: { readonly headers?: BunHeaders; readonly data: Data }];

/** Headers of the answer to an upgrade. */
export type BunHeaders = Headers | Record<string, string> | [string, string][];

/** The parameters in the pattern of a route, by name. */
export type BunRouteParams<Path> = string extends Path ? Record<string, string>
  : Path extends `${string}:${infer Name}/${infer Rest}`
    ? { [Key in Name]: string } & BunRouteParams<Rest>
  : Path extends `${string}:${infer Name}` ? { [Key in Name]: string }
  : Record<never, string>;

/** The cookies of a request to a route; those that are set leave with its answer. */
export interface BunCookies {
  /** The value of a cookie. */
  get(name: string): string | null;
  /** Whether there is one. */
  has(name: string): boolean;
  /** Sets one. */
  set(name: string, value: string): void;
  /** Deletes one. */
  delete(name: string): void;
}

/** A request to a route. */
export interface BunRouteRequest<Path = string> extends Request {
  /** The parameters of the route. */
  readonly params: BunRouteParams<Path>;
  /** The cookies of the request. */
  readonly cookies: BunCookies;
}

/** What answers a request; nothing, when it was upgraded. */
export type BunAnswer = Response | undefined | void | Promise<Response | undefined | void>;

/** Answers the requests to a route. */
export interface BunRouteHandler<Path = string, Data = unknown> {
  /** The request, and the server that it came to. */
  answer(request: BunRouteRequest<Path>, server: BunServer<Data>): BunAnswer;
}

/** The methods that a route may tell apart. */
export type BunMethod = "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD" | "OPTIONS";

/**
 * One of the user's routes: a handler, handlers by method, or whatever else Bun takes, such as a
 * Response, a file, an HTML import, a folder, or `false` for none.
 */
export type BunRoute<Path = string, Data = unknown> =
  | BunRouteHandler<Path, Data>["answer"]
  | { readonly [Method in BunMethod]?: BunRouteHandler<Path, Data>["answer"] | Response }
  | object
  | false;

/** What users have on the same server; all of it keeps working. */
export interface BunHandlers<Data = undefined, Path extends string = string> {
  /** Routes; a more specific one wins over a less specific one, whoever's it is. */
  readonly routes?: { readonly [Pattern in Path]: BunRoute<Pattern, Data> };
  /** Answers what no route takes. Without it such requests get 404. */
  fetch?(request: Request, server: BunServer<Data>): BunAnswer;
  /** Handlers and limits of the WebSockets that are not those of Socket.IO. */
  readonly websocket?: BunWebSocketHandlers<Data>;
  /** The largest body that Bun takes, in bytes. Default: that of Bun, 128 MiB. */
  readonly maxRequestBodySize?: number;
}

/** Options for `Bun.serve`, to be spread among others. */
export interface BunServeOptions<Data = undefined> {
  /** The routes of the user, and the path of the server. */
  readonly routes: Record<string, (request: Request, server: BunServer<Data>) => BunAnswer>;
  /** Answers what no route takes. */
  fetch(request: Request, server: BunServer<Data>): BunAnswer;
  /** Serves all WebSockets. */
  readonly websocket: BunWebSocketHandlers<Data>;
  /** The largest body that Bun takes, in bytes; there when it must differ from Bun's. */
  readonly maxRequestBodySize?: number;
}
