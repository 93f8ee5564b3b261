/**
 * The options of a server, as users write them.
 *
 * Invariants
 * - Names, units and defaults are those of socket.io 4.8; what is new is marked so.
 * - Each `@default` equals the default in the rule table of `options.ts`; a test compares them.
 */
import type { Parser } from "../wire/parser_codec.ts";
import type { Logger } from "../base/log.ts";
import type { AllowRequest } from "../engine/allow_request.ts";
import type { CookieOptions } from "../engine/cookie.ts";
import type { CorsOptions, CorsOptionsDelegate } from "../engine/cors_options.ts";
import type { RequestHead } from "../engine/handshake_info.ts";
import type { BufferPolicy, TransportName } from "../session/ports.ts";
import type { AdapterFactory } from "../socket/adapter.ts";
import type { HandlerMode, Socket } from "../socket/api.ts";
import type { DefaultEventsMap, Untyped } from "../socket/events.ts";
import type { Limits } from "./limits.ts";

/**
 * What can be set when a server is made. Everything is optional.
 *
 * @typeParam Req the kind of request that functions among the options are given
 * @typeParam AnySocket the type of the sockets that they are given
 * @example
 * ```ts
 * import { Server, type ServerOptions } from "@godwit/io";
 * import { assertThrows } from "@std/assert";
 *
 * const io = new Server({ cors: { origin: "https://app.example" }, pingInterval: 10_000 });
 *
 * // wrong values and near misses of names are refused, all in one message
 * const wrong: ServerOptions = JSON.parse('{ "pingInterval": "10s", "pingTimeOut": 5000 }');
 * assertThrows(() => new Server(wrong), TypeError, "2 faults");
 * ```
 */
export interface ServerOptions<
  Req extends RequestHead = RequestHead,
  AnySocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped, Req>,
