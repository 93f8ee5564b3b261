/**
 * A request of a runtime whose requests are not those of the Web: what users are given of it is another
 * object than what the engine reads, and answers are written down instead of made.
 *
 * Invariants
 * - Nothing happens by itself: the test pushes the body, and says when the peer is gone.
 * - A call that is answered twice, or whose body is read twice, throws.
 */
import type { BodySink, EngineCall, RequestBody } from "../../src/engine/call.ts";
import { type EngineRequest, snapshotRequest } from "../../src/engine/handshake_info.ts";
import type { Header, SinkEvents } from "../../src/engine/ports.ts";

/** A body that the test pushes, also when nobody wants it any more. */
export class PushedBody implements RequestBody {
  /** How often somebody began to read. */
  reads = 0;
  /** How often it was cancelled. */
  cancels = 0;
  /** What happens inside `read`. */
  onRead: () => void = () => {};
  /** What happens inside `cancel`. */
  onCancel: () => void = () => {};
  #sink: BodySink | undefined;

  read(sink: BodySink): void {
    this.reads += 1;
    if (this.reads > 1) throw new Error("A body is read once");
    this.#sink = sink;
    this.onRead();
  }

  cancel(): void {
    this.cancels += 1;
    this.onCancel();
  }

  /** A piece comes: text as UTF-8, or bytes. */
  push(piece: string | Uint8Array): this {
    this.#reader.chunk(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
    return this;
  }

  /** The body is complete. */
  end(): void {
    this.#reader.end();
  }

  /** It breaks off. */
  fail(cause: unknown): void {
    this.#reader.failed(cause);
  }

  get #reader(): BodySink {
    if (this.#sink === undefined) throw new Error("Nobody reads the body");
    return this.#sink;
  }
}

/** What users are given: an object of the runtime, which only looks like what the engine knows. */
export class ForeignRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;

  constructor(url: string, method: string, headers: Record<string, string>) {
    this.url = url;
    this.method = method;
    this.headers = headers;
  }
}

/** An answer, as it was written down. */
export interface WrittenAnswer {
  readonly status: number;
  /** Headers of the engine, then those that were added. */
  readonly headers: readonly Header[];
  readonly body: string | null;
}

/** What may differ from the plainest request. */
export interface FakeCallOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** A middleware of this runtime: it gets the call's own objects. */
export type ForeignMiddleware = (request: ForeignRequest, call: FakeCall) => boolean;

/** One request of that runtime; its reply is what was written. */
export class FakeCall implements EngineCall<WrittenAnswer> {
  readonly request: EngineRequest;
  readonly userRequest: ForeignRequest;
  readonly body: PushedBody = new PushedBody();
  gone = false;
  /** The answer, once there is one. */
  answer: WrittenAnswer | undefined;
  /** Who is told of the WebSocket, once there is one. */
  events: SinkEvents | undefined;
  readonly #added: Header[] = [];
  #onGone: (() => void) | undefined;

  /** @param target path and query */
  constructor(target: string, { method = "GET", headers = {} }: FakeCallOptions = {}) {
    this.request = snapshotRequest({
      url: target,
      method,
      headers: Object.entries(headers),
      remoteAddress: "198.51.100.4",
      secure: true,
      raw: "the connection",
    });
    this.userRequest = new ForeignRequest(target, method, headers);
  }

  /** Whether somebody is to be told when the peer goes away. */
  get isWatched(): boolean {
    return this.#onGone !== undefined;
  }

  onGone(listener: (() => void) | undefined): void {
    this.#onGone = listener;
  }

  /** The peer goes away. */
  leave(): void {
    this.gone = true;
    this.#onGone?.();
  }

  addHeader(name: string, value: string): void {
    this.#added.push([name, value]);
  }

  runMiddlewares(
    middlewares: readonly ((...args: never[]) => unknown)[],
    onFailure: (error: unknown) => void,
  ): Promise<WrittenAnswer | undefined> {
    try {
      for (const middleware of middlewares) {
        // Tests with this call add no others.
        const own = middleware as unknown as ForeignMiddleware;
        if (own(this.userRequest, this)) return Promise.resolve(this.reply(200, [], "middleware"));
      }
      return Promise.resolve(undefined);
    } catch (error) {
      onFailure(error);
      return Promise.reject(error);
    }
  }

  reply(status: number, headers: readonly Header[], body: string | null): WrittenAnswer {
    if (this.answer !== undefined) throw new Error("A request is answered once");
    this.answer = { status, headers: [...headers, ...this.#added], body };
    return this.answer;
  }

  upgrade(headers: readonly Header[], events: SinkEvents): WrittenAnswer {
    this.events = events;
    return this.reply(101, headers, null);
  }
}
