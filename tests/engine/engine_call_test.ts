/**
 * Tests of the engine on calls that are not those of the Web: who is given which request, that every
 * call is answered once, and what becomes of bodies and of peers that go away.
 */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { CorsPolicy } from "../../src/engine/cors.ts";
import type { HeaderRecord } from "../../src/engine/api.ts";
import {
  FakeCall,
  type FakeCallOptions,
  type ForeignMiddleware,
  type WrittenAnswer,
} from "../support/fake_call.ts";
import {
  FakeWebSocket,
  InProcessEngine,
  type InProcessOptions,
  type RecordedSession,
  settle,
} from "../support/in_process_engine.ts";

const POLLING = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET = "/socket.io/?EIO=4&transport=websocket";
const UPGRADE = { headers: { upgrade: "websocket" } };

/** An engine that is given calls. */
class Calls extends InProcessEngine {
  constructor(options: InProcessOptions = {}, ...middlewares: ForeignMiddleware[]) {
    super(options);
    for (const middleware of middlewares) this.server.engine.use(middleware);
  }

  /** Gives a call to the engine; gives it back when nothing moves any more. */
  async call(target: string, options: FakeCallOptions = {}): Promise<FakeCall> {
    const call = this.begin(target, options);
    await settle();
    return call;
  }

  /** Gives a call to the engine. */
  begin(target: string, options: FakeCallOptions = {}): FakeCall {
    const call = new FakeCall(target, options);
    this.server.handle(call).then((reply) => assertStrictEquals(reply, call.answer));
    return call;
  }

  /** The runtime has finished the WebSocket handshake of a call. */
  openSocket({ events }: FakeCall): FakeWebSocket {
    assert(events !== undefined, "the call was not upgraded");
    return new FakeWebSocket(new Headers(), events).open();
  }
}

function target({ link }: RecordedSession): string {
  return `${POLLING}&sid=${link.id}`;
}

function statusOf({ answer }: FakeCall): number | undefined {
  return answer?.status;
}

function header(answer: WrittenAnswer | undefined, wanted: string): string | undefined {
  return answer?.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}

// --- who is given which request ---

Deno.test("Users' functions are given what the call has for them", async () => {
  const given: [where: string, request: unknown][] = [];
  const note = (where: string) => (request: unknown) => void given.push([where, request]);
  const cors = new CorsPolicy((request, callback) => {
    note("cors")(request);
    callback(null, { origin: "https://app.example" });
  }, () => {});
  const engine = new Calls({
    cors,
    allowRequest: (request) => {
      note("allowRequest")(request);
      return true;
    },
  });
  const facade = engine.server.engine;
  facade.generateId = (request) => {
    note("generateId")(request);
    return `id-${given.length}`;
  };
  facade.on("initial_headers", (_headers, request) => note("initial_headers")(request));
  facade.on("headers", (_headers, request) => note("headers")(request));
  const opening = ["cors", "allowRequest", "generateId", "initial_headers", "headers"];
  const foreign = { headers: { origin: "https://app.example", host: "chat.example" } };
  const upgrade = { headers: { ...foreign.headers, ...UPGRADE.headers } };
  const calls = [await engine.call(POLLING, foreign), await engine.call(WEBSOCKET, upgrade)];
  for (const call of calls) {
    const mine = given.splice(0, opening.length);
    assertEquals(mine.map(([where]) => where), opening);
    for (const [where, request] of mine) assertStrictEquals(request, call.userRequest, where);
  }
  const poll = engine.begin(target(engine.session()));
  engine.session().send("a");
  await settle();
  assertEquals(given.map(([where]) => where), ["cors", "headers"]);
  for (const [where, request] of given) assertStrictEquals(request, poll.userRequest, where);
});

Deno.test("Listeners of refusals are given what the call has for users", async () => {
  const engine = new Calls();
  const refused = [
    await engine.call("/socket.io/?transport=x"),
    await engine.call(`${WEBSOCKET}&sid=x`, UPGRADE),
    await engine.call(POLLING, { method: "DELETE" }),
  ];
  assertEquals(refused.map(statusOf), [400, 400, 400]);
  assertEquals(engine.refusals.map(({ code }) => code), [0, 1, 2]);
  refused.forEach(({ userRequest }, at) =>
    assertStrictEquals(engine.refusals[at]?.req, userRequest)
  );
});

Deno.test("A handshake that fails when its WebSocket opens is told, and not answered again", async () => {
  const engine = new Calls();
  engine.server.engine.generateId = () => "same";
  const [first, second] = [
    await engine.call(WEBSOCKET, UPGRADE),
    await engine.call(WEBSOCKET, UPGRADE),
  ];
  engine.openSocket(first);
  const late = engine.openSocket(second);
  assertEquals([statusOf(first), statusOf(second)], [101, 101]);
  assertEquals([engine.sessions.length, late.closes.length], [1, 1]);
  assertEquals(engine.refusals.map(({ context }) => context.name), ["ID_GENERATION_ERROR"]);
  assertStrictEquals(engine.refusals[0]?.req, second.userRequest);
  assertEquals(engine.failures, []);
});

