/**
 * The option `cors`: what users may write, and its checked form.
 *
 * Owns: the public option types, the check that names all faults, and `CorsRules`, in which what
 * the headers say is ready.
 *
 * Invariants:
 * - Options are copied when checked: later changes of the user's objects have no effect.
 * - Every text that can go into a header is printable ASCII.
 * - An origin that no browser can send is refused, as it would let nobody in.
 *
 * Source: the README of the npm package `cors` 2.8; Fetch standard, section 3.2 "CORS protocol".
 */

import { nearestName } from "../base/near_names.ts";
import { describeValue } from "../base/errors.ts";
import type { RequestHead } from "./handshake_info.ts";
import type { Header } from "./ports.ts";

/**
 * Which origins are allowed:
 * - `"*"`: any; the answer names no origin.
 * - `true`: any; the answer names the one of the request.
 * - `false` or `""`: no CORS headers at all.
 * - any other string: that origin, for example `"https://app.example"`.
 * - a `RegExp`: origins it matches; anchor it, as `/\.app\.example$/` also matches in `http://`.
 * - an array: origins that one of its members allows.
 */
export type CorsOrigin = boolean | string | RegExp | readonly (boolean | string | RegExp)[];

/**
 * Decides for each request which origins are allowed.
 *
 * A function with two parameters answers through the callback, any other by what it returns (also
 * by a promise, and also by the callback if it calls it first). A falsy answer refuses. An error
 * given to the callback refuses the request; an error thrown is also reported.
 *
 * `origin` is `undefined` when the request has no `Origin` header.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const tenants = new Set(["https://one.example", "https://two.example"]);
 *
 * const io = new Server({
 *   cors: { origin: (origin) => origin !== undefined && tenants.has(origin) },
 * });
 * ```
 */
export type CorsOriginFunction =
  | ((origin: string | undefined, callback: CorsCallback<CorsOrigin>) => void)
  | ((
    origin: string | undefined,
    callback: CorsCallback<CorsOrigin>,
  ) => CorsOrigin | undefined | PromiseLike<CorsOrigin | undefined>);

/** How a user's function answers, or refuses with an error. */
export type CorsCallback<T> = (error: Error | null | undefined, answer?: T) => void;

/**
 * The option `cors`: the documented options of the npm package `cors`.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server({
 *   cors: { origin: ["https://app.example", /\.app\.example$/], credentials: true },
 * });
 *
 * const url = "http://localhost/socket.io/?EIO=4&transport=polling";
 * const { headers } = await io.fetch(
 *   new Request(url, { headers: { origin: "https://app.example" } }),
 * );
 * assertEquals(headers.get("access-control-allow-origin"), "https://app.example");
 *
 * await io.close();
 * ```
 */
export interface CorsOptions {
  /**
   * The allowed origins, or a function that tells. Given explicitly as `undefined`, it means
   * `false`: a variable that was forgotten does not open the server to every site.
   *
   * When origins are listed (a string other than `"*"`, a `RegExp`, an array or a function), they
   * also hold for WebSocket upgrades: see `CorsPolicy.allowsWebSocket`.
   *
   * @default {"*"}
   */
  readonly origin?: CorsOrigin | CorsOriginFunction | undefined;
  /**
   * Methods told to a preflight request, as a list or joined by commas.
   *
   * @default {"GET,HEAD,PUT,PATCH,POST,DELETE"}
   */
  readonly methods?: string | readonly string[] | undefined;
  /**
   * Request headers allowed to a page, as a list or joined by commas; an empty list allows none.
   * Default: those which the preflight request asks for.
   */
  readonly allowedHeaders?: string | readonly string[] | undefined;
  /** Response headers shown to a page, as a list or joined by commas. Default: none. */
  readonly exposedHeaders?: string | readonly string[] | undefined;
  /**
   * Whether a page may send and receive cookies. Browsers ignore it with the origin `"*"`.
   *
   * @default {false}
   */
  readonly credentials?: boolean | undefined;
  /**
   * How many seconds a browser may remember the answer to a preflight request: an integer, 0 or
   * more, or -1 for "not at all". Default: the header is not sent, and browsers take 5 seconds.
   */
  readonly maxAge?: number | undefined;
  /**
   * Whether the engine goes on with a preflight request, CORS headers set, instead of answering.
   *
   * @default {false}
   */
  readonly preflightContinue?: boolean | undefined;
  /**
   * HTTP status of the answer to a preflight request, 200–299.
   *
   * @default {204}
   */
  readonly optionsSuccessStatus?: number | undefined;
}

