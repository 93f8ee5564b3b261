/**
 * The cookie that carries the session id, for load balancers that route by it.
 *
 * Owns: the meaning of the option `cookie`, and the text of the `Set-Cookie` header.
 *
 * Invariants:
 * - All that the options say is checked when the server is set up; nothing that reaches the header
 *   can end the cookie, an attribute or the header line.
 * - Options are copied: later changes of the user's objects have no effect.
 *
 * Source: RFC 6265, sections 4.1.1 (syntax) and 5.2; the text is that of the npm package `cookie`
 * 0.7.2, with "Priority" and "Partitioned" of their drafts.
 */

import { nearestName } from "../base/near_names.ts";
import { describeValue } from "../base/errors.ts";

/**
 * The option `cookie`: what the cookie of the session id looks like.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertMatch } from "@std/assert";
 *
 * const io = new Server({ cookie: { name: "node", secure: true, maxAge: 86_400 } });
 *
 * const url = "http://localhost/socket.io/?EIO=4&transport=polling";
 * const { headers } = await io.fetch(new Request(url));
 * assertMatch(headers.get("set-cookie") ?? "", /^node=[\w-]{22}; Max-Age=86400; Path=\/;/);
 *
 * await io.close();
 * ```
 */
export interface CookieOptions {
  /**
   * Name: a token of RFC 9110 (letters, digits and ``!#$%&'*+-.^_`|~``).
   *
   * @default {"io"}
   */
  readonly name?: string | undefined;
  /**
   * Paths to which the browser sends the cookie; `""` or `false` leaves the attribute out.
   *
   * @default {"/"}
   */
  readonly path?: string | false | undefined;
  /**
   * Whether scripts are kept from reading the cookie.
   *
   * @default {true}
   */
  readonly httpOnly?: boolean | undefined;
  /**
   * Whether pages of other sites make the browser send it; `true` means `"strict"`, `false` leaves
   * the attribute out. Letter case does not matter.
   *
   * @default {"lax"}
   */
  readonly sameSite?: boolean | "lax" | "strict" | "none" | undefined;
  /** Host whose subdomains get the cookie too, for example `"app.example"`. Default: no others. */
  readonly domain?: string | undefined;
  /** When the cookie ends. Default: with the browser's session. */
  readonly expires?: Date | undefined;
  /** Seconds until the cookie ends, rounded down; 0 or less ends it at once. Default: not sent. */
  readonly maxAge?: number | undefined;
  /**
   * Whether the browser sends it over TLS only.
   *
   * @default {false}
   */
  readonly secure?: boolean | undefined;
  /**
   * Whether the browser keeps it apart for each site that embeds the page.
   *
   * @default {false}
   */
  readonly partitioned?: boolean | undefined;
  /** Which cookies the browser drops last. Letter case does not matter. Default: not sent. */
  readonly priority?: "low" | "medium" | "high" | undefined;
  /** Turns the session id into the value of the cookie. Default: `encodeURIComponent`. */
  readonly encode?: ((value: string) => string) | undefined;
}

/** Checked options, with all of the header's text that does not depend on the session. */
export interface ResolvedCookie {
  /** A token. */
  readonly name: string;
  /** What follows the value, for example `"; Path=/; HttpOnly; SameSite=Lax"`. */
  readonly attributes: string;
  /** Turns the session id into the value. */
  readonly encode: (value: string) => string;
}

type Given = Readonly<Record<string, unknown>>;

/** In the shape of a session id: what `encode` makes of it shows at once whether it can be used. */
const SAMPLE_VALUE = "AZaz09-_AZaz09-_AZaz09";

const SAME_SITE: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [true, "Strict"],
  ["lax", "Lax"],
  ["strict", "Strict"],
  ["none", "None"],
]);
const PRIORITY: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ["low", "Low"],
  ["medium", "Medium"],
  ["high", "High"],
]);

/**
 * Turns the option `cookie` into what each handshake needs; `undefined` when no cookie is wanted.
 * A member that is `undefined` counts as not given.
 *
 * @throws {TypeError} When options are wrong; the message names all that are.
 */
export function resolveCookie(
  option: boolean | CookieOptions | undefined,
): ResolvedCookie | undefined {
  const faults = checkCookieOptions(option);
  if (faults.length > 0) throw new TypeError(`Cannot use cookie options: ${faults.join("; ")}`);
  if (option === undefined || option === false) return undefined;
  const given = option === true ? {} : option;
  return Object.freeze({
    name: given.name ?? "io",
    attributes: attributesText(given),
    encode: given.encode ?? encodeURIComponent,
  });
}

/**
 * Gives the value of the `Set-Cookie` header.
 *
 * @throws {TypeError} When the user's `encode` gives what no cookie can hold, and whatever that
 *   function throws. With the default it cannot happen for a session id.
 *
 * @example
 * ```ts
 * const cookie = resolveCookie(true);
 * cookie && serializeCookie("abc", cookie); // "io=abc; Path=/; HttpOnly; SameSite=Lax"
 * ```
 */
export function serializeCookie(value: string, cookie: ResolvedCookie): string {
  const encoded: unknown = cookie.encode(value);
  if (!isCookieValue(encoded)) {
    throw new TypeError(`Cannot serialize cookie: encode gave ${describeValue(encoded)}`);
  }
  return `${cookie.name}=${encoded}${cookie.attributes}`;
}

