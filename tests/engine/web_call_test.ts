/** Tests of `Request` and `Response` as a call: snapshot, headers, middlewares, upgrades, aborts. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import type { EngineMiddleware } from "../../src/engine/api.ts";
import type { Header, SinkEvents, WebSocketUpgrader } from "../../src/engine/ports.ts";
import { WebCall } from "../../src/engine/web_call.ts";
import { settle } from "../support/in_process_engine.ts";

const URL_TEXT = "https://chat.example/socket.io/?EIO=4&transport=polling#part";
const NO_EVENTS: SinkEvents = { opened: () => {}, frame: () => {}, closed: () => {} };

function callOf(init: RequestInit = {}): WebCall {
  return new WebCall(new Request(URL_TEXT, init), { remoteAddress: "" }, undefined);
}

/** Records what it is given, and answers as runtimes do. */
class RecordingUpgrader implements WebSocketUpgrader {
  readonly given: [Request, readonly Header[], SinkEvents][] = [];

  upgrade(request: Request, headers: readonly Header[], events: SinkEvents): Response {
    this.given.push([request, headers, events]);
    return new Response(null, { status: 101 });
  }
}

/** The headers of an answer, one entry for each `set-cookie`. */
function headersOf(headers: Iterable<readonly [string, string]>): string[] {
  return [...headers].map(([name, value]) => `${name.toLowerCase()}: ${value}`).sort();
}

// --- the snapshot ---

Deno.test("WebCall gives a snapshot of the request, the same one to users", () => {
  const request = new Request(URL_TEXT, { method: "post", body: "x", headers: { "X-A": "1" } });
  const call = new WebCall(request, { remoteAddress: "192.0.2.1" }, undefined);
  assertEquals({ ...call.request, headers: { ...call.request.headers } }, {
    url: "/socket.io/?EIO=4&transport=polling",
    method: "POST",
    headers: { "content-type": "text/plain;charset=UTF-8", "x-a": "1" },
    query: Object.assign(Object.create(null), { EIO: "4", transport: "polling" }),
    remoteAddress: "192.0.2.1",
    secure: true,
    raw: request,
  });
  assertStrictEquals(call.request.raw, request);
  assertStrictEquals(call.userRequest, call.request);
  assert(!request.bodyUsed && request.body?.locked === false);
});

Deno.test("WebCall takes raw and secure from the runtime, else from the request", () => {
  const raw = { kind: "incoming message" };
  const of = (url: string, secure?: boolean): boolean => {
    const info = { remoteAddress: "", ...(secure === undefined ? {} : { secure }) };
    return new WebCall(new Request(url), info, undefined).request.secure;
  };
  assertEquals([of("http://a.example/"), of("https://a.example/")], [false, true]);
  assertEquals([of("http://a.example/", true), of("https://a.example/", false)], [true, false]);
  const call = new WebCall(new Request(URL_TEXT), { remoteAddress: "", raw }, undefined);
  assertStrictEquals(call.request.raw, raw);
});

Deno.test("WebCall has read all of the request before anything is done with it", () => {
  const request = new Request(URL_TEXT, { headers: { a: "1" } });
  const upgrader = new RecordingUpgrader();
  const call = new WebCall(request, { remoteAddress: "192.0.2.1" }, upgrader);
  for (const name of ["url", "method", "headers"] as const) {
    Object.defineProperty(request, name, {
      get: () => {
        throw new TypeError("Request closed");
      },
    });
  }
  call.addHeader("vary", "Origin");
  call.upgrade([["a", "b"]], NO_EVENTS);
  call.reply(200, [], null);
  assertEquals([call.request.headers["a"], call.request.method], ["1", "GET"]);
});

Deno.test("WebCall does not follow later changes of the request's headers", () => {
  const request = new Request(URL_TEXT, { headers: { a: "1" } });
  const call = new WebCall(request, { remoteAddress: "" }, undefined);
  request.headers.set("a", "2");
  assertEquals(call.request.headers["a"], "1");
});

Deno.test("WebCall ends the connection after a late body, and where nobody is taken", () => {
  const ends = [200, 400, 408, 413, 429, 503].filter((status) =>
    callOf().reply(status, [], null).headers.get("connection") === "close"
  );
  assertEquals(ends, [408, 503]);
});

// --- answers ---

Deno.test("WebCall replies with status, headers and body", async () => {
  const response = callOf().reply(413, [["x-a", "1"], ["X-B", "2"]], "too large");
  assertEquals([response.status, await response.text()], [413, "too large"]);
  assertEquals([response.headers.get("x-a"), response.headers.get("x-b")], ["1", "2"]);
  const empty = callOf().reply(204, [], null);
  assertEquals([empty.status, empty.body], [204, null]);
});

