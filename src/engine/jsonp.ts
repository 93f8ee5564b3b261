/**
 * Polling with scripts and forms, for pages in browsers that cannot ask another site otherwise.
 *
 * Invariants
 * - An answer is one call of a function whose name is made here, with one string: nothing of the
 *   request but digits gets into the script.
 * - Browsers apply no cross-origin rule to scripts and forms, so the server's own are applied here: a
 *   page that is not known to be of this host needs the `cors` option, as one that polls with XHR does.
 *
 * Source: Engine.IO protocol, revision 3, section "JSONP"; engine.io-client 1.8 and 3.5 for the
 * escaping of new lines; Fetch Metadata Request Headers for `Sec-Fetch-Site`.
 */
import { isSameOrigin } from "./cors.ts";
import type { EngineRequest } from "./handshake_info.ts";

/** The most digits of the index of a callback: a page has one for each connection. */
const MAX_INDEX_DIGITS = 16;

/** The type of an answer that is a script. */
export const SCRIPT_TYPE = "text/javascript; charset=UTF-8";

/** The index of the callback that a request asks for; undefined when it does not ask for a script. */
export function scriptIndex({ query }: EngineRequest): string | undefined {
  return query.j?.replace(/[^0-9]/g, "").slice(0, MAX_INDEX_DIGITS);
}

/** A payload as a script that hands it to the callback of this index. */
export function toScript(index: string, payload: string): string {
  // Engines before ECMAScript 2019 end a string literal at these two, which JSON does not escape.
  const literal = JSON.stringify(payload)
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
  return `___eio[${index}](${literal});`;
}

/**
 * The payload in the body of a form, `""` when there is none.
 *
 * Clients write a new line as `\n`, since browsers change new lines in forms, and what is `\n` already
 * with one more backslash in front.
 */
export function fromForm(body: string): string {
  // Cut out before it is decoded: a form may have as many fields as it has characters.
  const [, field = ""] = /(?:^|&)d=([^&]*)/.exec(body) ?? [];
  const payload = new URLSearchParams(`d=${field}`).get("d") ?? "";
  return payload.replace(/(\\)?\\n/g, (_match, escaped) => escaped === undefined ? "\n" : "\\n");
}

/**
 * The origin of the page that asks with a script or a form, when it is not known to be of this host;
 * `"null"` when nothing is known of it.
 */
export function foreignOrigin({ headers }: EngineRequest): string | undefined {
  if (headers["sec-fetch-site"] === "same-origin") return undefined;
  const origin = headers.origin ?? originOf(headers.referer) ?? "null";
  return isSameOrigin(origin, headers.host) ? undefined : origin;
}

function originOf(referer: string | undefined): string | undefined {
  return referer === undefined || !URL.canParse(referer) ? undefined : new URL(referer).origin;
}
