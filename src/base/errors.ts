/**
 * The errors of this library, and the quoting of what others sent.
 *
 * Invariants:
 * - The class says who is to blame: the caller (`StateError`, and the language's `TypeError` and
 *   `RangeError`), the peer (`ProtocolError`, `HandshakeError`), the network (`TransportError`).
 * - `code` is stable and in kebab case; programs decide by it, never by the message.
 * - A message says what was tried, what was wanted and what was found; text of a peer stands in it
 *   only through `quote`, so it is cut and cannot break a line of a log.
 *
 * @module
 */
import { ACK_TIMEOUT, DISCONNECTED } from "./wire_texts.ts";

/** How a session ends that was closed because of a `ProtocolError`. */
export type ProtocolCloseReason = "parse error" | "transport error";

/**
 * The root of all errors that are our own. Wrong arguments are told by `TypeError` and `RangeError` of
 * the language.
 *
 * @example
 * ```ts
 * import { Server, SocketIoError } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server();
 * try {
 *   io.emit("connect");
 * } catch (error) {
 *   if (error instanceof SocketIoError) assertEquals(error.code, "invalid-state");
 * }
 * ```
 */
export abstract class SocketIoError extends Error {
  /** What went wrong, for programs: stable, in kebab case. */
  abstract readonly code: string;

  /** The name of the class, also where a bundler renamed it. */
  override get name(): string {
    return "SocketIoError";
  }
}

/**
 * The caller asked for what is not possible now: a reserved event, a server that is closed.
 *
 * @example
 * ```ts
 * import { Server, StateError } from "@godwit/io";
 * import { assertThrows } from "@std/assert";
 *
 * const io = new Server();
 * assertThrows(() => io.emit("connect"), StateError, '"connect" is a reserved event name');
 * ```
 */
export class StateError extends SocketIoError {
  /** By default `invalid-state`. */
  readonly code: string;

  /**
   * Says what cannot be done, and why.
   *
   * @param message the text, which programs do not compare
   * @param options `code`: a narrower code than `invalid-state`
   */
  constructor(message: string, options: ErrorOptions & { readonly code?: string } = {}) {
    super(message, options);
    this.code = options.code ?? "invalid-state";
  }

  /** The name of the class. */
  override get name(): string {
    return "StateError";
  }
}

/** The peer broke the protocol or one of our limits. Decoders throw nothing else. */
export abstract class ProtocolError extends SocketIoError {
  /** How the session ends. */
  abstract readonly closeReason: ProtocolCloseReason;
}

/** A malformed packet, of Engine.IO or of Socket.IO. */
export class PacketError extends ProtocolError {
  /** Tells this error from others, for programs. */
  readonly code = "malformed-packet" as const;
  /** How the session ends. */
  readonly closeReason = "parse error" as const;
  /** Where in the frame or payload the fault is, in characters or bytes from 0, if known. */
  readonly offset: number | undefined;

  /**
   * Says what was wanted and what was found.
   *
   * @param options `offset`: where the fault is, in characters or bytes from 0
   */
  constructor(message: string, options: ErrorOptions & { readonly offset?: number } = {}) {
    super(message, options);
    this.offset = options.offset;
  }

  /** The name of the class. */
  override get name(): string {
    return "PacketError";
  }
}

/** What a `LimitError` may be told beside its numbers. */
export interface LimitErrorOptions extends ErrorOptions {
  /** How the session ends. @default {"parse error"} */
  readonly closeReason?: ProtocolCloseReason;
  /** The status of the answer where there is one. @default {413} */
  readonly httpStatus?: number;
}

/** The peer sent more than a limit allows. */
export class LimitError extends ProtocolError {
  /** Tells this error from others, for programs. */
  readonly code = "limit-exceeded" as const;
  /** How the session ends. */
  readonly closeReason: ProtocolCloseReason;
  /** The name of the limit, as its option is named. */
  readonly limit: string;
  /** The most that is allowed, in the limit's unit. */
  readonly max: number;
  /** What was there, or as much of it as had been read, in the limit's unit. */
  readonly found: number;
  /** The status of the answer where the fault came by HTTP. */
  readonly httpStatus: number;

