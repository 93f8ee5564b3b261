/**
 * Serves the page: five known names, nothing else, and no path is ever made from a request.
 *
 * - every response forbids foreign scripts, styles, frames and guesses of its type;
 * - the page may talk to its own origin only.
 */
import type { Bundle } from "./bundle.ts";

const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-cache",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

/** Reads the files once; the function it gives answers requests for them. */
export async function createPages(bundle: Bundle): Promise<(request: Request) => Response> {
  const read = (name: string): Promise<string> =>
    Deno.readTextFile(new URL(`./client/${name}`, import.meta.url));
  const files: ReadonlyMap<string, readonly [type: string, body: string]> = new Map([
    ["/", [HTML, await read("index.html")]],
    ["/style.css", [CSS, bundle["style.css"]]],
    ["/icon.svg", ["image/svg+xml", await read("icon.svg")]],
    ["/app.js", [SCRIPT, bundle["app.js"]]],
    ["/theme.js", [SCRIPT, bundle["theme.js"]]],
  ]);
  return (request) => {
    const file = files.get(new URL(request.url).pathname);
    if (!file) return plain(404, "Not found");
    if (request.method !== "GET" && request.method !== "HEAD") {
      return plain(405, "Method not allowed", { allow: "GET, HEAD" });
    }
    const [type, body] = file;
    return new Response(body, { headers: { ...HEADERS, "content-type": type } });
  };
}

function plain(
  status: number,
  text: string,
  extra: Readonly<Record<string, string>> = {},
): Response {
  const headers = { ...HEADERS, ...extra, "content-type": "text/plain; charset=utf-8" };
  return new Response(`${text}\n`, { status, headers });
}