Deno.test("A session keeps the snapshot for itself, and for users what they are given", async () => {
  const engine = new Calls();
  const polling = await engine.call(POLLING, { headers: { "x-first": "1" } });
  const upgraded = await engine.call(WEBSOCKET, UPGRADE);
  engine.openSocket(upgraded);
  [polling, upgraded].forEach((call, at) => {
    const { link } = engine.session(at);
    assertStrictEquals(link.request, call.request);
    assertStrictEquals(link.userRequest, call.userRequest);
    assertStrictEquals(link.conn.request, call.userRequest);
    assertEquals(link.conn.remoteAddress, "198.51.100.4");
  });
});

Deno.test("The engine believes the snapshot, not what users are given", async () => {
  const engine = new Calls();
  const call = new FakeCall(POLLING, { headers: { "x-a": "1" } });
  Object.assign(call.userRequest, {
    url: "/?transport=x",
    method: "DELETE",
    headers: UPGRADE.headers,
  });
  const { status } = await engine.server.handle(call);
  assertEquals([status, engine.refusals], [200, []]);
});

// --- one answer ---

Deno.test("A preflight request is answered, and goes no further", async () => {
  const engine = new Calls({ cors: new CorsPolicy({ optionsSuccessStatus: 200 }, () => {}) });
  const { answer, body } = await engine.call(POLLING, { method: "OPTIONS" });
  assertEquals([answer?.status, answer?.body], [200, null]);
  assertEquals(header(answer, "content-length"), "0");
  assertEquals(header(answer, "access-control-allow-origin"), "*");
  assertEquals([body.reads, engine.sessions.length, engine.refusals.length], [0, 0, 0]);
});

Deno.test("A call that a middleware has answered goes no further", async () => {
  const seen: unknown[] = [];
  const engine = new Calls({}, (request, call) => {
    seen.push(request, call);
    return true;
  });
  const call = await engine.call("/socket.io/?transport=x", UPGRADE);
  assertEquals([call.answer?.status, call.answer?.body], [200, "middleware"]);
  assertEquals([engine.refusals.length, engine.sessions.length], [0, 0]);
  assertStrictEquals(seen[0], call.userRequest);
  assertStrictEquals(seen[1], call);
});

Deno.test("A middleware that fails has the call refused, and is reported", async () => {
  const failure = new Error("no store");
  const engine = new Calls({}, () => {
    throw failure;
  });
  const { answer, body } = await engine.call(POLLING, { method: "POST" });
  assertEquals([answer?.status, answer?.body], [400, '{"code":3,"message":"Bad request"}']);
  assertEquals([header(answer, "content-type"), body.cancels], ["application/json", 1]);
  assertEquals(engine.failures, [[failure, "middleware"]]);
  assertEquals(engine.refusals.map(({ context }) => context), [{ name: "MIDDLEWARE_FAILURE" }]);
});

Deno.test("Middlewares are not run where there are none", async () => {
  const engine = new Calls({ cors: new CorsPolicy(true, () => {}) });
  const call = new FakeCall(POLLING);
  call.runMiddlewares = () => Promise.reject(new Error("must not run"));
  assertEquals((await engine.server.handle(call)).status, 200);
});

Deno.test("Headers of CORS are on every answer to polling, those of middlewares on a 101 too", async () => {
  const engine = new Calls({ cors: new CorsPolicy({ origin: "https://a.example" }, () => {}) });
  const headers = { origin: "https://a.example", host: "a.example" };
  const replies = [await engine.call(POLLING, { headers })];
  const session = engine.session();
  replies.push(
    await engine.call(target(session), { method: "PUT", headers }),
    await engine.call("/socket.io/", { headers }),
  );
  engine.server.shutDown();
  replies.push(await engine.call(POLLING, { headers }));
  assertEquals(replies.map(statusOf), [200, 405, 400, 503]);
  const origins = replies.map(({ answer }) => header(answer, "access-control-allow-origin"));
  assertEquals(origins, ["https://a.example", "https://a.example", "https://a.example", undefined]);
  const added = new Calls({}, (_request, call) => {
    call.addHeader("x-frame-options", "DENY");
    return false;
  });
  const { answer } = await added.call(WEBSOCKET, UPGRADE);
  assertEquals([answer?.status, header(answer, "x-frame-options")], [101, "DENY"]);
});

Deno.test("A method that a session does not know gets 405, with the headers of listeners", async () => {
  const engine = new Calls();
  const session = await engine.connect();
  engine.server.engine.on("headers", (headers: HeaderRecord) => {
    headers["x-mine"] = "1";
  });
  const { answer, body } = await engine.call(target(session), { method: "PUT" });
  assertEquals([answer?.status, header(answer, "allow")], [405, "GET, POST"]);
  assertEquals([header(answer, "x-mine"), header(answer, "cache-control")], ["1", "no-store"]);
  assertEquals([body.reads, body.cancels], [0, 1]);
});