> {
  /**
   * The path that clients ask for, with a leading slash; they have an option of the same name.
   *
   * @default {"/socket.io"}
   */
  readonly path?: string;
  /**
   * Whether the path ends with a slash: `/socket.io/` rather than `/socket.io`.
   *
   * @default {true}
   */
  readonly addTrailingSlash?: boolean;
  /**
   * The transports that clients may use, `"polling"`, `"websocket"` or both.
   *
   * @default {["polling", "websocket"]}
   */
  readonly transports?: readonly TransportName[];
  /**
   * Whether a polling client may move to a WebSocket.
   *
   * @default {true}
   */
  readonly allowUpgrades?: boolean;
  /**
   * Whether clients of Socket.IO 1 and 2 are let in, which speak revision 3 of Engine.IO. What they
   * have to go without is in docs/protocol.md.
   *
   * @default {false}
   */
  readonly allowEIO3?: boolean;
  /**
   * Time from a pong to the next ping, in milliseconds, 1 to 2,147,483,647. The first ping of a
   * session may be early by a tenth of it. A client of revision 3 pings itself, this often, and may be
   * silent for this and `pingTimeout` together.
   *
   * @default {25000}
   */
  readonly pingInterval?: number;
  /**
   * Time in which a client must answer a ping, in milliseconds, 1 to 2,147,483,647. One that does not is
   * disconnected with the reason `"ping timeout"`, `pingInterval` and this after its last sign of life
   * at the latest, which is when one of revision 3 is. Clients are told both at the handshake.
   *
   * @default {20000}
   */
  readonly pingTimeout?: number;
  /**
   * Time in which an upgrade to WebSocket must be finished, in milliseconds, 1 to 2,147,483,647. After
   * it the WebSocket is closed, and the client goes on polling.
   *
   * @default {10000}
   */
  readonly upgradeTimeout?: number;
  /**
   * Time in which a client must have joined a namespace, in milliseconds, 1 to 2,147,483,647. As long
   * may functions of yours take that decide on a request: `allowRequest`, `generateId`, those of
   * `cors`, and middlewares of the engine.
   *
   * @default {45000}
   */
  readonly connectTimeout?: number;
  /**
   * The largest message taken from a client, in bytes, from 1: the body of a POST, or a WebSocket
   * message. It is announced as `maxPayload`, and is where answers to polls are cut.
   *
   * @default {1000000}
   */
  readonly maxHttpBufferSize?: number;
  /**
   * New. Time in which the body of a POST must have come, in milliseconds, 1 to 2,147,483,647.
   *
   * @default {20000}
   */
  readonly bodyTimeout?: number;
  /**
   * New. Time in which a session that is being closed must have sent what was queued, and on the Node
   * entry also that in which a peer must answer the closing handshake of its WebSocket, in
   * milliseconds, 1 to 2,147,483,647. The session of a client above one of the `limits` has a second
   * at most.
   *
   * @default {30000}
   */
  readonly closeTimeout?: number;
  /**
   * New. Bytes that may wait for a client that does not read them, from 1 or `Infinity`; above that
   * `bufferPolicy` decides. With `"close"` what one turn of the event loop emits may be larger; a client
   * that then falls further behind is closed. `buffering()` sets it for a namespace or a socket.
   *
   * @default {16777216}
   */
  readonly maxBufferedBytes?: number;
  /**
   * New. Packets that may wait for a client that does not read them, from 1 or `Infinity`; an event with
   * its attachments is one. Otherwise as `maxBufferedBytes`.
   *
   * @default {Infinity}
   */
  readonly maxBufferedPackets?: number;
  /**
   * New. What happens above `maxBufferedBytes` and `maxBufferedPackets`: `"close"` ends the connection
   * with the reason "transport error"; `"dropOldest"` and `"dropNewest"` drop events that wait, but for
   * one that waits alone, and end the connection when all that waits must not be dropped.
   *
   * @default {"close"}
   */
  readonly bufferPolicy?: BufferPolicy;
  /**
   * New. Bytes that one connection may make the server hold, from 1 or `Infinity`: bodies that are being
   * read, attachments whose packet is not complete, what clients gave as `auth`, an upgrade under way,
   * and what waits to be sent. A connection beyond is ended. When it is not given: 67,108,864, or the sum
   * of `maxHttpBufferSize`, `maxAttachmentsBytes` and `maxBufferedBytes` where that is more.
   *
   * @default {undefined}
   */
  readonly maxConnectionMemory?: number;
  /**
   * New. Attachments of one binary packet from a client, 0 to 1,000.
   *
   * @default {10}
   */
  readonly maxAttachments?: number;
  /**
   * New. Bytes of all attachments of one binary packet from a client, from 1. When it is not given:
   * five times `maxHttpBufferSize`.
   *
   * @default {undefined}
   */
  readonly maxAttachmentsBytes?: number;
  /**
   * Whether a namespace that has come into being by `io.of(RegExp | function)` goes when its last client
   * has gone: its adapter is closed, and the next client that asks for the name gets a new one. One that
   * your code makes by `io.of(name)` stays until a client has come and gone.
   *
   * @default {false}
   */
  readonly cleanupEmptyChildNamespaces?: boolean;
  /**
   * New. Namespaces that one client may be in or have asked for, 1 to 1,000,000; one that asks for more
   * is closed. The main one, which clients of revision 3 join unasked, does not count for them.
   *
   * @default {1000}
   */
  readonly maxNamespaces?: number;
  /**
   * New. Namespaces that clients may bring into being by the rules of `io.of(RegExp | function)`, from 1
   * or `Infinity`; further ones are refused as "Invalid namespace".
   *
   * @default {10000}
   */
  readonly maxDynamicNamespaces?: number;
  /**
   * New. Sessions that have joined no namespace, from 1 or `Infinity`; while there are so many, new ones
   * are answered with 503 and `Retry-After`.
   *
   * @default {10000}
   */
  readonly maxPendingSessions?: number;
  /**
   * New. Connections in all, from 1 or `Infinity`: sessions, handshakes that are not decided, and
   * WebSockets that this side has closed and the runtime has not. Above it a handshake is answered with
   * 503 and `Retry-After`. It counts for this process; a WebSocket that takes over from polling does not
   * count beside its session.
   *
   * @default {Infinity}
   */
  readonly maxConnections?: number;
  /**
   * New. Which proxies are believed about the address of a client, which they tell in `X-Forwarded-For`:
   * how many there are in front of this server, up to 32, or a list of their addresses and ranges, such
   * as `["10.0.0.0/8", "fd00::/8", "192.0.2.7"]`. The address is then that of the nearest peer that is not
   * believed, in `handshake.address` and `conn.remoteAddress`. A number is right only if no client can
   * get around the proxies. `false` believes nobody.
   *
   * @default {false}
   */
  readonly trustProxy?: false | number | readonly string[];
  /**
   * New. How much clients may do, by connection, address and user, see {@link Limits}. Nothing is limited
   * unless it is given.
   *
   * @default {undefined}
   */
  readonly limits?: Limits<Req, AnySocket>;
  /**
   * New. Acknowledgements that one socket may owe, from 1 or `Infinity`; an emit that asks for another
   * one throws.
   *
   * @default {10000}
   */
  readonly maxPendingAcks?: number;
  /**
   * New. Rooms that one socket may be in, its own included, from 1 or `Infinity`; a join beyond throws.
   *
   * @default {10000}
   */
  readonly maxRoomsPerSocket?: number;
  /**
   * New. How the events of one socket run beside one another: `"concurrent"`, each when it comes;
   * `"serial"`, each when the promises of the handlers of the one before have settled; or a function
   * `(event, socket, args) => key`: events of the same key one after the other, those without a key
   * (`undefined`) at once. `nsp.handlerMode()` and `socket.handlerMode()` say it for a part.
   *
   * @default {"concurrent"}
   */
  readonly handlerMode?: HandlerMode<AnySocket>;
  /**
   * New. Events of one socket that may wait for others, from 1 or `Infinity`, where `handlerMode` makes
   * them wait; with more the session ends with "transport error". Their bytes count for
   * `maxConnectionMemory`.
   *
   * @default {10000}
   */
  readonly maxPendingEvents?: number;
  /**
   * Decides who may open a session: `(request, callback) => callback(error, success)`, or a function
   * of the request that gives a boolean, also by a promise.
   *
   * @default {undefined}
   */
  readonly allowRequest?: AllowRequest<Req>;
  /**
   * The rules for pages of other origins, as of the npm package `cors`. When origins are listed,
   * WebSockets from others are refused too. `"*"` is short for `{ origin: "*" }`.
   *
   * @default {undefined}
   */
  readonly cors?: CorsOptions | CorsOptionsDelegate<Req> | boolean | "*";
  /**
   * The cookie that tells a load balancer which node has the session; `true` for its defaults.
   *
   * @default {false}
   */
  readonly cookie?: boolean | CookieOptions;
  /**
   * A message, under the Socket.IO protocol, that every session starts with, right after the handshake.
   *
   * @default {undefined}
   */
  readonly initialPacket?: string | Uint8Array<ArrayBuffer>;
  /**
   * A custom parser: `{ Encoder, Decoder }`, as socket.io-parser has them. Clients need the same one,
   * those of revision 3 included.
   *
   * @default {undefined}
   */
  readonly parser?: Parser;
  /**
   * Makes the adapter of each namespace. Without it rooms are kept in memory, for a server that is
   * alone.
   *
   * @default {undefined}
   */
  readonly adapter?: AdapterFactory;
  /**
   * New. Where warnings and errors of users' handlers go: the console, or any logger with its methods.
   *
   * @default {undefined}
   */
  readonly logger?: Logger;
  /**
   * Whether the files of the client are served under the path. Not delivered yet: only `false`. The
   * reference serves them by default; here they are answered with 404.
   */
  readonly serveClient?: false;
  /**
   * Whether clients that come back soon keep their id, rooms and data, and get what they have missed.
   * Not delivered yet: only `false`.
   */
  readonly connectionStateRecovery?: false;
  /** Whether WebSocket messages are compressed. Not delivered yet: only `false`. */
  readonly perMessageDeflate?: false;
  /**
   * Whether answers to polls are compressed. Not delivered yet: only `false`. The reference compresses
   * them by default.
   */
  readonly httpCompression?: false;
}
