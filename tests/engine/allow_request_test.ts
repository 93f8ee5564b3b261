/** Tests the option `allowRequest`: every way to answer, and what the client is told. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type AllowRequest, askAllowRequest } from "../../src/engine/allow_request.ts";
import { assertRefused, InProcessEngine, settle } from "../support/in_process_engine.ts";
import { snapshotOf } from "../support/web_request.ts";

const POLLING = "EIO=4&transport=polling";
const WEBSOCKET = "EIO=4&transport=websocket";
const REQUEST = snapshotOf(new Request("http://localhost/"));
const FAILURE = new Error("no database");

const accepts: Record<string, AllowRequest> = {
  "by value": () => true,
  "by promise": () => Promise.resolve(true),
  "by callback": (_request, callback) => callback(null, true),
  "by callback, without an error": (_request, callback) => callback(undefined, true),
  "by callback, later": (_request, callback) => queueMicrotask(() => callback(null, true)),
  "by callback in an async function": async (_request, callback) => {
    await Promise.resolve();
    callback(null, true);
  },
  "by callback, and refuses afterwards": (_request, callback) => {
    callback(null, true);
    callback("too late", false);
  },
  "by callback, whatever it gives back": (_request, callback) => {
    callback(null, true);
    return false;
  },
};

const refuses: Record<string, readonly [AllowRequest, message?: string]> = {
  "by value": [() => false],
  "by nothing": [() => {}],
  "by promise": [() => Promise.resolve(false)],
  "by promise of nothing": [() => Promise.resolve()],
  "by callback": [(_request, callback) => callback(null, false)],
  "by callback, with a text": [(_request, callback) => callback("go away", false), "go away"],
  "by callback, later": [
    (_request, callback) => queueMicrotask(() => callback("later", false)),
    "later",
  ],
  "by callback, and accepts afterwards": [(_request, callback) => {
    callback("first", false);
    callback(null, true);
    return true;
  }, "first"],
};

const fails: Record<string, AllowRequest> = {
  "by throwing": () => {
    throw FAILURE;
  },
  "by rejecting": () => Promise.reject(FAILURE),
  "by throwing instead of calling back": (_request, _callback) => {
    throw FAILURE;
  },
  "by rejecting instead of calling back": (_request, _callback) => Promise.reject(FAILURE),
};

for (const [how, allowRequest] of Object.entries(accepts)) {
  Deno.test(`allowRequest accepts ${how}`, async () => {
    assert((await askAllowRequest(allowRequest, REQUEST, () => {})).allowed);
    const engine = new InProcessEngine({ allowRequest });
    assertEquals((await engine.ask(POLLING)).status, 200);
    assertEquals((await engine.askUpgrade(WEBSOCKET)).status, 101);
    assertEquals([engine.refusals, engine.failures], [[], []]);
  });
}

for (const [how, [allowRequest, message]] of Object.entries(refuses)) {
  Deno.test(`allowRequest refuses ${how}`, async () => {
    const engine = new InProcessEngine({ allowRequest });
    const told = message ?? "Forbidden";
    const refusal = { code: 4, message: "Forbidden", context: { message }, told };
    assertRefused(engine, await engine.ask(POLLING), refusal);
    assertRefused(engine, await engine.askUpgrade(WEBSOCKET), { ...refusal, upgrade: true });
    assertEquals([engine.server.clientsCount, engine.sockets.length], [0, 0]);
    assertEquals(engine.failures, []);
  });
}

for (const [how, allowRequest] of Object.entries(fails)) {
  Deno.test(`allowRequest that fails ${how} refuses, and is reported`, async () => {
    const engine = new InProcessEngine({ allowRequest });
    const context = { message: undefined };
    const refusal = { code: 4, message: "Forbidden", context };
    assertRefused(engine, await engine.ask(POLLING), refusal);
    assertRefused(engine, await engine.askUpgrade(WEBSOCKET), { ...refusal, upgrade: true });
    const report: [unknown, string] = [FAILURE, "allowRequest"];
    assertEquals(engine.failures, [report, report]);
    assertStrictEquals(engine.failures[0]?.[0], FAILURE);
  });
}

Deno.test("allowRequest with an empty text tells the client the usual one", async () => {
  const engine = new InProcessEngine({
    allowRequest: (_request, callback) => callback("", false),
  });
  const refusal = { code: 4, message: "Forbidden", context: { message: "" } };
  assertRefused(engine, await engine.ask(POLLING), refusal);
  assertRefused(engine, await engine.askUpgrade(WEBSOCKET), { ...refusal, upgrade: true });
});

Deno.test("A function with two parameters answers by its callback only", async () => {
  let answer: (error: null, success: boolean) => void = () => {};
  const engine = new InProcessEngine({
    allowRequest: (_request, callback) => {
      answer = callback;
      return true;
    },
  });
  let status = 0;
  engine.ask(POLLING).then((reply) => status = reply.status);
  await settle();
  assertEquals([status, engine.server.clientsCount], [0, 0]);
  answer(null, false);
  await settle();
  assertEquals(status, 403);
});

Deno.test("allowRequest is asked for handshakes only, and once", async () => {
  const asked: string[] = [];
  const engine = new InProcessEngine({
    allowRequest: ({ url, remoteAddress }) => {
      asked.push(`${url} ${remoteAddress}`);
      return true;
    },
  });
  const session = await engine.connect();
  await engine.post(session, "4a");
  session.send("a");
  await engine.poll(session);
  await engine.webSocket(session);
  assertEquals(asked, [`/socket.io/?${POLLING} 192.0.2.1`]);
  for (const query of ["EIO=4", `${POLLING}&sid=x`, WEBSOCKET]) await engine.ask(query);
  assertEquals(asked.length, 1);
});

Deno.test("allowRequest is asked before the protocol revision is looked at", async () => {
  const engine = new InProcessEngine({ allowRequest: () => false });
  const reply = await engine.ask("EIO=3&transport=polling");
  assertRefused(engine, reply, { code: 4, message: "Forbidden", context: { message: undefined } });
});