/**
 * Chooses the options for each request. It answers as {@linkcode CorsOriginFunction} does; an
 * answer that is not an object is an error.
 *
 * @typeParam Req The kind of request that it is given
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 *
 * const io = new Server({
 *   cors: ({ headers }) => ({
 *     origin: headers["host"] === "beta.example" ? "https://beta.example" : "https://app.example",
 *   }),
 * });
 * ```
 */
export type CorsOptionsDelegate<Req extends RequestHead = RequestHead> =
  | ((request: Req, callback: CorsCallback<CorsOptions>) => void)
  | ((
    request: Req,
    callback: CorsCallback<CorsOptions>,
  ) => CorsOptions | PromiseLike<CorsOptions>);

/** Options after the check: what goes into the headers is ready, what depends on the request not. */
export interface CorsRules {
  readonly origin: CorsOrigin | CorsOriginFunction;
  /** Whether pages may ask with cookies and other credentials. */
  readonly credentials: boolean;
  /** For every answer. */
  readonly common: readonly Header[];
  /** For preflight answers, beside the common ones. */
  readonly preflight: readonly Header[];
  /** Whether a preflight answer allows the headers that the request asks for. */
  readonly reflectsHeaders: boolean;
  /** Undefined when the engine goes on with preflight requests. */
  readonly preflightStatus: number | undefined;
}

const DEFAULT_METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE";
const DEFAULT_PREFLIGHT_STATUS = 204;

/** What other libraries call an option, and slips of the pen, in lower case without separators. */
const NEAR_MISSES: Readonly<Record<keyof CorsOptions, readonly string[]>> = {
  origin: ["origins", "alloworigin", "alloworigins", "allowedorigin", "allowedorigins"],
  methods: ["method", "allowmethods", "allowedmethods"],
  allowedHeaders: ["headers", "allowheaders", "allowedheader"],
  exposedHeaders: ["exposeheaders", "exposedheader"],
  credentials: ["credential", "allowcredentials", "withcredentials"],
  maxAge: [],
  preflightContinue: ["continuepreflight"],
  optionsSuccessStatus: ["optionsuccessstatus", "optionssuccesstatus"],
};

/**
 * Tells what is wrong with the option `cors`, one text for each fault; none when it is right.
 * What a function will answer is checked when it does.
 */
export function checkCorsOptions(options: unknown): readonly string[] {
  if (options === true || typeof options === "function") return [];
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    return [
      `cors must be a boolean, "*", an object or a function, found ${describeValue(options)}`,
    ];
  }
  const given: Readonly<Partial<Record<keyof CorsOptions, unknown>>> = { ...options };
  const faults = [
    given.origin === undefined || typeof given.origin === "function"
      ? undefined
      : originFault("cors.origin", given.origin),
    listFault("cors.methods", given.methods),
    listFault("cors.allowedHeaders", given.allowedHeaders),
    listFault("cors.exposedHeaders", given.exposedHeaders),
    booleanFault("cors.credentials", given.credentials),
    maxAgeFault(given.maxAge),
    booleanFault("cors.preflightContinue", given.preflightContinue),
    statusFault(given.optionsSuccessStatus),
    ...Object.keys(given).map(nearMissFault),
  ];
  return faults.filter((fault) => fault !== undefined);
}

/**
 * Checks and copies options.
 *
 * @throws {TypeError} When any are wrong; the message names all that are.
 */
