/**
 * Cases: joining and leaving namespaces in the Socket.IO protocol.
 *
 * Source: Socket.IO protocol, revision 5, sections "Connection to a namespace" and "Disconnection
 * from a namespace".
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import {
  assertGone,
  type ConformanceCase,
  joinedPolling,
  joinedWebSocket,
} from "../conformance.ts";

/** The JSON after a packet's header. */
function payload(packet: string, header: string): Record<string, unknown> {
  assert(packet.startsWith(header), `Expected ${header}, found ${packet}`);
  return JSON.parse(packet.slice(header.length)) as Record<string, unknown>;
}

/** The auth that the server has seen for a namespace of this session. */
async function seenAuth(session: RawWebSocket, prefix = ""): Promise<unknown> {
  session.send(`42${prefix}0["handshake"]`);
  const [handshake] = JSON.parse(String(await session.next()).slice(`43${prefix}0`.length));
  return handshake.auth;
}

const acceptedCases: readonly ConformanceCase[] = [
  {
    name: "CONNECT to the main namespace is answered with a socket id alone",
    async run(server): Promise<void> {
      await using session = await RawWebSocket.start(server.url);
      const data = payload(await session.join("40"), "40");
      assertEquals(Object.keys(data), ["sid"]);
      assertEquals(typeof data["sid"], "string");
      assertNotEquals(data["sid"], session.handshake.sid);
      assertEquals(await seenAuth(session), {});
    },
  },
  {
    name: "CONNECT carries an auth object",
    async run(server): Promise<void> {
      await using session = await RawWebSocket.start(server.url);
      payload(await session.join('40{"token":"123","deep":{"list":[null]}}'), "40");
      assertEquals(await seenAuth(session), { token: "123", deep: { list: [null] } });
    },
  },
  {
    name: "CONNECT names another namespace, with or without comma and auth",
    async run(server): Promise<void> {
      for (
        const [packet, auth] of [
          ["40/orders,", {}],
          ["40/orders", {}],
          ['40/orders,{"token":"abc"}', { token: "abc" }],
        ] as const
      ) {
        await using session = await RawWebSocket.start(server.url);
        assertEquals(Object.keys(payload(await session.join(packet), "40/orders,")), ["sid"]);
        assertEquals(await seenAuth(session, "/orders,"), auth);
      }
    },
  },
  {
    name: "each namespace of a session has a socket id of its own",
    async run(server): Promise<void> {
      await using session = await RawWebSocket.start(server.url);
      const main = payload(await session.join("40"), "40");
      const orders = payload(await session.join("40/orders,"), "40/orders,");
      assertNotEquals(main["sid"], orders["sid"]);
    },
  },
  {
    name: "CONNECT over polling may come with the first events, which wait for it",
    async run(server): Promise<void> {
      const session = await RawPolling.start(server.url);
      await session.post("40");
      const [answer = ""] = await session.collect(1);
      payload(answer, "40");
      await session.post('42["echo","x"]');
      assertEquals(await session.collect(1), ['42["echo","x"]']);
    },
  },
];

