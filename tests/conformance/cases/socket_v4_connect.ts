/**
 * Cases: joining and leaving namespaces in the Socket.IO protocol as clients of 1.x and 2.x speak it.
 *
 * Source: Socket.IO protocol, revision 4, sections "CONNECT", "DISCONNECT" and "ERROR";
 * socket.io-client 1.7 and 2.5 for what they send and expect.
 */
import { assert, assertEquals } from "@std/assert";
import { RawWebSocket } from "../../support/raw_engine.ts";
import { OlderPolling } from "../../support/raw_engine_v3.ts";
import type { ConformanceCase } from "../conformance.ts";
import { echo, olderPolling, olderWebSocket } from "../../support/older_sessions.ts";

/** The first value that the server answers to an event of a namespace. */
async function answerTo(session: RawWebSocket, event: string, nsp = ""): Promise<unknown> {
  session.send(`42${nsp}0["${event}"]`);
  const answer = String(await session.frame());
  const header = `43${nsp}0`;
  assert(answer.startsWith(header), `Expected ${header}, found ${answer}`);
  return (JSON.parse(answer.slice(header.length)) as unknown[])[0];
}

/** The auth that the server has seen for a namespace of this session. */
async function seenAuth(session: RawWebSocket, nsp = ""): Promise<unknown> {
  return (await answerTo(session, "handshake", nsp) as { readonly auth: unknown }).auth;
}

/** Sends a packet and gives the next frame. */
async function ask(session: RawWebSocket, packet: string): Promise<string> {
  session.send(packet);
  return await session.text();
}

const mainCases: readonly ConformanceCase[] = [
  {
    name: "opening a session of revision 3 joins the main namespace: CONNECT unasked, without data",
    server: "older",
    async run(server): Promise<void> {
      await using webSocket = await RawWebSocket.start(server.url, { EIO: "3" });
      assertEquals(await webSocket.frame(), "40");
      const polling = await OlderPolling.start(server.url);
      assertEquals(await polling.collect(1), ["40"]);
      webSocket.send(echo(1));
      assertEquals(await webSocket.frame(), echo(1));
    },
  },
  {
    name: "in the main namespace auth is empty, whatever the query of the handshake is",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server, { token: "secret", tag: "v3 auth" });
      assertEquals(await seenAuth(session), {});
      const { query } = await answerTo(session, "handshake") as { query: Record<string, unknown> };
      assertEquals([query["token"], query["EIO"]], ["secret", "3"]);
    },
  },
  {
    name: "an event may come before its client has been told that it is in",
    server: "older",
    async run(server): Promise<void> {
      const session = await OlderPolling.start(server.url);
      assertEquals((await session.post(echo("early"))).text, "ok");
      assertEquals(await session.collect(2), ["40", echo("early")]);
    },
  },
  {
    name: "CONNECT to the main namespace, which opening has joined, closes the session",
    server: "older",
    async run(server): Promise<void> {
      const tag = "v3 connects twice";
      const session = await olderWebSocket(server, { tag });
      session.send("40");
      await session.ended();
      await server.report({ tag, kind: "disconnect", reason: "forced close" });
    },
  },
];