Deno.test("WebCall sets headers of the reply; the engine's own win, in any case of letters", () => {
  const call = callOf();
  call.addHeader("Cache-Control", "public");
  call.addHeader("x-frame-options", "DENY");
  call.addHeader("x-many", "1");
  call.addHeader("X-Many", "2");
  const own = [["cache-control", "no-store"], ["Content-Type", "text/plain"]] as const;
  assertEquals(headersOf(call.reply(200, own, "a").headers), [
    "cache-control: no-store",
    "content-type: text/plain",
    "x-frame-options: DENY",
    "x-many: 2",
  ]);
});

Deno.test("WebCall adds up vary and set-cookie, from whomever they come", () => {
  const call = callOf();
  for (const value of ["Origin", "X-Mine"]) call.addHeader("Vary", value);
  for (const value of ["a=1", "b=2"]) call.addHeader("Set-Cookie", value);
  const own = [["vary", "Accept"], ["set-cookie", "io=3"], ["set-cookie", "c=4"]] as const;
  const { headers } = call.reply(200, own, null);
  assertEquals(headers.getSetCookie(), ["io=3", "c=4", "a=1", "b=2"]);
  assertEquals(headers.get("vary"), "Accept, Origin, X-Mine");
});

Deno.test("WebCall has headers of its own, whatever other calls were given", () => {
  const [first, second] = [callOf(), callOf()];
  first.addHeader("x-first", "1");
  assertEquals(headersOf(second.reply(200, [], null).headers), []);
  assertEquals(headersOf(first.reply(200, [], null).headers), ["x-first: 1"]);
});

// --- upgrades ---

Deno.test("WebCall upgrades the request itself, with all headers", () => {
  const request = new Request(URL_TEXT);
  const upgrader = new RecordingUpgrader();
  const call = new WebCall(request, { remoteAddress: "" }, upgrader);
  call.addHeader("set-cookie", "a=1");
  call.addHeader("x-own", "not this one");
  call.addHeader("access-control-allow-origin", "*");
  const own = [["X-Own", "1"], ["set-cookie", "io=3"]] as const;
  assertEquals(call.upgrade(own, NO_EVENTS).status, 101);
  const [given] = upgrader.given;
  assert(given && upgrader.given.length === 1);
  assertStrictEquals(given[0], request);
  assertEquals(headersOf(given[1]), [
    "access-control-allow-origin: *",
    "set-cookie: a=1",
    "set-cookie: io=3",
    "x-own: 1",
  ]);
  assertStrictEquals(given[2], NO_EVENTS);
});

Deno.test("WebCall without an upgrader refuses handshakes", () => {
  const error = assertThrows(() => callOf().upgrade([], NO_EVENTS), TypeError);
  assertEquals(
    error.message,
    "Cannot upgrade: a WebSocket handshake must come through the HTTP server",
  );
});

Deno.test("WebCall lets the error of an upgrader through", () => {
  const failure = new TypeError("no Sec-WebSocket-Key");
  const upgrader: WebSocketUpgrader = {
    upgrade: () => {
      throw failure;
    },
  };
  const call = new WebCall(new Request(URL_TEXT), { remoteAddress: "" }, upgrader);
  const error = assertThrows(() => call.upgrade([], NO_EVENTS));
  assertStrictEquals(error, failure);
});

// --- middlewares ---

/** Runs middlewares on a call that has headers already; gives the reply and what failed. */
async function run(
  ...middlewares: EngineMiddleware[]
): Promise<{ call: WebCall; response: Response | undefined; failures: unknown[] }> {
  const call = callOf({ headers: { a: "1" } });
  call.addHeader("access-control-allow-origin", "*");
  call.addHeader("vary", "Origin");
  const failures: unknown[] = [];
  const response = await call.runMiddlewares(middlewares, (error) => failures.push(error));
  return { call, response, failures };
}

Deno.test("WebCall gives middlewares the Request, the snapshot and the headers so far", async () => {
  const seen: unknown[] = [];
  const { call, response } = await run((request, info, next) => {
    seen.push(request, info.request, info.responseHeaders.get("access-control-allow-origin"));
    info.responseHeaders.set("x-first", "1");
    next();
  }, (_request, { responseHeaders }, next) => {
    seen.push(responseHeaders.get("x-first"));
    next();
  });
  assertEquals(response, undefined);
  assertEquals(seen.slice(2), ["*", "1"]);
  assertStrictEquals(seen[0], call.request.raw);
  assertStrictEquals(seen[1], call.request);
  assertEquals(headersOf(call.reply(200, [], null).headers), [
    "access-control-allow-origin: *",
    "vary: Origin",
    "x-first: 1",
  ]);
});

Deno.test("WebCall can take headers away that were added before", async () => {
  const { call } = await run((_request, { responseHeaders }, next) => {
    responseHeaders.delete("vary");
    next();
  });
  const headers = ["access-control-allow-origin: *"];
  assertEquals(headersOf(call.reply(200, [], null).headers), headers);
});

