/**
 * A request and its answer as a `Request` and a `Response`: the engine's port on Web runtimes.
 *
 * Invariants
 * - The snapshot is taken first: once a request was upgraded, some runtimes give no headers any more.
 * - The abort listener is gone before a Response is made: on some runtimes the signal fires after a
 *   successful answer too.
 * - The signal is touched by those who wait only.
 *
 * Source: Fetch standard.
 */
import type { Frame } from "../wire/engine_packet.ts";
import { addsUp, mergeHeaders } from "./answer_headers.ts";
import {
  type BodySink,
  type EngineCall,
  type EngineMiddlewareFunction,
  LAST_ANSWERS,
  type RequestBody,
} from "./call.ts";
import { type EngineRequest, type RequestInfo, snapshotRequest } from "./handshake_info.ts";
import { runMiddlewares } from "./middlewares.ts";
import type { EngineMiddleware } from "./api.ts";
import type { Header, SinkEvents, WebSocketUpgrader } from "./ports.ts";

/** One `Request` on its way through the engine. */
export class WebCall implements EngineCall<Response> {
  readonly request: EngineRequest;
  readonly body: RequestBody;
  readonly #raw: Request;
  readonly #upgrader: WebSocketUpgrader | undefined;
  /** Headers of CORS and of middlewares, if there are any. */
  #extra: Headers | undefined;
  #onGone: (() => void) | undefined;

  /**
   * Copies what the request tells.
   *
   * @param upgrader turns it into a WebSocket, and tells how the runtime reads; without one WebSocket
   * handshakes are refused
   */
  constructor(request: Request, info: RequestInfo, upgrader: WebSocketUpgrader | undefined) {
    const { url, method, headers } = request;
    const { remoteAddress, raw = request, secure = url.startsWith("https:") } = info;
    this.request = snapshotRequest({ url, method, headers, remoteAddress, raw, secure });
    this.body = new WebBody(request, upgrader?.keepsCancelledReads === true);
    this.#raw = request;
    this.#upgrader = upgrader;
  }

  get userRequest(): EngineRequest {
    return this.request;
  }

  get gone(): boolean {
    return this.#raw.signal.aborted;
  }

  onGone(listener: (() => void) | undefined): void {
    const { signal } = this.#raw;
    if (this.#onGone !== undefined) signal.removeEventListener("abort", this.#onGone);
    if (listener !== undefined) signal.addEventListener("abort", listener);
    this.#onGone = listener;
  }

  addHeader(name: string, value: string): void {
    this.#extra ??= new Headers();
    if (addsUp(name)) this.#extra.append(name, value);
    else this.#extra.set(name, value);
  }

  async runMiddlewares(
    middlewares: readonly EngineMiddlewareFunction[],
    onFailure: (error: unknown) => void,
  ): Promise<Response | undefined> {
    const extra = this.#extra ??= new Headers();
    const info = { request: this.request, responseHeaders: extra };
    // `use` of a Web runtime takes no others.
    const functions = middlewares as readonly EngineMiddleware[];
    const response = await runMiddlewares(functions, this.#raw, info, { onFailure });
    return response && addMissing(response, extra);
  }

  reply(status: number, headers: readonly Header[], body: Frame | null): Response {
    const all = this.#withExtra(headers);
    if (LAST_ANSWERS.has(status)) all.push(["connection", "close"]);
    return new Response(body, { status, headers: all });
  }

  upgrade(headers: readonly Header[], events: SinkEvents): Response {
    if (this.#upgrader === undefined) {
      throw new TypeError(
        "Cannot upgrade: a WebSocket handshake must come through the HTTP server",
      );
    }
    return this.#upgrader.upgrade(this.#raw, this.#withExtra(headers), events);
  }

  #withExtra(headers: readonly Header[]): [string, string][] {
    return mergeHeaders(headers, this.#extra ?? []);
  }
}

/** The body of a `Request`. */
class WebBody implements RequestBody {
  readonly #request: Request;
  readonly #endsReads: boolean;
  #reader: ReadableStreamDefaultReader<unknown> | undefined;
  #isReading = false;
  #isCancelled = false;

  /** @param endsReads whether a read that waits ends before the body is cancelled */
  constructor(request: Request, endsReads: boolean) {
    this.#request = request;
    this.#endsReads = endsReads;
  }

  /** A body that somebody else reads, or has read, counts as empty. */
  read(sink: BodySink): void {
    try {
      const { body, bodyUsed } = this.#request;
      if (body === null || body.locked || bodyUsed) return sink.end();
      this.#reader = body.getReader();
    } catch (cause) {
      // A runtime may refuse to give the body of a request whose connection is closed.
      return sink.failed(cause);
    }
    this.#pump(this.#reader, sink);
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    if (this.#reader !== undefined) {
      if (!this.#endsReads || !this.#isReading) abandon(this.#reader);
      return;
    }
    try {
      const { body } = this.#request;
      if (body !== null && !body.locked) abandon(body);
    } catch {
      // As in `read`: there is nothing to cancel.
    }
  }

  async #pump(reader: ReadableStreamDefaultReader<unknown>, sink: BodySink): Promise<void> {
    try {
      while (true) {
        this.#isReading = true;
        const { done, value } = await reader.read();
        this.#isReading = false;
        if (this.#isCancelled) return abandon(reader); // again, which does nothing
        if (done) return sink.end();
        // A stream made in the process may hold anything.
        if (!(value instanceof Uint8Array)) {
          throw new TypeError(
            `Cannot read body: a chunk must be a Uint8Array, found ${typeof value}`,
          );
        }
        sink.chunk(value);
      }
    } catch (cause) {
      if (!this.#isCancelled) sink.failed(cause);
    }
  }
}

/** Cancels a body. Nothing waits for it: the sender may be gone, which is no news. */
function abandon(body: { cancel(): Promise<void> }): void {
  body.cancel().catch(() => {});
}

/** The response with those of the headers that it does not have. */
function addMissing(response: Response, headers: Headers): Response {
  const { status, statusText } = response;
  const merged = mergeHeaders([...response.headers], headers);
  return new Response(response.body, { status, statusText, headers: merged });
}
