/**
 * The immutable snapshot of an HTTP request.
 *
 * Owns: turning a `Request` into plain frozen values before anything is done with it.
 *
 * Invariants:
 * - Nothing here reads the `Request` later: once it was upgraded, a runtime may refuse to give its
 *   headers and address, or give them no more.
 * - `headers` and `query` have no prototype, so a name such as `__proto__` or `constructor` is an
 *   ordinary own key and a lookup never finds an inherited value.
 * - No input makes it throw, and the work is linear in the length of the URL and of the headers.
 *
 * Source: Engine.IO protocol v4, "Handshake"; the query is parsed as
 * `application/x-www-form-urlencoded` by the URL standard, section 5.1.
 */

/** What is known of an HTTP request before anything is done with it. Frozen, as are its members. */
export interface EngineRequest {
  /** Path and query, for example `"/socket.io/?EIO=4&transport=polling"`; never a fragment. */
  readonly url: string;
  /** The method in upper case, as `Request` gives it. */
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

/**
 * Takes what is needed of a request while it still can be read.
 *
 * @example
 * ```ts
 * const request = new Request("http://localhost/socket.io/?EIO=4&transport=polling");
 * const snapshot = snapshotRequest(request, { remoteAddress: "127.0.0.1" });
 * snapshot.query.EIO; // "4"
 * ```
 */
export function snapshotRequest(request: Request, info: RequestInfo): EngineRequest {
  const address = request.url;
  const url = pathAndQuery(address);
  return Object.freeze({
    url,
    method: request.method,
    headers: copyHeaders(request.headers),
    query: parseQuery(url),
    remoteAddress: info.remoteAddress,
    secure: info.secure ?? address.startsWith("https:"),
    raw: info.raw ?? request,
  });
}

/** Cuts scheme, host and fragment off an absolute URL. */
function pathAndQuery(address: string): string {
  const start = address.indexOf("/", address.indexOf("://") + 3);
  if (start < 0) return "/";
  const hash = address.indexOf("#", start);
  return address.slice(start, hash < 0 ? undefined : hash);
}

/** `Headers` joins repeated names itself, all but `set-cookie`. */
function copyHeaders(headers: Headers): Readonly<Record<string, string>> {
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