const namespaceCases: readonly ConformanceCase[] = [
  {
    name: "CONNECT of revision 3 names another namespace, with or without comma and query",
    server: "older",
    async run(server): Promise<void> {
      for (
        const [packet, auth] of [
          ["40/orders", {}],
          ["40/orders,", {}],
          ["40/orders?", {}],
          ["40/orders?token=x", { token: "x" }],
          ["40/orders?token=x,", { token: "x" }],
          ["40/orders?a=1&b=%C3%A9+%26&c", { a: "1", b: "é &", c: "" }],
          ["40/orders?a=1&a=2", { a: "2" }],
          ["40/orders?a=?x=/y", { a: "?x=/y" }],
        ] as const
      ) {
        await using session = await olderWebSocket(server);
        assertEquals(await ask(session, packet), "40/orders,", packet);
        assertEquals(await seenAuth(session, "/orders,"), auth, packet);
      }
    },
  },
  {
    name: "data of CONNECT is no auth in revision 3",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      assertEquals(await ask(session, '40/orders?a=1,{"b":2}'), "40/orders,");
      assertEquals(await seenAuth(session, "/orders,"), { a: "1" });
      assertEquals(await ask(session, '40/users,{"b":2}'), "40/users,");
      while (!String(await session.frame()).includes("third"));
      assertEquals(await seenAuth(session, "/users,"), {});
    },
  },
  {
    name: "ids are those that clients work out: of the session in /, with its name elsewhere",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      const { sid } = session.handshake;
      await ask(session, "40/orders");
      const main = await answerTo(session, "state") as Record<string, unknown>;
      const orders = await answerTo(session, "state", "/orders,") as Record<string, unknown>;
      assertEquals([main["id"], main["nsp"], main["protocol"]], [sid, "/", 3]);
      assertEquals([orders["id"], orders["nsp"]], [`/orders#${sid}`, "/orders"]);
      assertEquals([main["known"], orders["known"]], [true, true]);
      assertEquals(await answerTo(session, "rooms"), [sid]);
      assertEquals(await answerTo(session, "rooms", "/orders,"), [`/orders#${sid}`]);
    },
  },
  {
    name: "a namespace that is made by a pattern or a function sees the query as auth",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      assertEquals(await ask(session, "40/numbered-3?x=1"), "40/numbered-3,");
      assertEquals(await seenAuth(session, "/numbered-3,"), { x: "1" });
      assertEquals(await ask(session, "40/chosen-v3?pass=yes"), "40/chosen-v3,");
      assertEquals(await seenAuth(session, "/chosen-v3,"), { pass: "yes" });
    },
  },
  {
    name: "a namespace whose name is not ASCII is joined over WebSocket",
    server: "older",
    needs: "names-as-they-are",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      assertEquals(await ask(session, "40/ünï?x=1"), "40/ünï,");
      assertEquals(await ask(session, '42/ünï,["echo",1]'), '42/ünï,["echo",1]');
    },
  },
  {
    name: "a handler may emit at once: its events come behind CONNECT, in order",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      await session.post("40/users");
      assertEquals(await session.collect(5), [
        "40/users,",
        '42/users,["welcome","first"]',
        '451-/users,["welcome","second",{"_placeholder":true,"num":0}]',
        Uint8Array.of(4, 2),
        '42/users,["welcome","third"]',
      ]);
    },
  },
  {
    name: "a query behind a namespace is left out of the names of other packets too",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      await ask(session, "40/orders?a=1");
      assertEquals(await ask(session, '42/orders?a=1,["echo",1]'), '42/orders,["echo",1]');
      session.send("41/orders?a=1,");
      assertEquals(await ask(session, "40/orders?c=3"), "40/orders,");
    },
  },
];

const refusedCases: readonly ConformanceCase[] = [
  {
    name: "a middleware's refusal is the message of its error as text, or its data as it is",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      assertEquals(await ask(session, "40/guarded"), '44/guarded,"no token"');
      assertEquals(
        await ask(session, "40/guarded?token=guess"),
        '44/guarded,{"code":42,"hint":["ask","again"]}',
      );
      assertEquals(await ask(session, "40/guarded?token=secret"), "40/guarded,");
    },
  },
  {
    name: "CONNECT of revision 3 to an unknown namespace is refused with text, the session goes on",
    server: "older",
    needs: "plain-refusals",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      for (const name of ["/nope", "/__proto__", "/constructor", "/orders/x", "/chosen-x"]) {
        const refusal = `44${name},"Invalid namespace"`;
        assertEquals(await ask(session, `40${name}`), refusal);
        assertEquals(await ask(session, `40${name}?token=x,`), refusal);
      }
      assertEquals(await ask(session, echo("on")), echo("on"));
    },
  },
  {
    name: "a client of revision 3 that is refused elsewhere stays in the main namespace",
    server: "olderBrisk",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      assert((await ask(session, "40/nope")).startsWith("44/nope,"), "Expected a refusal");
      // Longer than connectTimeout, within the time for a ping.
      const begin = performance.now();
      while (performance.now() - begin < 900) assertEquals(await ask(session, "2"), "3");
      assertEquals(await ask(session, echo("on")), echo("on"));
    },
  },
  ...[
    ["a second CONNECT to a namespace", "40/orders", "40/orders"],
    ["a second CONNECT with another query", "40/orders?a=1", "40/orders?a=2"],
    ["an ERROR of the client", "40/orders", '44/orders,"no"'],
    ["an event of a namespace that was not joined", "40/orders", '42/users,["echo",1]'],
    ["an acknowledgement of one", "40/orders", "43/users,1[]"],
    ["DISCONNECT from one", "40/orders", "41/users"],
    ["an event of one with a query", "40/orders", '42/users?a=1,["echo",1]'],
  ].map(([name = "", first = "", second = ""]): ConformanceCase => ({
    name: `${name} closes the session of revision 3`,
    server: "older",
    async run(server): Promise<void> {
      const session = await olderWebSocket(server);
      assertEquals(await ask(session, first), "40/orders,");
      session.send(second);
      await session.ended();
    },
  })),
];

