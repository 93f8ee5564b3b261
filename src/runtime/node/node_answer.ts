/**
 * Answers written to a `ServerResponse`.
 *
 * Invariants
 * - The engine's own headers win over those that middlewares have set, but for those that add up.
 * - What somebody else answers is left as it is.
 * - An answer that the peer does not read is kept for `UNREAD_MS`; then its connection is cut.
 */
import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { clearTimeout, setTimeout } from "node:timers";
import { addsUp, mergeHeaders } from "../../engine/answer_headers.ts";
import type { Header } from "../../engine/ports.ts";
import type { Frame } from "../../wire/engine_packet.ts";

/** The reply of every call: the answer is on its way. */
export const ANSWERED = "answered";

/** The type of {@link ANSWERED}. */
export type Answered = typeof ANSWERED;

/** Milliseconds in which a peer must have taken an answer, as `send_timeout` of nginx. */
export const UNREAD_MS = 60_000;

/** One answer. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Frame | null;
}

/** Adds a header, or replaces the one of this name. */
export function addHeader(response: ServerResponse, [name, value]: Header): void {
  if (addsUp(name)) response.appendHeader(name, value);
  else response.setHeader(name, value);
}

/** The headers that were set so far. */
export function headersOf(response: ServerResponse): readonly Header[] {
  return Object.entries(response.getHeaders()).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [String(value)]).map((item): Header => [name, item])
  );
}

/** Sends an answer. */
export function answer(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent) return;
  const content = body ?? "";
  const length: Header = ["Content-Length", String(Buffer.byteLength(content))];
  const own = hasLength(headers) ? headers : [...headers, length];
  // Middlewares that put a function of their own there read what it is called with.
  const isBare = response.getHeaderNames().length === 0 && !Object.hasOwn(response, "writeHead");
  if (isBare) response.writeHead(status, own.flat());
  else {
    setHeaders(response, mergeHeaders(own, headersOf(response)));
    // Middlewares wait for this call to set the last headers.
    response.writeHead(status);
  }
  response.end(content);
  cutUnread(response);
}

/** Sets headers, of which several may have one name. */
function setHeaders(response: ServerResponse, headers: readonly Header[]): void {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const list = values.get(key);
    if (list === undefined) values.set(key, [value]);
    else list.push(value);
  }
  for (const [name, list] of values) {
    const [first] = list;
    response.setHeader(name, list.length === 1 && first !== undefined ? first : list);
  }
}

/** Sees to it that an answer does not wait for ever for its peer. */
function cutUnread(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null || socket.writableLength === 0 || response.writableFinished) return;
  const timer = setTimeout(() => void socket.destroy(), UNREAD_MS);
  timer.unref();
  const stop = (): void => clearTimeout(timer);
  response.once("finish", stop);
  response.once("close", stop);
}

function hasLength(headers: readonly Header[]): boolean {
  return headers.some(([name]) => name.toLowerCase() === "content-length");
}
