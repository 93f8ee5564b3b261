/** Tests which revision a handshake gets, what is told of those that get none, and base64 on demand. */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Advice } from "../../src/base/advice.ts";
import { HandshakeError } from "../../src/base/errors.ts";
import { chooseRevision, codecFor } from "../../src/engine/revision_choice.ts";
import type { EngineRequest } from "../../src/engine/handshake_info.ts";
import { type Revision, revision3, revision4 } from "../../src/session/revision.ts";
import { engineV3, engineV3Base64 } from "../../src/wire/engine_v3.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { FakeCall } from "../support/fake_call.ts";
import { connectV3, queryV3, webSocketV3 } from "../support/engine_v3.ts";
import { assertRefused, InProcessEngine } from "../support/in_process_engine.ts";

function requestOf(query: string): EngineRequest {
  return new FakeCall(`/socket.io/?${query}`).request;
}

/** The choice of one server. */
interface Choice {
  choose(request: EngineRequest, allowsV3: boolean): Revision;
}

/** A choice that keeps what the operator is told. */
function choiceOf(): { choice: Choice; warnings: string[] } {
  const warnings: string[] = [];
  const advice = new Advice((message) => warnings.push(message));
  const choose: Choice["choose"] = (request, allows) => chooseRevision(request, allows, advice);
  return { choice: { choose }, warnings };
}

function assertNone(choice: Choice, query: string, allows: boolean): HandshakeError {
  const error = assertThrows(() => choice.choose(requestOf(query), allows));
  assertInstanceOf(error, HandshakeError);
  assertEquals([error.status, error.httpStatus], [5, 400], query);
  return error;
}

const UNSUPPORTED = "Unsupported protocol version";
/** Queries that name no revision, and what is found there. */
const UNKNOWN: readonly (readonly [query: string, found: unknown])[] = [
  ["", undefined],
  ["EIO=", ""],
  ["EIO=2", "2"],
  ["EIO=5", "5"],
  ["EIO=03", "03"],
  ["EIO=3.0", "3.0"],
  ["EIO=%203", " 3"],
  ["EIO=__proto__", "__proto__"],
  ["eio=3", undefined],
  ["EIO=3&EIO=2", "2"],
];

Deno.test("chooseRevision gives the revision that EIO names, 3 only where it is allowed", () => {
  const { choice, warnings } = choiceOf();
  for (const allows of [true, false]) {
    assertEquals(choice.choose(requestOf("EIO=4"), allows), revision4);
    assertEquals(choice.choose(requestOf("EIO=3&EIO=4"), allows), revision4);
  }
  assertEquals(choice.choose(requestOf("EIO=3"), true), revision3);
  assertEquals(choice.choose(requestOf("transport=polling&EIO=4&EIO=3"), true), revision3);
  assertEquals(warnings, []);
});

Deno.test("chooseRevision refuses what names no revision, and says what was there", () => {
  const { choice } = choiceOf();
  for (const [query, protocol] of UNKNOWN) {
    assertEquals(assertNone(choice, query, true).context, { protocol });
    // The reference counts it as 3, which is refused there too.
    assertEquals(assertNone(choice, query, false).context, { protocol: 3 });
  }
  assertEquals(assertNone(choice, "EIO=3", false).context, { protocol: 3 });
});

Deno.test("chooseRevision warns once for each cause, however many clients are refused", () => {
  const { choice, warnings } = choiceOf();
  assertNone(choice, "EIO=3", false);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0] ?? "", "allowEIO3");
  assertNone(choice, "EIO=3", false);
  for (const [query] of UNKNOWN) assertNone(choice, query, false);
  assertNone(choice, "EIO=3", false);
  assertEquals(warnings.length, 2);
  assertStringIncludes(warnings[1] ?? "", "no EIO parameter");
});

Deno.test("chooseRevision quotes little of what EIO says, and nothing that could forge a line", () => {
  const { choice, warnings } = choiceOf();
  assertNone(choice, `EIO=${"9".repeat(1_000)}%0Aforged`, true);
  assertEquals(warnings.length, 1);
  const [warning = ""] = warnings;
  assertStringIncludes(warning, "EIO=");
  assert(warning.length < 400 && !warning.includes("\n"), warning);
});

Deno.test("A handshake of revision 3 is refused with code 5 unless allowEIO3 is set", async () => {
  const engine = new InProcessEngine();
  const refusal = { code: 5, message: UNSUPPORTED, context: { protocol: 3 } };
  assertRefused(engine, await engine.ask(queryV3()), refusal);
  const upgrade = queryV3().replace("polling", "websocket");
  assertRefused(engine, await engine.askUpgrade(upgrade), { ...refusal, upgrade: true });
  assertEquals([engine.sessions.length, engine.sockets.length, engine.warnings.length], [0, 0, 1]);
});

