/**
 * Serves the page: five known names, nothing else, and no path is ever made from a request.
 *
 * - every answer forbids foreign scripts, styles, frames and guesses of its type;
 * - the page may talk to its own origin only.
 */
import { readFile } from "node:fs/promises";

/** The media type of each file of the page. */
const TYPES = {
  "index.html": "text/html; charset=utf-8",
  "style.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
  "app.js": "text/javascript; charset=utf-8",
  "theme.js": "text/javascript; charset=utf-8",
} as const;

export type PageFile = keyof typeof TYPES;

/** The texts of the files. */
export type Page = Readonly<Record<PageFile, string>>;

/** What to answer, in words that every runtime can say. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers a request; `url` may be a path. */
export type Pages = (request: { readonly method: string; readonly url: string }) => PageAnswer;

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

/** The files of a page that was built into a folder. */
export async function readPage(folder: string): Promise<Page> {
  const names = Object.keys(TYPES) as PageFile[];
  const texts = names.map(async (name) => [name, await readFile(`${folder}/${name}`, "utf8")]);
  // Every name of the table has its text.
  return Object.fromEntries(await Promise.all(texts)) as Page;
}

export function createPages(page: Page): Pages {
  const files: ReadonlyMap<string, PageFile> = new Map(
    (Object.keys(TYPES) as PageFile[]).map((
      name,
    ) => [name === "index.html" ? "/" : `/${name}`, name]),
  );
  return ({ method, url }) => {
    const file = files.get(pathOf(url));
    if (file === undefined) return plain(404, "Not found");
    if (method !== "GET" && method !== "HEAD") {
      return plain(405, "Method not allowed", { allow: "GET, HEAD" });
    }
    return { status: 200, headers: { ...HEADERS, "content-type": TYPES[file] }, body: page[file] };
  };
}

/** Whether a request asks how the server is: `/health/ready` or `/health/live`. */
export function isProbe(url: string): boolean {
  return pathOf(url).startsWith("/health/");
}

/** The answer for runtimes that speak `Response`. */
export function toResponse({ status, headers, body }: PageAnswer): Response {
  return new Response(body, { status, headers });
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]*/, "").replace(/[?#].*$/, "");
}

function plain(
  status: number,
  text: string,
  extra: Readonly<Record<string, string>> = {},
): PageAnswer {
  const headers = { ...HEADERS, ...extra, "content-type": "text/plain; charset=utf-8" };
  return { status, headers, body: `${text}\n` };
}
