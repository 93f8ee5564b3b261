/**
 * What the engine is given of an `IncomingMessage`: its snapshot, and its body.
 *
 * Invariants
 * - The snapshot is taken before anything else sees the request.
 * - A body that nobody reads on is thrown away for `LINGER_MS` at most, then its connection is cut: the
 *   peer gets its answer while it still sends, and cannot send for ever.
 */
import { Buffer } from "node:buffer";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { clearTimeout, setTimeout } from "node:timers";
import type { BodySink, RequestBody } from "../../engine/call.ts";
import { type EngineRequest, snapshotRequest } from "../../engine/handshake_info.ts";

/** As `lingering_time` of nginx. */
const LINGER_MS = 30_000;

/** Copies what a request tells, and gives it the `_query` that users of the reference know. */
export function snapshotOf(request: IncomingMessage & { _query?: unknown }): EngineRequest {
  const { socket } = request;
  const snapshot = snapshotRequest({
    url: request.url ?? "/",
    method: request.method ?? "GET",
    headers: headerPairs(request.headers),
    remoteAddress: socket.remoteAddress ?? "",
    secure: "encrypted" in socket && socket.encrypted === true,
    raw: request,
  });
  request._query ??= snapshot.query;
  return snapshot;
}

function headerPairs(headers: IncomingHttpHeaders): readonly [string, string][] {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") pairs.push([name, value]);
    else for (const item of value ?? []) pairs.push([name, item]);
  }
  return pairs;
}

/** The body of an `IncomingMessage`. */
export class NodeBody implements RequestBody {
  readonly #request: IncomingMessage;
  #sink: BodySink | undefined;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  /** A body that somebody else has read counts as empty. */
  read(sink: BodySink): void {
    const request = this.#request;
    if (request.readableEnded) return sink.end();
    if (request.destroyed) return sink.failed(new Error("The connection is closed"));
    this.#sink = sink;
    request.on("data", (chunk: Uint8Array | string) => {
      // A middleware may have set an encoding.
      this.#sink?.chunk(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    });
    request.on("end", () => this.#take()?.end());
    request.on("error", (error) => this.#take()?.failed(error));
    request.on("close", () => this.#take()?.failed(new Error("The connection was closed")));
  }

  cancel(): void {
    const request = this.#request;
    this.#sink = undefined;
    if (request.complete || request.destroyed || !hasBody(request.headers)) return;
    request.resume();
    const timer = setTimeout(() => void request.destroy(), LINGER_MS);
    timer.unref();
    request.once("close", () => clearTimeout(timer));
    request.once("end", () => clearTimeout(timer));
  }

  #take(): BodySink | undefined {
    const sink = this.#sink;
    this.#sink = undefined;
    return sink;
  }
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  const { "content-length": length = "0" } = headers;
  return length !== "0" || headers["transfer-encoding"] !== undefined;
}
