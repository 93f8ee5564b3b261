/**
 * Requests before anything is made for them: the snapshot, the checks, the revision, cross-origin rules.
 */
import { Advice } from "../../../src/base/advice.ts";
import { HandshakeError } from "../../../src/base/errors.ts";
import { resolveCookie, serializeCookie } from "../../../src/engine/cookie.ts";
import { CorsPolicy } from "../../../src/engine/cors.ts";
import { checkRequest, isUpgrade } from "../../../src/engine/handshake.ts";
import { type EngineRequest, isFieldValue, pathStart } from "../../../src/engine/handshake_info.ts";
import { foreignOrigin, scriptIndex } from "../../../src/engine/jsonp.ts";
import { chooseRevision, codecFor } from "../../../src/engine/revision_choice.ts";
import { revision3, revision4 } from "../../../src/session/revision.ts";
import { jsonOf, linesOf, textOf } from "../inputs.ts";
import { readRequest } from "../requests.ts";
import { BrokenPromise, type FuzzTarget, promised } from "../target.ts";

/** The longest line that an operator is told, bar what the code itself says: two quoted texts. */
const MAX_LINE = 800;

/** What breaks or turns a line of a log. */
const HIDDEN = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** A refusal as the engine makes it; anything else is thrown. */
function unlessHandshakeError<T>(check: () => T): T | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof HandshakeError) return undefined;
    throw new BrokenPromise(`Expected a HandshakeError, found ${error}`, { cause: error });
  }
}

function checkRecord(record: Readonly<Record<string, unknown>>): void {
  promised(Object.getPrototypeOf(record) === null, "a record has a prototype");
  promised(Object.isFrozen(record), "a record can be changed");
  promised(Object.values(record).every((it) => typeof it === "string"), "a value is no text");
}

/** Handshakes and the requests of sessions. */
export const handshakeTarget: FuzzTarget = {
  name: "handshake",
  promise: "Any request is read into plain values, and gets a revision or a HandshakeError",
  dictionary: [
    ...[
      "GET ",
      "POST ",
      "OPTIONS ",
      "/socket.io/",
      "http://a.example",
      "?EIO=4",
      "&EIO=3",
      "&t=1-0",
    ],
    ...["&transport=polling", "&transport=websocket", "&sid=", "&j=0", "&b64=1", "b64=false", "#"],
    ...["upgrade: websocket", "origin: https://a.example", "host: a.example", "referer: ", "://"],
    ...["sec-fetch-site: same-origin", "origin: null", "__proto__=", "constructor: x", "%ff"],
  ],
  run(input): void {
    const request = readRequest(input);
    promised(request.url.startsWith("/") && !request.url.includes("#"), `odd path ${request.url}`);
    promised(pathStart(request.url) === 0, "a path does not begin at 0");
    checkRecord(request.headers);
    checkRecord(request.query);
    const rules = { transports: ["polling", "websocket"] as const, find: () => undefined };
    unlessHandshakeError(() => checkRequest(request, isUpgrade(request), rules));
    for (const allowsV3 of [false, true]) checkRevision(request, allowsV3);
    promised(/^\d{0,16}$/.test(scriptIndex(request) ?? ""), "an index is more than digits");
    const origin = foreignOrigin(request);
    promised(origin === undefined || typeof origin === "string", "an origin is no text");
  },
};

function checkRevision(request: EngineRequest, allowsV3: boolean): void {
  const lines: string[] = [];
  const advice = new Advice((line) => lines.push(line));
  const revision = unlessHandshakeError(() => chooseRevision(request, allowsV3, advice));
  promised((revision === undefined) === (lines.length > 0), "a refusal is not told");
  const faults = lines.filter((line) => line.length > MAX_LINE || HIDDEN.test(line));
  promised(faults.length === 0, `the operator is told ${faults}`);
  for (const any of [revision3, revision4]) codecFor(any, request);
}

const ORIGINS = ["https://a.example", /\.b\.example$/g];
const POLICIES: readonly CorsPolicy[] = [
  new CorsPolicy(true, failed),
  new CorsPolicy({ origin: ORIGINS, credentials: true, maxAge: 5 }, failed),
  new CorsPolicy({ origin: true, preflightContinue: true }, failed),
  new CorsPolicy({ origin: false }, failed),
  new CorsPolicy({ origin: "https://a.example", allowedHeaders: "x-a" }, failed),
];

function failed(error: Error): void {
  throw new BrokenPromise(`A user's function is said to have failed: ${error}`);
}

/** Cross-origin rules, over the same requests. */
export const corsTarget: FuzzTarget = {
  name: "cors",
  promise: "Any headers are judged at once, and what is answered can be a header",
  dictionary: [
    ...[
      "OPTIONS /",
      "origin: ",
      "https://a.example",
      "http://x.b.example",
      "host: a.example",
      ":443",
    ],
    ...["access-control-request-headers: ", "access-control-request-method: ", "cookie: io=1"],
    ...["authorization: x", "null", ":80", "x-a", ", ", "HTTPS://"],
  ],
  run(input): void {
    const request = readRequest(input);
    // No runtime hands over a header that HTTP has no place for.
    const isSent = Object.values(request.headers).every((value) => isFieldValue(value));
    for (const policy of POLICIES) {
      const outcome = policy.apply(request);
      promised(!(outcome instanceof Promise), "nobody was asked, yet the answer comes later");
      promised(outcome.error === undefined, `refused: ${outcome.error}`);
      const texts = outcome.headers.map(([, value]) => value);
      promised(!isSent || texts.every((value) => isFieldValue(value)), `answered ${texts}`);
      const origin = request.headers.origin ?? "null";
      const judged = [
        policy.allowsWebSocket(request, request),
        policy.allowsScript(origin, request, request),
      ];
      promised(judged.every((it) => typeof it === "boolean"), "a page is judged later");
    }
  },
};

/** The option and the value of the cookie: options in the first line, then ids. */
export const cookieTarget: FuzzTarget = {
  name: "cookie",
  promise: "Any options are refused with a TypeError, or give one header that no id can break",
  dictionary: [
    ...[
      '{"name":"io"}',
      '"path":',
      '"domain":".a.example"',
      '"maxAge":',
      '"sameSite":"lax"',
      "true",
    ],
    ...['"priority":"high"', '"httpOnly":false', ";", "\r\n", " ", "<", '"secure":true', '"nam":1'],
  ],
  run(input): void {
    const [first = "", ...ids] = linesOf(input).map(textOf);
    const given = jsonOf(first);
    try {
      // What users write is not typed either.
      const cookie = resolveCookie(given as Parameters<typeof resolveCookie>[0]);
      if (cookie === undefined) return;
      const plain = serializeCookie("id", cookie).split(";").length;
      for (const id of ids) {
        const header = serializeCookie(id.toWellFormed(), cookie);
        promised(isFieldValue(header), `the cookie is ${header}`);
        promised(header.split(";").length === plain, "an id ends the cookie");
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  },
};
