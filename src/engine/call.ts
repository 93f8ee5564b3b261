/**
 * The port through which a runtime hands one HTTP request to the engine.
 *
 * Invariants
 * - The engine reads a request through its snapshot and its body only, and answers it exactly once:
 *   by `reply`, by `upgrade`, or by a middleware of the user.
 * - `Reply` is whatever the runtime wants back: a `Response` where requests are those of the Web, a
 *   token where answers are written to an object of the runtime's own. It is never `undefined`.
 */
import type { Frame } from "../wire/engine_packet.ts";
import type { EngineRequest, RequestHead } from "./handshake_info.ts";
import type { Header, SinkEvents } from "./ports.ts";

/**
 * Answers after which the connection ends: of a body that did not come in time, whose sender may go on
 * for ever, and of a server that takes nobody, while another connection may find another server.
 */
export const LAST_ANSWERS: ReadonlySet<number> = new Set([408, 503]);

/** Where the pieces of a body go. Nothing follows `end` or `failed`. */
export interface BodySink {
  /** A piece came, as bytes that nobody changes any more. */
  chunk(bytes: Uint8Array): void;
  /** The body is complete. */
  end(): void;
  /** It broke off. */
  failed(cause: unknown): void;
}

/** The body of a request. */
export interface RequestBody {
  /** Starts reading; called at most once. */
  read(sink: BodySink): void;
  /**
   * Nobody reads, or reads on: nothing reaches the sink any more, and what still comes is thrown away
   * or cut off. May be called at any time.
   */
  cancel(): void;
}

/** A middleware of the engine, of the kind that the runtime's users write. */
export type EngineMiddlewareFunction = (...args: never[]) => unknown;

/** One HTTP request on its way through the engine, and the way to answer it. */
export interface EngineCall<Reply> {
  /** What is known of the request. */
  readonly request: EngineRequest;
  /** What users are given of it. */
  readonly userRequest: RequestHead;
  /** Its body. */
  readonly body: RequestBody;
  /** Whether the peer has gone away, so that an answer would be lost; asked before there is one. */
  readonly gone: boolean;
  /** Says who is told, once, when the peer goes away; nobody with `undefined`. */
  onGone(listener: (() => void) | undefined): void;
  /** Sets a header of whatever answer follows; several `vary` and `set-cookie` add up. */
  addHeader(name: string, value: string): void;
  /**
   * Runs the users' middlewares in their order.
   *
   * @param onFailure told of what one throws or rejects with, other than what it gives to `next`
   * @returns the reply of the one that answered, none when all let the request go on
   * @throws what the one that refused gave to `next`, threw or rejected with
   */
  runMiddlewares(
    middlewares: readonly EngineMiddlewareFunction[],
    onFailure: (error: unknown) => void,
  ): Promise<Reply | undefined>;
  /** Answers, and ends the connection after one of `LAST_ANSWERS`. */
  reply(status: number, headers: readonly Header[], body: Frame | null): Reply;
  /**
   * Answers 101 with these headers.
   *
   * @param events whom to tell of the WebSocket
   * @throws TypeError when the request is not a valid WebSocket handshake
   */
  upgrade(headers: readonly Header[], events: SinkEvents): Reply;
}
