/**
 * The immutable snapshot of an HTTP request.
 *
 * Owns: turning what a runtime gives of a request into plain frozen values before anything is done
 * with it.
 *
 * Invariants:
 * - Nothing here reads the request later: once it was upgraded, a runtime may refuse to give its
 *   headers and address, or give them no more.
 * - `headers` and `query` have no prototype, so a name such as `__proto__` or `constructor` is an
 *   ordinary own key and a lookup never finds an inherited value.
 * - No input makes it throw, and the work is linear in the length of the URL and of the headers.
 *
 * Source: Engine.IO protocol v4, "Handshake"; the query is parsed as
 * `application/x-www-form-urlencoded` by the URL standard, section 5.1.
 */

/**
 * What every runtime tells users of a request: a snapshot where requests are those of the Web, the
 * `IncomingMessage` on the Node entry.
 */
export interface RequestHead {
  /** Path and query, for example `"/socket.io/?EIO=4&transport=polling"`. */
  readonly url?: string | undefined;
  /** The method in upper case. */
  readonly method?: string | undefined;
  /** Header values by lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** On Deno and Bun, see {@link EngineRequest}. */
  readonly query?: unknown;
  /** On Deno and Bun, see {@link EngineRequest}. */
  readonly remoteAddress?: unknown;
  /** On Deno and Bun, see {@link EngineRequest}. */
  readonly secure?: unknown;
  /** On Deno and Bun, see {@link EngineRequest}. */
  readonly raw?: unknown;
}

/** What is known of an HTTP request before anything is done with it. Frozen, as are its members. */
export interface EngineRequest extends RequestHead {
  /** Path and query, for example `"/socket.io/?EIO=4&transport=polling"`; never a fragment. */
  readonly url: string;
  /** The method in upper case. */
  readonly method: string;
  /** Header values by lower-case name, without a prototype; repeated ones joined by `", "`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded query parameters, without a prototype; the last of repeated keys wins. */
  readonly query: Readonly<Record<string, string>>;
  /** The address of the peer, or `""` when the runtime does not tell. */
  readonly remoteAddress: string;
  /** Whether the request came over TLS, as far as this process can see. */
  readonly secure: boolean;
  /** What the runtime gave: the `Request`, or an object of its own kind. */
  readonly raw: unknown;
}

/** What a runtime knows of a request beside the `Request` itself. */
export interface RequestInfo {
  /** The address of the peer, `""` when unknown. */
  readonly remoteAddress: string;
  /** What users are to get as `raw`. Default: the `Request`. */
  readonly raw?: unknown;
  /** Whether the request came over TLS. Default: whether the scheme of its URL is `https`. */
  readonly secure?: boolean;
}

/** A request as a runtime gives it, to be copied. */
export interface RequestSource extends Required<RequestInfo> {
  /** An absolute URL, or path and query. */
  readonly url: string;
  /** The method in upper case. */
  readonly method: string;
  /** Names in lower case, with their values; a name may come more than once. */
  readonly headers: Iterable<readonly [name: string, value: string]>;
}

/**
 * Takes what is needed of a request while it still can be read.
 *
 * @example
 * ```ts
 * const snapshot = snapshotRequest({
 *   url: "/socket.io/?EIO=4&transport=polling",
 *   method: "GET",
 *   headers: [["host", "localhost"]],
 *   remoteAddress: "127.0.0.1",
 *   secure: false,
 *   raw: undefined,
 * });
 * snapshot.query.EIO; // "4"
 * ```
 */
export function snapshotRequest(source: RequestSource): EngineRequest {
  const { method, remoteAddress, secure, raw } = source;
  const url = pathAndQuery(source.url);
  return Object.freeze({
    url,
    method,
    headers: copyHeaders(source.headers),
    query: parseQuery(url),
    remoteAddress,
    secure,
    raw,
  });
}

/** Where the path of a URL begins, which may have neither scheme nor host; -1 when there is none. */
export function pathStart(address: string): number {
  if (address.startsWith("/")) return 0;
  const host = address.indexOf("://") + 3;
  const length = address.slice(host).search(/[/?#]/);
  return length >= 0 && address.charAt(host + length) === "/" ? host + length : -1;
}

/** Cuts scheme, host and fragment off a URL. */
function pathAndQuery(address: string): string {
  const [url = ""] = address.split("#", 1);
  const start = pathStart(url);
  if (start >= 0) return url.slice(start);
  const query = url.indexOf("?");
  return query < 0 ? "/" : `/${url.slice(query)}`;
}

function copyHeaders(
  headers: Iterable<readonly [string, string]>,
): Readonly<Record<string, string>> {
  const record = emptyRecord();
  for (const [name, value] of headers) {
    const earlier = record[name];
    record[name] = earlier === undefined ? value : `${earlier}, ${value}`;
  }
  return Object.freeze(record);
}

function parseQuery(url: string): Readonly<Record<string, string>> {
  const record = emptyRecord();
  const mark = url.indexOf("?");
  if (mark >= 0) {
    for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) record[name] = value;
  }
  return Object.freeze(record);
}

function emptyRecord(): Record<string, string> {
  return Object.create(null);
}

/** Whether a text can be the value of a header: RFC 9110, section 5.5. */
export function isFieldValue(text: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(text);
}