  /**
   * Makes the message of its numbers.
   *
   * @param limit the name of the option
   * @param max the most that is allowed
   * @param found what was there, or as much of it as had been read
   */
  constructor(limit: string, max: number, found: number, options: LimitErrorOptions = {}) {
    super(`Cannot accept input: ${limit} is ${max}, found ${found}`, options);
    this.limit = limit;
    this.max = max;
    this.found = found;
    this.closeReason = options.closeReason ?? "parse error";
    this.httpStatus = options.httpStatus ?? 413;
  }

  /** The name of the class. */
  override get name(): string {
    return "LimitError";
  }
}

/** What is known of a refused handshake. */
export interface HandshakeErrorOptions extends ErrorOptions {
  /** The number of the refusal, 0–5 as the protocol has them: it goes to the client as `code`. */
  readonly status: number;
  /** The status of the answer over HTTP. */
  readonly httpStatus: number;
  /** What the refusal was about; for the user's `connection_error` listener. @default {{}} */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Seconds after which the client may ask again, where that is known. */
  readonly retryAfterSeconds?: number;
}

/** A request that does not become, or does not belong to, a session. */
export class HandshakeError extends SocketIoError {
  /** Tells this error from others, for programs. */
  readonly code = "handshake-refused" as const;
  /** The number of the refusal, 0–5 as the protocol has them: it goes to the client as `code`. */
  readonly status: number;
  /** The status of the answer over HTTP. */
  readonly httpStatus: number;
  /** What the refusal was about; for the user's `connection_error` listener. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Seconds after which the client may ask again, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  /**
   * Says why, in the words that clients know.
   *
   * @param message goes to the client: it is wire format
   */
  constructor(message: string, options: HandshakeErrorOptions) {
    super(message, options);
    this.status = options.status;
    this.httpStatus = options.httpStatus;
    this.context = options.context ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The name of the class. */
  override get name(): string {
    return "HandshakeError";
  }
}

/**
 * The network failed, or the peer's end of it: what `disconnect` listeners may get as a description.
 *
 * @example
 * ```ts
 * import { Server, TransportError } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.on("connection", (socket) => {
 *   socket.on("disconnect", (reason, description) => {
 *     if (description instanceof TransportError) {
 *       console.log(reason, description.transport, description.message);
 *     }
 *   });
 * });
 * ```
 */
export class TransportError extends SocketIoError {
  /** Tells this error from others, for programs. */
  readonly code = "transport-failed" as const;
  /** The name of the transport: `polling`, `websocket`. */
  readonly transport: string;
  /**
   * The option whose limit was exceeded, where that is what failed: for a client that does not read,
   * `maxBufferedBytes`, `maxBufferedPackets` or `maxConnectionMemory`.
   */
  readonly limit: string | undefined;

  /**
   * Says what failed.
   *
   * @param message the text, which programs do not compare
   * @param transport the name of the transport, `polling` or `websocket`
   * @param options `cause`: the error of the runtime; `limit`: the option whose limit was exceeded
   */
  constructor(
    message: string,
    transport: string,
    options: ErrorOptions & { readonly limit?: string } = {},
  ) {
    super(message, options);
    this.transport = transport;
    this.limit = options.limit;
  }

  /** The name of the class. */
  override get name(): string {
    return "TransportError";
  }
}

/** The name of the option whose limit was exceeded, if that is what an error tells of. */
export function limitOf(error: unknown): string | undefined {
  return error instanceof LimitError || error instanceof TransportError ? error.limit : undefined;
}

/**
 * An acknowledgement did not come in time: the message is "operation has timed out".
 *
 * @example
 * ```ts
 * import { AckTimeoutError, Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.on("connection", async (socket) => {
 *   try {
 *     const answer = await socket.timeout(1000).emitWithAck("question", "6 x 7?");
 *     console.log(answer);
 *   } catch (error) {
 *     if (!(error instanceof AckTimeoutError)) throw error;
 *     console.log("no answer within 1000 ms");
 *   }
 * });
 * ```
 */
export class AckTimeoutError extends SocketIoError {
  /** Tells this error from others, for programs. */
  readonly code = "ack-timeout" as const;
  /** The answers that did come, when several clients were asked. */
  declare readonly responses?: readonly unknown[];