const refusedCases: readonly ConformanceCase[] = [
  {
    name: "CONNECT to an unknown namespace is answered with CONNECT_ERROR, the session lives on",
    async run(server): Promise<void> {
      await using session = await RawWebSocket.start(server.url);
      for (const name of ["/random", "/__proto__", "/constructor", "/orders/x", "/orders?a=1"]) {
        const answer = await session.join(`40${name},{"token":"x"}`);
        assertEquals(answer, `44${name},{"message":"Invalid namespace"}`);
      }
      payload(await session.join("40"), "40");
    },
  },
  {
    name: "a middleware's refusal is CONNECT_ERROR with message, and data if there is any",
    async run(server): Promise<void> {
      await using session = await RawWebSocket.start(server.url);
      assertEquals(await session.join("40/guarded,"), '44/guarded,{"message":"no token"}');
      assertEquals(
        await session.join('40/guarded,{"token":"guess"}'),
        '44/guarded,{"message":"wrong token","data":{"code":42,"hint":["ask","again"]}}',
      );
      payload(await session.join('40/guarded,{"token":"secret"}'), "40/guarded,");
    },
  },
  ...[
    ["auth that is an array", "40/orders,[]"],
    ["auth that is text", '40/orders,"x"'],
    ["auth that is null", "40/orders,null"],
    ["auth that is no JSON", "40/orders,{token"],
    ["a second CONNECT to the same namespace", "40"],
    ["a CONNECT_ERROR of the client", '44{"message":"no"}'],
  ].map(([name = "", frame = ""]): ConformanceCase => ({
    name: `${name} closes the session`,
    async run(server): Promise<void> {
      const session = await joinedWebSocket(server);
      session.send(frame);
      await session.ended();
    },
  })),
  ...['42["echo",1]', "41", "430[]", '451-["echo",{"_placeholder":true,"num":0}]|binary'].map(
    (frames): ConformanceCase => ({
      name: `${frames} before CONNECT closes the session`,
      async run(server): Promise<void> {
        const session = await RawWebSocket.start(server.url);
        for (const frame of frames.split("|")) {
          session.send(frame === "binary" ? Uint8Array.of(1) : frame);
        }
        await session.ended();
      },
    }),
  ),
  {
    name: "an event for a namespace that the session has not joined closes the session",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      await session.post('42/orders,["echo",1]');
      const { status } = await session.poll();
      if (status === 200) await assertGone(session);
      else assertEquals(status, 400);
    },
  },
  {
    name: "a session that never connects is closed after connectTimeout, over both transports",
    server: "brisk",
    async run(server): Promise<void> {
      const begin = performance.now();
      const silent = await RawWebSocket.start(server.url);
      const refused = await RawWebSocket.start(server.url);
      refused.send("40/unknown,");
      const polling = await RawPolling.start(server.url);
      await Promise.all([silent.ended(), refused.ended()]);
      assert(performance.now() - begin > 450, "Expected 500 ms to pass");
      while ((await polling.poll()).status === 200);
      await assertGone(polling);
    },
  },
];

const disconnectCases: readonly ConformanceCase[] = [
  {
    name: "DISCONNECT from the main namespace is final for that socket, CONNECT makes a new one",
    async run(server): Promise<void> {
      await using session = await RawWebSocket.start(server.url);
      const first = payload(await session.join("40"), "40");
      session.send("41");
      const second = payload(await session.join("40"), "40");
      assertNotEquals(first["sid"], second["sid"]);
    },
  },
  {
    name: "DISCONNECT from another namespace leaves the main one",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      await session.join("40/orders,");
      session.send("41/orders,");
      session.send('42["message","to main"]');
      assertEquals(await session.next(), '42["message-back","to main"]');
    },
  },
  {
    name: "DISCONNECT needs no comma after the namespace",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      await session.join("40/orders,");
      session.send("41/orders");
      payload(await session.join("40/orders,"), "40/orders,");
    },
  },
  {
    name: "DISCONNECT of the server is a packet for that namespace, the session lives on",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      await session.join("40/orders,");
      session.send('42/orders,["leave namespace"]');
      assertEquals(await session.next(), "41/orders,");
      session.send('42["echo","main"]');
      assertEquals(await session.next(), '42["echo","main"]');
    },
  },
  {
    name: "a server that hangs up sends DISCONNECT to every namespace, then closes",
    async run(server): Promise<void> {
      const session = await joinedWebSocket(server);
      await session.join("40/orders,");
      session.send('42["hang up"]');
      assertEquals([await session.next(), await session.next()], ["41", "41/orders,"]);
      await session.ended();
    },
  },
];

export const socketConnectCases: readonly ConformanceCase[] = [
  ...acceptedCases,
  ...refusedCases,
  ...disconnectCases,
];
