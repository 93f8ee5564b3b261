/**
 * Cross-origin rules: which pages of other sites may talk to this server.
 *
 * Owns: the decisions of the npm package `cors` 2.8 over plain values, and the judgement of
 * WebSocket upgrades, to which browsers apply no cross-origin rule of their own.
 *
 * Invariants:
 * - A user's function is asked at most once for each call, and its first answer counts.
 * - Nothing that a user's function does makes a method throw or reject: it becomes `error` or
 *   `false`.
 * - The user's regular expressions are never changed, so none is stateful (`lastIndex`).
 * - Only texts that were checked, or came in as header values, go out as header values.
 *
 * Source: Fetch standard, section 3.2 "CORS protocol"; RFC 9110, section 12.5.5 (Vary); RFC 6455,
 * section 10.2 (origin considerations).
 */

import { toError } from "../base/errors.ts";
import { isThenable } from "../base/invoke.ts";
import {
  type CorsOptions,
  type CorsOptionsDelegate,
  type CorsOrigin,
  type CorsRules,
  readAllowedOrigin,
  resolveCorsRules,
} from "./cors_options.ts";
import type { EngineRequest, RequestHead } from "./handshake_info.ts";
import type { Header } from "./ports.ts";

export type {
  CorsCallback,
  CorsOptions,
  CorsOptionsDelegate,
  CorsOrigin,
  CorsOriginFunction,
} from "./cors_options.ts";

/** What to do with a request by the rules of the policy. */
export interface CorsOutcome {
  /** Headers for the response. `Vary` is to be added to one that is there, the others are set. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Present on a preflight request that is to be answered at once, with `Content-Length: 0`. */
  readonly preflight?: { readonly status: number };
  /** Present when a user's function failed, or refused with an error: refuse the request. */
  readonly error?: Error;
}

/** The origins that hold for one request, after all functions were asked. */
interface Judgement {
  readonly rules: CorsRules;
  readonly allowed: CorsOrigin;
}

type Answer<T> = { readonly value: T } | { readonly error: Error };
type Eventually<T> = T | Promise<T>;

/** The common shape of the users' functions, whose own types differ in what they answer. */
type UserFunction<T> = (subject: T, callback: (error: unknown, value?: unknown) => void) => unknown;

const NO_HEADERS: readonly Header[] = Object.freeze([]);
const NOTHING: CorsOutcome = Object.freeze({ headers: NO_HEADERS });

/**
 * Answers, for each request, which CORS headers belong to it and whether a WebSocket is allowed.
 *
 * @example
 * ```ts
 * import { snapshotRequest } from "./handshake_info.ts";
 *
 * const policy = new CorsPolicy({ origin: "https://app.example" }, (error) => console.error(error));
 * const headers = [["host", "localhost"]] as const;
 * const known = { remoteAddress: "", secure: false, raw: undefined };
 * const request = snapshotRequest({ url: "/", method: "GET", headers, ...known });
 * const outcome = await policy.apply(request);
 * outcome.headers[0]; // ["Access-Control-Allow-Origin", "https://app.example"]
 * ```
 */
export class CorsPolicy {
  readonly #rulesFor: (request: RequestHead) => Eventually<Answer<CorsRules>>;
  readonly #onError: (error: Error) => void;

  /**
   * Checks the options; asks nobody yet.
   *
   * @param options The options, a function that chooses them, or `true` for the defaults.
   * @param onError Told of each fault of a user's function: what it threw, or a wrong answer. An
   *   error that it handed to the callback is a refusal, not a fault.
   * @throws {TypeError} When options are wrong; the message names all that are.
   */
  constructor(
    options: CorsOptions | CorsOptionsDelegate | true,
    onError: (error: Error) => void,
  ) {
    this.#onError = onError;
    if (typeof options === "function") {
      // Both forms of a delegate can be called so: the one without a callback ignores it.
      const delegate = options as UserFunction<RequestHead>;
      this.#rulesFor = (request) => this.#ask(delegate, request, resolveCorsRules);
    } else {
      const answer = { value: resolveCorsRules(options === true ? {} : options) };
      this.#rulesFor = () => answer;
    }
  }