/** Tells what is wrong with the option `cookie`, one text for each fault; none when it is right. */
export function checkCookieOptions(option: unknown): readonly string[] {
  if (option === undefined || typeof option === "boolean") return [];
  if (typeof option !== "object" || option === null || Array.isArray(option)) {
    return [`cookie must be a boolean or an object, found ${describeValue(option)}`];
  }
  const given: Given = { ...option };
  const faults = [
    fault(given, "name", [isToken, "a token without blanks and separators"]),
    fault(given, "path", [isPath, "false or printable ASCII without ; and <"]),
    fault(given, "domain", [isDomain, "a host name in ASCII"]),
    fault(given, "expires", [isValidDate, "a valid Date"]),
    fault(given, "maxAge", [isSeconds, "a finite number of seconds"]),
    fault(given, "sameSite", [isSameSite, 'a boolean, "lax", "strict" or "none"']),
    fault(given, "priority", [isPriority, '"low", "medium" or "high"']),
    fault(given, "httpOnly", [isBoolean, "a boolean"]),
    fault(given, "secure", [isBoolean, "a boolean"]),
    fault(given, "partitioned", [isBoolean, "a boolean"]),
    encodeFault(given["encode"]),
    ...Object.keys(given).map(nearMissFault),
  ];
  return faults.filter((text) => text !== undefined);
}

const MEMBERS: readonly string[] = [
  "name",
  "path",
  "domain",
  "expires",
  "maxAge",
  "sameSite",
  "priority",
  "httpOnly",
  "secure",
  "partitioned",
  "encode",
];

function attributesText(given: CookieOptions): string {
  const { path = "/", httpOnly = true, sameSite = "lax" } = given;
  const attributes: readonly (string | undefined | false)[] = [
    given.maxAge !== undefined && `Max-Age=${Math.floor(given.maxAge)}`,
    given.domain && `Domain=${given.domain}`,
    path && `Path=${path}`,
    given.expires && `Expires=${given.expires.toUTCString()}`,
    httpOnly && "HttpOnly",
    given.secure && "Secure",
    given.partitioned && "Partitioned",
    given.priority && `Priority=${PRIORITY.get(lowerCase(given.priority))}`,
    sameSite && `SameSite=${SAME_SITE.get(lowerCase(sameSite))}`,
  ];
  return attributes.map((attribute) => attribute ? `; ${attribute}` : "").join("");
}

function fault(
  given: Given,
  name: keyof CookieOptions,
  [isRight, wanted]: readonly [(value: unknown) => boolean, string],
): string | undefined {
  const value = given[name];
  if (value === undefined || isRight(value)) return undefined;
  return `cookie.${name} must be ${wanted}, found ${describeValue(value)}`;
}

function nearMissFault(key: string): string | undefined {
  const meant = MEMBERS.includes(key) ? undefined : nearestName(key, MEMBERS);
  return meant && `cookie.${key} is not an option, cookie.${meant} is`;
}

/** Also tries the function: what it makes of a session id must be the value of a cookie. */
function encodeFault(encode: unknown): string | undefined {
  if (encode === undefined) return undefined;
  if (typeof encode !== "function") {
    return `cookie.encode must be a function, found ${describeValue(encode)}`;
  }
  try {
    const encoded: unknown = encode(SAMPLE_VALUE);
    if (isCookieValue(encoded)) return undefined;
    return `cookie.encode must give the value of a cookie, found ${describeValue(encoded)}`;
  } catch (thrown) {
    return `cookie.encode must take a session id, found that it throws ${describeValue(thrown)}`;
  }
}

// --- syntax ---

/** `token`: RFC 9110, section 5.6.2. */
function isToken(value: unknown): boolean {
  return typeof value === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(value);
}

/** `cookie-value`: printable ASCII but blank, `"`, `,`, `;` and `\`; quotes may enclose all. */
function isCookieValue(value: unknown): boolean {
  if (typeof value !== "string") return false;
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  const bare = isQuoted ? value.slice(1, -1) : value;
  return /^[!\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(bare);
}

/** `path-value`, blanks included; `<` is left out as the npm package does. */
function isPath(value: unknown): boolean {
  return value === false || (typeof value === "string" && /^[\x20-\x3a\x3d-\x7e]*$/.test(value));
}

/** `domain-value`: labels of 1–63 letters, digits and inner hyphens; a leading dot is let pass. */
function isDomain(value: unknown): boolean {
  if (typeof value !== "string") return false;
  if (value === "") return true;
  const labels = (value.startsWith(".") ? value.slice(1) : value).split(".");
  return labels.every((label) => /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i.test(label));
}

function isValidDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

/** Beyond the safe integers the text would be in exponent notation. */
function isSeconds(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(Math.floor(value));
}

function isSameSite(value: unknown): boolean {
  return value === false || SAME_SITE.has(lowerCase(value));
}

function isPriority(value: unknown): boolean {
  return PRIORITY.has(lowerCase(value));
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function lowerCase(value: unknown): unknown {
  return typeof value === "string" ? value.toLowerCase() : value;
}