const disconnectCases: readonly ConformanceCase[] = [
  {
    name: "DISCONNECT of revision 3 from a namespace leaves the others, and CONNECT joins it again",
    server: "older",
    async run(server): Promise<void> {
      const tag = "v3 leaves orders";
      await using session = await olderWebSocket(server, { tag });
      for (const packet of ["41/orders", "41/orders,"]) {
        assertEquals(await ask(session, "40/orders?a=1"), "40/orders,");
        const joined = await ask(session, '42/orders,1["join","own"]');
        assertEquals(joined, `43/orders,1[["/orders#${session.handshake.sid}","own"]]`);
        session.send(packet);
        assertEquals(await ask(session, echo("main")), echo("main"));
      }
      const reason = "client namespace disconnect";
      await server.report({ tag, kind: "disconnect", nsp: "/orders", reason });
      assertEquals(await ask(session, "40/orders?a=2"), "40/orders,");
      // The id is the same, and nothing else of the socket that was.
      const { sid } = session.handshake;
      assertEquals(await answerTo(session, "rooms", "/orders,"), [`/orders#${sid}`]);
      assertEquals(await seenAuth(session, "/orders,"), { a: "2" });
    },
  },
  {
    name:
      "DISCONNECT of revision 3 from the main namespace leaves the others, CONNECT joins it again",
    server: "older",
    async run(server): Promise<void> {
      const tag = "v3 leaves main";
      await using session = await olderWebSocket(server, { tag });
      await ask(session, "40/orders");
      await ask(session, '421["join","own"]');
      session.send("41");
      await server.report({
        tag,
        kind: "disconnect",
        nsp: "/",
        reason: "client namespace disconnect",
      });
      assertEquals(await ask(session, '42/orders,["echo",1]'), '42/orders,["echo",1]');
      assertEquals(await ask(session, "40"), "40");
      assertEquals(await answerTo(session, "rooms"), [session.handshake.sid]);
    },
  },
  {
    name:
      "DISCONNECT of the server is a packet for that namespace, the session of revision 3 goes on",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      await ask(session, "40/orders");
      assertEquals(await ask(session, '42/orders,["leave namespace"]'), "41/orders,");
      assertEquals(await ask(session, '42["leave namespace"]'), "41");
      assertEquals(await ask(session, "40/orders"), "40/orders,");
      assertEquals(await ask(session, "40"), "40");
    },
  },
  {
    name: "a server that hangs up sends DISCONNECT to every namespace of revision 3, then closes",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderWebSocket(server);
      await ask(session, "40/orders");
      assertEquals(await ask(session, '42["hang up"]'), "41");
      assertEquals(await session.frame(), "41/orders,");
      await session.ended();
    },
  },
];

export const socketV4ConnectCases: readonly ConformanceCase[] = [
  ...mainCases,
  ...namespaceCases,
  ...refusedCases,
  ...disconnectCases,
];