  /**
   * What CORS asks for with this request. Synchronous unless a user's function answers later; how
   * long it may take is not bounded here.
   *
   * @param request what is known of the request
   * @param userRequest what the users' functions are given of it
   */
  apply(
    request: EngineRequest,
    userRequest: RequestHead = request,
  ): CorsOutcome | Promise<CorsOutcome> {
    return chain(
      this.#judge(request.headers["origin"], userRequest),
      (answer) =>
        "error" in answer
          ? { headers: NO_HEADERS, error: answer.error }
          : outcome(answer.value, request),
    );
  }

  /**
   * Whether this WebSocket upgrade is allowed; it is not when a user's function fails.
   *
   * Allowed are a request without an `Origin` header (not a browser), one whose origin is the host
   * it is sent to, and one of an allowed origin. With the origins `"*"` and `true` all are.
   *
   * So they are with `false`, which turns the headers off and restricts nothing: browsers then keep
   * pages of other sites from polling, yet not from opening a WebSocket. List origins for that.
   *
   * @param request what is known of the request
   * @param userRequest what the users' functions are given of it
   */
  allowsWebSocket(
    request: EngineRequest,
    userRequest: RequestHead = request,
  ): boolean | Promise<boolean> {
    const origin = request.headers["origin"];
    if (origin === undefined || isSameOrigin(origin, request.headers["host"])) return true;
    return chain(this.#judge(origin, userRequest), (answer) => {
      return !("error" in answer) &&
        (answer.value.rules.origin === false || allows(answer.value, origin));
    });
  }

  /**
   * Whether a page of another origin may ask with scripts and forms, to which browsers apply no rule;
   * it may not when a user's function fails, nor with `false`. With credentials it may where browsers
   * let it read the answer to such a request: `credentials` is `true`, and the origin is not `"*"`.
   *
   * @param origin the origin of the page, `"null"` when it is not known
   * @param request what is known of the request
   * @param userRequest what the users' functions are given of the request
   */
  allowsScript(
    origin: string,
    { headers }: EngineRequest,
    userRequest: RequestHead,
  ): boolean | Promise<boolean> {
    const hasCredentials = headers.cookie !== undefined || headers.authorization !== undefined;
    return chain(this.#judge(origin, userRequest), (answer) => {
      if ("error" in answer || !allows(answer.value, origin)) return false;
      const { rules, allowed } = answer.value;
      return !hasCredentials || (rules.credentials && allowed !== "*");
    });
  }

  /** Finds the origins that hold, from the options or the user's functions. */
  #judge(
    asking: string | undefined,
    userRequest: RequestHead,
  ): Eventually<Answer<Judgement>> {
    return chain(this.#rulesFor(userRequest), (answer): Eventually<Answer<Judgement>> => {
      if ("error" in answer) return answer;
      const rules = answer.value;
      if (typeof rules.origin !== "function") return { value: { rules, allowed: rules.origin } };
      // Both forms of an origin function can be called so, as above.
      const origin = rules.origin as UserFunction<string | undefined>;
      const read = (value: unknown): Judgement => ({ rules, allowed: readAllowedOrigin(value) });
      return this.#ask(origin, asking, read);
    });
  }

  /** Asks a user's function and reads its answer; a wrong one is a fault of the function. */
  #ask<S, T>(
    userFunction: UserFunction<S>,
    subject: S,
    read: (value: unknown) => T,
  ): Eventually<Answer<T>> {
    const question = new Question(this.#onError);
    return chain(question.ask(userFunction, subject), (answer): Answer<T> => {
      if ("error" in answer) return answer;
      try {
        return { value: read(answer.value) };
      } catch (thrown) {
        return { error: question.fail(thrown) };
      }
    });
  }
}