Deno.test("A handshake that names no revision is refused with code 5, allowEIO3 or not", async () => {
  for (const allowEIO3 of [true, false]) {
    const engine = new InProcessEngine({ allowEIO3 });
    for (const [query, found] of UNKNOWN) {
      const protocol = allowEIO3 ? found : 3;
      const refusal = { code: 5, message: UNSUPPORTED, context: { protocol } };
      assertRefused(engine, await engine.ask(`${query}&transport=polling`), refusal);
      const reply = await engine.askUpgrade(`${query}&transport=websocket`);
      assertRefused(engine, reply, { ...refusal, upgrade: true });
    }
    assertEquals([engine.sessions.length, engine.warnings.length], [0, 1]);
  }
});

Deno.test("allowRequest is asked before the revision is looked at", async () => {
  const engine = new InProcessEngine({ allowRequest: (_request, answer) => answer("no", false) });
  const context = { message: "no" };
  const refusal = { code: 4, message: "Forbidden", context, told: "no" };
  assertRefused(engine, await engine.ask(queryV3()), refusal);
  assertEquals(engine.warnings, []);
});

Deno.test("A session keeps its revision: a request that names another one is refused", async () => {
  const engine = new InProcessEngine({ allowEIO3: true });
  const v3 = await connectV3(engine);
  const v4 = await engine.connect();
  const found: readonly (readonly [eio: string, protocol: unknown])[] = [
    ["EIO=3&", 3],
    ["EIO=4&", 4],
    ["", undefined],
    ["EIO=5&", "5"],
    ["EIO=&", ""],
  ];
  for (const [session, own] of [[v3, 3], [v4, 4]] as const) {
    for (const [eio, protocol] of found) {
      if (protocol === own) continue;
      const told = own === 4 ? 3 : protocol;
      const context = { name: "PROTOCOL_MISMATCH", protocol: told, previousProtocol: own };
      const refusal = { code: 3, message: "Bad request", context };
      const query = `${eio}transport=polling&sid=${session.link.id}`;
      assertRefused(engine, await engine.ask(query), refusal);
      const post = { method: "POST", body: own === 3 ? "2:4a" : "4a" };
      assertRefused(engine, await engine.ask(query, post), refusal);
      const upgrade = query.replace("polling", "websocket");
      assertRefused(engine, await engine.askUpgrade(upgrade), { ...refusal, upgrade: true });
    }
    assertEquals([session.link.state, session.messages], ["open", []]);
  }
  assertEquals((await engine.post(v4, "4a")).status, 200);
  const body = { method: "POST", body: "2:4a" };
  assertEquals((await engine.ask(queryV3(v3), body)).status, 200);
  assertEquals([v3.messages, v4.messages, engine.sockets.length], [["a"], ["a"], 0]);
});

Deno.test("A session tells its revision, on either transport", async () => {
  const engine = new InProcessEngine({ allowEIO3: true });
  const v3 = await connectV3(engine);
  await webSocketV3(engine);
  const socket3 = engine.session();
  const v4 = await engine.connect();
  await engine.connectWebSocket();
  const socket4 = engine.session();
  const told = [v3, socket3, v4, socket4].map((
    { link },
  ) => [link.revision.protocol, link.conn.protocol]);
  assertEquals(told, [[3, 3], [3, 3], [4, 4], [4, 4]]);
});

Deno.test("codecFor gives base64 to clients of revision 3 that ask for it, and to no others", () => {
  const asking = ["b64=1", "b64=true", "b64=2", "b64=yes", "b64=0&b64=1", "b64=%20"];
  for (const query of asking) {
    assertEquals(codecFor(revision3, requestOf(query)), engineV3Base64, query);
    assertEquals(codecFor(revision4, requestOf(query)), engineV4);
  }
  for (const query of ["", "b64=", "b64", "b64=0", "b64=false", "b64=1&b64=0", "B64=1"]) {
    assertEquals(codecFor(revision3, requestOf(query)), engineV3, query);
    assertEquals(codecFor(revision4, requestOf(query)), engineV4);
  }
});

Deno.test("A WebSocket of an upgrade says for itself whether it asks for base64", async () => {
  const data = Uint8Array.of(7, 8);
  const sent = { bytes: Uint8Array.of(4, 7, 8), base64: "b4Bwg=" };
  for (
    const [polling, socket] of [["&b64=1", ""], ["", "&b64=1"], ["&b64=1", "&b64=1"], [
      "",
      "",
    ]] as const
  ) {
    const engine = new InProcessEngine({ allowEIO3: true });
    const session = await connectV3(engine, polling);
    const upgraded = await webSocketV3(engine, session, socket);
    upgraded.receive("2probe", "5");
    session.send(data);
    await Promise.resolve();
    assertEquals(upgraded.frames, ["3probe", socket === "" ? sent.bytes : sent.base64]);
  }
});