Deno.test("What a runtime cannot upgrade is refused, with the runtime's error", async () => {
  const engine = new Calls();
  const failure = new TypeError("no Sec-WebSocket-Key");
  const call = new FakeCall(WEBSOCKET, UPGRADE);
  call.upgrade = () => {
    throw failure;
  };
  const { status, body, headers } = await engine.server.handle(call);
  assertEquals([status, body, headers], [400, "Bad request", [["content-type", "text/html"]]]);
  assertEquals(engine.refusals.map(({ context }) => context), [
    { name: "TRANSPORT_HANDSHAKE_ERROR", error: failure },
  ]);
});

Deno.test("A call that breaks while it is refused gets 500, and the fault is reported", async () => {
  const engine = new Calls();
  const failure = new Error("broken");
  const call = new FakeCall("/socket.io/?transport=x");
  call.body.onCancel = () => {
    throw failure;
  };
  const { status, headers, body } = await engine.server.handle(call);
  assertEquals([status, headers, body], [500, [], null]);
  assertEquals(engine.failures, [[failure, "internal error"]]);
});

// --- bodies ---

Deno.test("The body of a POST is read as it comes, and answered at its end", async () => {
  const engine = new Calls();
  const session = await engine.connect();
  const post = await engine.call(target(session), { method: "POST" });
  post.body.push("4on").push("e\x1e4tw");
  await settle();
  assertEquals([statusOf(post), session.messages], [undefined, []]);
  post.body.push("o").end();
  await settle();
  assertEquals([post.answer?.body, session.messages], ["ok", ["one", "two"]]);
  assertEquals([post.body.reads, post.body.cancels], [1, 0]);
});

Deno.test("A body that is announced too large is not read", async () => {
  const engine = new Calls({ session: { maxPayloadBytes: 10 } });
  const session = await engine.connect();
  for (const length of ["11", "9".repeat(30)]) {
    const headers = { "content-length": length };
    const { answer, body } = await engine.call(target(session), { method: "POST", headers });
    assertEquals([answer?.status, body.reads, body.cancels], [413, 0, 1]);
  }
  assertEquals(session.link.state, "open");
});

Deno.test("A body that is announced wrongly is counted", async () => {
  for (const length of ["1", "-1", "1e9", "0x7fffffff", "many", "11, 11", " 11 "]) {
    const engine = new Calls({ session: { maxPayloadBytes: 10 } });
    const session = await engine.connect();
    const headers = { "content-length": length };
    const small = await engine.call(target(session), { method: "POST", headers });
    small.body.push("4".padEnd(10, "x")).end();
    await settle();
    assertEquals([length, statusOf(small)], [length, 200]);
    const large = await engine.call(target(session), { method: "POST", headers });
    large.body.push("4".padEnd(11, "x"));
    await settle();
    assertEquals([length, statusOf(large), large.body.cancels], [length, 413, 1]);
  }
});

Deno.test("What is answered without its body has the body cancelled", async () => {
  const engine = new Calls();
  const session = await engine.connect();
  const headers = { "content-type": "application/octet-stream" };
  const calls = [
    await engine.call("/socket.io/?transport=x", { method: "POST" }),
    await engine.call(target(session), { method: "PATCH" }),
    await engine.call(target(session), { method: "POST", headers }),
    await engine.call(target(session), { method: "POST" }),
  ];
  engine.server.shutDown();
  calls.push(await engine.call(target(session), { method: "POST" }));
  assertEquals(calls.map(statusOf), [400, 405, 400, 400, 503]);
  assertEquals(calls.map(({ body }) => [body.reads, body.cancels]), calls.map(() => [0, 1]));
});

Deno.test("A body that is still coming when the session ends is cancelled", async () => {
  const engine = new Calls();
  const session = await engine.connect();
  const post = await engine.call(target(session), { method: "POST" });
  session.link.close(true);
  await settle();
  assertEquals([statusOf(post), post.body.cancels], [400, 1]);
  post.body.push("4late").end();
  assertEquals(session.messages, []);
});

// --- peers that go away ---

Deno.test("A peer that goes away while its GET waits ends the session", async () => {
  const engine = new Calls();
  const session = await engine.connect();
  const poll = await engine.call(target(session));
  assertEquals([poll.isWatched, statusOf(poll)], [true, undefined]);
  poll.leave();
  await settle();
  assertEquals([poll.isWatched, statusOf(poll)], [false, 400]);
  assertEquals([session.reason, session.cause], [
    "transport error",
    "poll connection closed prematurely",
  ]);
});

Deno.test("A peer that has gone before is found out when its GET comes", async () => {
  const engine = new Calls();
  const session = await engine.connect();
  session.send("queued");
  const poll = new FakeCall(target(session));
  poll.gone = true;
  assertEquals((await engine.server.handle(poll)).status, 400);
  assertEquals([session.reason, engine.server.clientsCount], ["transport error", 0]);
});

Deno.test("Nobody is told of a peer that goes away after its answer", async () => {
  const engine = new Calls();
  const opened = await engine.call(POLLING);
  const session = engine.session();
  const poll = await engine.call(target(session));
  session.send("a");
  await settle();
  assertEquals([poll.answer?.body, opened.isWatched, poll.isWatched], ["4a", false, false]);
  for (const call of [opened, poll]) call.leave();
  assertEquals(session.link.state, "open");
});