/** One question to a user's function, which may answer in several ways, several times or never. */
class Question {
  readonly #onError: (error: Error) => void;
  #answer: Answer<unknown> | undefined;
  #wake: ((answer: Answer<unknown>) => void) | undefined;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  ask<S>(userFunction: UserFunction<S>, subject: S): Eventually<Answer<unknown>> {
    const answersByReturning = userFunction.length < 2;
    try {
      const returned = userFunction(subject, (error, value) => {
        this.#settle(error ? { error: toError(error) } : { value });
      });
      if (isThenable(returned)) {
        // A function with a callback may be async too: then only its failure tells something.
        Promise.resolve(returned).then((value) => {
          if (answersByReturning) this.#settle({ value });
        }, (thrown) => this.fail(thrown));
      } else if (answersByReturning) this.#settle({ value: returned });
    } catch (thrown) {
      this.fail(thrown);
    }
    return this.#answer ?? new Promise((resolve) => this.#wake = resolve);
  }

  /** Reports a fault, which also is the answer unless there was one. */
  fail(thrown: unknown): Error {
    const error = toError(thrown);
    this.#settle({ error });
    this.#onError(error);
    return error;
  }

  #settle(answer: Answer<unknown>): void {
    if (this.#answer !== undefined) return;
    this.#answer = answer;
    this.#wake?.(answer);
  }
}

function outcome({ rules, allowed }: Judgement, request: EngineRequest): CorsOutcome {
  if (!allowed) return NOTHING;
  const origin = allowedOriginHeader(allowed, request.headers["origin"]);
  const headers: Header[] = origin ? [["Access-Control-Allow-Origin", origin]] : [];
  const vary = allowed === "*" ? [] : ["Origin"];
  headers.push(...rules.common);
  const isPreflight = request.method === "OPTIONS";
  if (isPreflight) {
    headers.push(...rules.preflight);
    if (rules.reflectsHeaders) {
      const asked = request.headers["access-control-request-headers"];
      if (asked) headers.push(["Access-Control-Allow-Headers", asked]);
      vary.push("Access-Control-Request-Headers");
    }
  }
  if (vary.length > 0) headers.push(["Vary", vary.join(", ")]);
  if (!isPreflight || rules.preflightStatus === undefined) return { headers };
  return { headers, preflight: { status: rules.preflightStatus } };
}

/** A fixed origin is named whoever asks; otherwise the asking one is, if allowed. */
function allowedOriginHeader(allowed: CorsOrigin, origin: string | undefined): string | undefined {
  if (typeof allowed === "string") return allowed;
  return origin !== undefined && matches(origin, allowed) ? origin : undefined;
}

function allows({ allowed }: Judgement, origin: string): boolean {
  return allowed === "*" || matches(origin, allowed);
}

function matches(origin: string, allowed: CorsOrigin): boolean {
  if (typeof allowed === "boolean") return allowed;
  if (typeof allowed === "string") return origin === allowed;
  if (allowed instanceof RegExp) {
    // With one of these flags `test` goes on from where it ended last: ask a copy.
    return (allowed.global || allowed.sticky ? new RegExp(allowed) : allowed).test(origin);
  }
  return allowed.some((member) => matches(origin, member));
}

/**
 * Whether a page of the host that the request was sent to asks. The scheme is left out: behind a
 * proxy that ends TLS nobody here knows it.
 */
export function isSameOrigin(origin: string, host: string | undefined): boolean {
  const parts = /^(https?):\/\/(.+)$/i.exec(origin.toLowerCase());
  if (parts === null || host === undefined) return false;
  const [, scheme, own] = parts;
  const sentTo = host.toLowerCase();
  return own === sentTo || `${own}:${scheme === "https" ? 443 : 80}` === sentTo;
}

/** Goes on at once when the value is there. */
function chain<A, B>(value: Eventually<A>, next: (value: A) => Eventually<B>): Eventually<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}