  /**
   * Has a fixed message: users compare it.
   *
   * @param responses the answers that did come, when several clients were asked
   */
  constructor(responses?: readonly unknown[]) {
    super(ACK_TIMEOUT);
    if (responses !== undefined) this.responses = responses;
  }

  /** The name of the class. */
  override get name(): string {
    return "AckTimeoutError";
  }
}

/**
 * A socket has ended: what pending acknowledgements get, and the reason of its `signal`. The message is
 * "socket has been disconnected", as clients of socket.io have it.
 *
 * @example
 * ```ts
 * import { DisconnectedError, Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.on("connection", async (socket) => {
 *   try {
 *     console.log(await socket.emitWithAck("question", "6 x 7?"));
 *   } catch (error) {
 *     if (!(error instanceof DisconnectedError)) throw error;
 *     console.log(`the client has gone: ${error.reason}`);
 *   }
 * });
 * ```
 */
export class DisconnectedError extends SocketIoError {
  /** Tells this error from others, for programs. */
  readonly code = "socket-disconnected" as const;
  /** What `disconnect` listeners are told; absent when the socket was never connected. */
  declare readonly reason?: string;

  /**
   * Has a fixed message: users compare it.
   *
   * @param reason what `disconnect` listeners are told, if the socket was connected
   */
  constructor(reason?: string) {
    super(DISCONNECTED);
    if (reason !== undefined) this.reason = reason;
  }

  /** The name of the class. */
  override get name(): string {
    return "DisconnectedError";
  }
}

/**
 * An event was dropped before it was sent, so its acknowledgement will not come: the client does not
 * read, and `bufferPolicy` says so, or it could not take a volatile event at once.
 *
 * @example
 * ```ts
 * import { EventDroppedError, Server } from "@godwit/io";
 *
 * const io = new Server({ bufferPolicy: "dropOldest" });
 *
 * io.on("connection", async (socket) => {
 *   try {
 *     console.log(await socket.timeout(1000).emitWithAck("question", "6 x 7?"));
 *   } catch (error) {
 *     if (!(error instanceof EventDroppedError)) throw error;
 *     console.log(`the client does not read: ${error.reason}`);
 *   }
 * });
 * ```
 */
export class EventDroppedError extends SocketIoError {
  /** Tells this error from others, for programs. */
  readonly code = "event-dropped" as const;
  /** Why it was: the policy, or that it was volatile. */
  readonly reason: "dropOldest" | "dropNewest" | "volatile";

  /**
   * Has a message that names the reason.
   *
   * @param reason why it was
   */
  constructor(reason: "dropOldest" | "dropNewest" | "volatile") {
    super(`the event was dropped (${reason}): the client does not read fast enough`);
    this.reason = reason;
  }

  /** The name of the class. */
  override get name(): string {
    return "EventDroppedError";
  }
}

/** The value itself if it is an error, else an error that tells of it and has it as `cause`. */
export function toError(value: unknown): Error {
  try {
    if (value instanceof Error) return value;
    const message = typeof value === "string" ? value : `Thrown: ${describeValue(value)}`;
    return new Error(message, { cause: value });
  } catch {
    // A proxy may refuse to say what it is.
    return new Error("Thrown: an object that cannot be read", { cause: value });
  }
}

/**
 * Text of a peer for a message: in double quotes, on one line, cut.
 *
 * @param max the most characters (UTF-16 units) of the text that are shown
 * @example
 * ```ts
 * quote('a "b"\n'); // "a \"b\"\n" with the quotes and the line feed escaped
 * quote("abcdef", 3); // "abc"…
 * ```
 */
export function quote(text: string, max = 64): string {
  const shown = escapeHidden(JSON.stringify(text.slice(0, max)));
  return text.length > max ? `${shown}…` : shown;
}

/** Characters that change how a line is shown and that JSON lets through. */
// deno-lint-ignore no-control-regex -- these are the characters that have to go
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with every character that could break or turn a line written as `\u` and four digits. */
export function escapeHidden(text: string): string {
  return text.replace(
    HIDDEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value of a user for a message: text quoted and cut, plain values as they are, else the kind. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "bigint":
      return `${value}n`;
    case "symbol":
    case "function":
      return `a ${typeof value}`;
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
    default:
      return String(value);
  }
}