Deno.test("WebCall completes a middleware's Response, also an immutable one", async () => {
  const { response } = await run(() => Response.redirect("https://login.example/"));
  assertEquals([response?.status, headersOf(response?.headers ?? [])], [302, [
    "access-control-allow-origin: *",
    "location: https://login.example/",
    "vary: Origin",
  ]]);
  const own = new Headers([["vary", "Accept"], ["set-cookie", "b=2"], ["x-own", "mine"]]);
  const completed = await run((_request, { responseHeaders }) => {
    responseHeaders.set("x-own", "not this one");
    responseHeaders.append("set-cookie", "a=1");
    return new Response("tea", { status: 418, statusText: "Teapot", headers: own });
  });
  const { status, statusText, headers } = completed.response ?? Response.error();
  assertEquals([status, statusText, headers.get("x-own")], [418, "Teapot", "mine"]);
  assertEquals(headers.getSetCookie(), ["b=2", "a=1"]);
  assertEquals(headers.get("vary"), "Accept, Origin");
  assertEquals(await completed.response?.text(), "tea");
  assertEquals(own.get("vary"), "Accept");
});

Deno.test("WebCall rejects with what a middleware refuses with, and tells of faults", async () => {
  const failure = new Error("not today");
  const cases: readonly (readonly [EngineMiddleware, failures: unknown[]])[] = [
    [(_request, _info, next) => next(failure), []],
    [() => {
      throw failure;
    }, [failure]],
    [() => Promise.reject(failure), [failure]],
  ];
  for (const [middleware, failures] of cases) {
    const told: unknown[] = [];
    let after = 0;
    const middlewares: EngineMiddleware[] = [middleware, () => void (after += 1)];
    const running = callOf().runMiddlewares(middlewares, (error) => told.push(error));
    assertStrictEquals(await assertRejects(() => running), failure);
    assertEquals([told, after], [failures, 0]);
  }
});

Deno.test("WebCall runs no middleware when there is none", async () => {
  const { call, response } = await run();
  assertEquals(response, undefined);
  assertEquals(call.reply(200, [], null).headers.get("vary"), "Origin");
});

// --- the peer goes away ---

Deno.test("WebCall tells once when the peer goes away", async () => {
  const stop = new AbortController();
  const call = callOf({ signal: stop.signal });
  let told = 0;
  call.onGone(() => told += 1);
  assertEquals([call.gone, told], [false, 0]);
  stop.abort();
  stop.abort();
  await settle();
  assertEquals([call.gone, told], [true, 1]);
});

Deno.test("WebCall tells nobody any more once that was said, or somebody else was named", async () => {
  const stop = new AbortController();
  const [quiet, replaced] = [callOf({ signal: stop.signal }), callOf({ signal: stop.signal })];
  const told: string[] = [];
  quiet.onGone(() => told.push("quiet"));
  quiet.onGone(undefined);
  quiet.onGone(undefined);
  replaced.onGone(() => told.push("first"));
  replaced.onGone(() => told.push("second"));
  stop.abort();
  await settle();
  assertEquals([told, quiet.gone], [["second"], true]);
});

Deno.test("WebCall knows of a peer that had gone before", () => {
  const call = callOf({ signal: AbortSignal.abort() });
  assert(call.gone);
});

Deno.test("WebCall leaves no listener on the signal", () => {
  const request = new Request(URL_TEXT);
  const { signal } = request;
  const listeners = new Set<unknown>();
  signal.addEventListener = (_type: string, listener: unknown): void =>
    void listeners.add(listener);
  signal.removeEventListener = (_type: string, listener: unknown): void =>
    void listeners.delete(listener);
  const call = new WebCall(request, { remoteAddress: "" }, undefined);
  for (let count = 0; count < 3; count++) call.onGone(() => {});
  assertEquals(listeners.size, 1);
  call.onGone(undefined);
  assertEquals(listeners.size, 0);
});

Deno.test("WebCall touches the signal only for those who wait", async () => {
  const request = new Request(URL_TEXT, { method: "POST", body: "4a" });
  let touched = 0;
  const { signal } = request;
  Object.defineProperty(request, "signal", {
    get: () => {
      touched += 1;
      return signal;
    },
  });
  const call = new WebCall(request, { remoteAddress: "" }, new RecordingUpgrader());
  const goesOn: EngineMiddleware = (_request, _info, next) => next();
  await call.runMiddlewares([goesOn], () => {});
  call.addHeader("a", "b");
  call.body.read({ chunk: () => {}, end: () => {}, failed: () => {} });
  await settle();
  call.body.cancel();
  call.upgrade([], NO_EVENTS);
  call.reply(200, [], "ok");
  assertEquals(touched, 0);
  call.onGone(() => {});
  assert(touched > 0);
});