export function resolveCorsRules(options: unknown): CorsRules {
  const faults = typeof options === "object"
    ? checkCorsOptions(options)
    : [`cors must be an object, found ${describeValue(options)}`];
  if (faults.length > 0) throw new TypeError(`Cannot use CORS options: ${faults.join("; ")}`);
  // Checked above. Only own members count; an explicit `origin: undefined` differs from none.
  const given = { ...options as CorsOptions };
  return Object.freeze({
    origin: "origin" in given ? copyOrigin(given.origin) : "*",
    credentials: given.credentials === true,
    common: presentHeaders([
      ["Access-Control-Allow-Credentials", given.credentials === true ? "true" : undefined],
      ["Access-Control-Expose-Headers", joinList(given.exposedHeaders)],
    ]),
    preflight: presentHeaders([
      ["Access-Control-Allow-Methods", joinList(given.methods) ?? DEFAULT_METHODS],
      ["Access-Control-Allow-Headers", joinList(given.allowedHeaders)],
      ["Access-Control-Max-Age", given.maxAge?.toString()],
    ]),
    // An empty string asks for the default, an empty list allows no header.
    reflectsHeaders: !given.allowedHeaders,
    preflightStatus: given.preflightContinue === true
      ? undefined
      : given.optionsSuccessStatus ?? DEFAULT_PREFLIGHT_STATUS,
  });
}

/**
 * Checks what an origin function answered; anything falsy refuses.
 *
 * @throws {TypeError} When it is not a {@linkcode CorsOrigin}.
 */
export function readAllowedOrigin(answer: unknown): CorsOrigin {
  if (!answer) return false;
  const fault = originFault("the allowed origin", answer);
  if (fault !== undefined) throw new TypeError(`Cannot use answer of cors.origin: ${fault}`);
  return answer as CorsOrigin; // it is one, as originFault found no fault
}

function copyOrigin(origin: CorsOptions["origin"]): CorsRules["origin"] {
  return Array.isArray(origin) ? [...origin] : origin || false;
}

function presentHeaders(
  headers: readonly (readonly [name: string, value: string | undefined])[],
): readonly Header[] {
  return headers.filter((header): header is Header => !!header[1]);
}

function joinList(list: string | readonly string[] | undefined): string | undefined {
  return typeof list === "object" ? list.join(",") : list;
}

function originFault(name: string, origin: unknown): string | undefined {
  if (!Array.isArray(origin)) return origin === "*" ? undefined : memberFault(name, origin);
  return origin.map((member, index) => memberFault(`${name}[${index}]`, member))
    .find((fault) => fault !== undefined);
}

function memberFault(name: string, origin: unknown): string | undefined {
  if (typeof origin === "boolean" || origin instanceof RegExp) return undefined;
  if (typeof origin !== "string") {
    return `${name} must be a boolean, a string or a RegExp, found ${describeValue(origin)}`;
  }
  if (!isHeaderText(origin)) {
    return `${name} must be printable ASCII, found ${describeValue(origin)}`;
  }
  if (origin.includes("*")) {
    return `${name} must be one whole origin, or a RegExp for several, found ${
      describeValue(origin)
    }`;
  }
  if (/^[^/]+:\/\/[^/]+\//.test(origin)) {
    return `${name} must end after the host and port, found ${describeValue(origin)}`;
  }
  return undefined;
}

function listFault(name: string, list: unknown): string | undefined {
  if (list === undefined || isHeaderText(list)) return undefined;
  const wrong = Array.isArray(list) ? list.findIndex((member) => !isHeaderText(member)) : 0;
  if (wrong < 0) return undefined;
  const found = describeValue(Array.isArray(list) ? list[wrong] : list);
  return `${name} must be a string or a list of strings, in printable ASCII, found ${found}`;
}

function booleanFault(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === "boolean") return undefined;
  return `${name} must be a boolean, found ${describeValue(value)}`;
}

function maxAgeFault(value: unknown): string | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= -1)) return undefined;
  return `cors.maxAge must be a whole number of seconds, -1 or more, found ${describeValue(value)}`;
}

function statusFault(value: unknown): string | undefined {
  const isSuccess = Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 299;
  if (value === undefined || isSuccess) return undefined;
  return `cors.optionsSuccessStatus must be an integer of 200–299, found ${describeValue(value)}`;
}

function nearMissFault(key: string): string | undefined {
  if (Object.hasOwn(NEAR_MISSES, key)) return undefined;
  const bare = key.toLowerCase().replaceAll(/[-_\s]/g, "");
  const meant = Object.entries(NEAR_MISSES)
    .find(([name, misses]) => name.toLowerCase() === bare || misses.includes(bare))?.[0] ??
    nearestName(key, Object.keys(NEAR_MISSES));
  return meant && `cors.${key} is not an option, cors.${meant} is`;
}

function isHeaderText(value: unknown): boolean {
  return typeof value === "string" && /^[\x20-\x7e]*$/.test(value);
}
