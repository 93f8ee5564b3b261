/**
 * Cases: WebSocket, upgrade and heartbeat of Engine.IO 4.
 *
 * Source: Engine.IO protocol, revision 4, sections "WebSocket", "Heartbeat" and "Upgrade".
 */
import { assert, assertEquals } from "@std/assert";
import { type RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { staysPending } from "../../support/waiting.ts";
import {
  assertGone,
  type ConformanceCase,
  errorText,
  joinedPolling,
  joinedWebSocket,
} from "../conformance.ts";

function echo(...args: unknown[]): string {
  return `42${JSON.stringify(["echo", ...args])}`;
}

const webSocketCases: readonly ConformanceCase[] = [
  {
    name: "a text packet is a text frame, both ways",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      session.send(echo("héllo"));
      assertEquals(await session.next(), echo("héllo"));
    },
  },
  {
    name: "a binary packet is a binary frame without a prefix, both ways",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      const header = '451-["echo",{"_placeholder":true,"num":0}]';
      session.send(header);
      session.send(Uint8Array.of(1, 2, 3, 4));
      assertEquals(await session.next(), header);
      assertEquals(await session.next(), Uint8Array.of(1, 2, 3, 4));
    },
  },
  {
    name: "a malformed packet closes the WebSocket",
    async run(server): Promise<void> {
      for (const frame of ["abc", "", " 4", "7", "-1", "2", "2probe"]) {
        const session = await joinedWebSocket(server);
        session.send(frame);
        assert((await session.ended()).opened, frame);
      }
    },
  },
  {
    name: "packets that mean nothing over an open WebSocket are ignored",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      for (const frame of ["0", "3", "5", "6", "3probe"]) session.send(frame);
      session.send(echo("still here"));
      assertEquals(await session.next(), echo("still here"));
    },
  },
  {
    name: "a frame over maxPayload closes the WebSocket with 1009",
    server: "small",
    async run(server): Promise<void> {
      for (const frame of [echo("x".repeat(10_000)), new Uint8Array(10_001)]) {
        const session = await joinedWebSocket(server);
        session.send(frame);
        assertEquals((await session.ended()).code, 1009);
      }
    },
  },
  {
    name: "a close packet ends the session, at the latest by its ping timeout",
    server: "brisk",
    async run(server): Promise<void> {
      const session = await joinedWebSocket(server, { tag: "close packet" });
      session.send("1");
      await session.ended();
      await server.report({ tag: "close packet", kind: "disconnect" });
    },
  },
  {
    name: "a second WebSocket of a session that began as one is closed, the first lives on",
    needs: "one-websocket-per-session",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      const url = `${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket`;
      const second = new RawWebSocket(`${url}&sid=${session.handshake.sid}`);
      await second.ended();
      session.send(echo("still here"));
      assertEquals(await session.next(), echo("still here"));
    },
  },
];

/** Sends the probe and takes its answer. */
async function probe(session: RawPolling): Promise<RawWebSocket> {
  const socket = await session.openUpgrade();
  socket.send("2probe");
  assertEquals(await socket.text(), "3probe");
  return socket;
}

const upgradeCases: readonly ConformanceCase[] = [
  {
    name: "a session goes over to WebSocket: probe, noop to the waiting poll, upgrade",
    async run(server): Promise<void> {
      const session = await joinedPolling(server, { tag: "upgrade" });
      const waiting = session.poll();
      await staysPending("a poll with nothing to fetch", waiting, 30);
      await using socket = await probe(session);
      assertEquals((await waiting).text, "6");
      socket.send("5");
      socket.send(echo("over there"));
      assertEquals(await socket.text(), echo("over there"));
      assertEquals(server.reportsOf({ tag: "upgrade", kind: "disconnect" }), []);
    },
  },
  {
    name: "polls during an upgrade are answered at once, with a noop if there is nothing else",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      await using _socket = await probe(session);
      for (let i = 0; i < 3; i++) assertEquals((await session.poll()).text, "6");
      await session.post(echo("by polling"));
      assertEquals(await session.packets(), [echo("by polling")]);
    },
  },
  {
    name: "what waits while nobody polls leaves over the WebSocket, in order",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      await using socket = await probe(session);
      await session.post(echo(1), echo(2));
      socket.send("5");
      socket.send(echo(3));
      assertEquals([await socket.text(), await socket.text(), await socket.text()], [
        echo(1),
        echo(2),
        echo(3),
      ]);
    },
  },
  {
    name: "requests of a session after its upgrade are refused with code 3 and change nothing",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      await using socket = await probe(session);
      socket.send("5");
      socket.send(echo("done"));
      assertEquals(await socket.text(), echo("done"));
      for (const answer of [await session.poll(), await session.post(echo("late"))]) {
        assertEquals([answer.status, answer.text], [400, errorText(3)]);
      }
      socket.send(echo("still here"));
      assertEquals(await socket.text(), echo("still here"));
    },
  },
  {
    name: "a second WebSocket during or after an upgrade is closed, the first lives on",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      await using socket = await probe(session);
      await new RawWebSocket(session.url("websocket")).ended();
      socket.send("5");
      socket.send(echo("done"));
      assertEquals(await socket.text(), echo("done"));
      await new RawWebSocket(session.url("websocket")).ended();
      socket.send(echo("still here"));
      assertEquals(await socket.text(), echo("still here"));
    },
  },
  {
    name: "a WebSocket that begins with anything but a probe is closed, polling goes on",
    async run(server): Promise<void> {
      for (const frame of ["4x", "2", "2other", "abc", "3probe", Uint8Array.of(1)]) {
        const session = await joinedPolling(server);
        const socket = await session.openUpgrade();
        socket.send(frame);
        await socket.ended();
        await session.post(echo("by polling"));
        assertEquals(await session.collect(1), [echo("by polling")], String(frame));
      }
    },
  },
  {
    name: "a WebSocket that does not complete its upgrade in upgradeTimeout is closed",
    server: "brisk",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const socket = await probe(session);
      // Pings go to polls as long as the upgrade is not complete.
      const ended = socket.ended();
      await session.post(echo("meanwhile"));
      assertEquals((await session.collect(1)).includes(echo("meanwhile")), true);
      assertEquals((await ended).opened, true);
      await session.post(echo("by polling"));
      const after = (await session.collect(1)).filter((packet) => packet !== "6");
      assertEquals(after, [echo("by polling")]);
    },
  },
  {
    name: "a WebSocket that closes before its upgrade is complete leaves polling as it was",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const socket = await probe(session);
      socket.close();
      await socket.ended();
      await session.post(echo("by polling"));
      const packets = (await session.collect(1)).filter((packet) => packet !== "6");
      assertEquals(packets.length > 0 ? packets : await session.collect(1), [echo("by polling")]);
      await using again = await probe(session);
      again.send("5");
      again.send(echo("second try"));
      assertEquals(await again.text(), echo("second try"));
    },
  },
  {
    name: "a session that ends during its upgrade closes the WebSocket too",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const socket = await probe(session);
      await session.post("1");
      await socket.ended();
      await assertGone(session);
    },
  },
];

const heartbeatCases: readonly ConformanceCase[] = [
  {
    name: "over WebSocket pings come, a little early at most, and pongs keep the session",
    server: "brisk",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      let before = performance.now();
      for (let i = 0; i < 3; i++) {
        assertEquals(await session.text(), "2");
        const now = performance.now();
        assert(now - before > 0.8 * 300, `Expected about 300 ms between pings`);
        before = now;
        session.send("3");
      }
      session.send(echo("alive"));
      assertEquals(await session.next(), echo("alive"));
    },
  },
  {
    name: "over polling pings come and pongs keep the session",
    server: "brisk",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      for (let i = 0; i < 3; i++) {
        assertEquals((await session.poll()).text, "2");
        assertEquals((await session.post("3")).text, "ok");
      }
    },
  },
  {
    name: "after an upgrade pings come over the WebSocket",
    server: "brisk",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      await using socket = await probe(session);
      socket.send("5");
      for (let i = 0; i < 3; i++) {
        assertEquals(await socket.text(), "2");
        socket.send("3");
      }
    },
  },
  {
    name: "silence closes a WebSocket after pingInterval and pingTimeout",
    server: "brisk",
    async run(server): Promise<void> {
      const begin = performance.now();
      const session = await joinedWebSocket(server);
      await session.ended();
      assert(performance.now() - begin > 600, "Expected the session to live 700 ms or so");
    },
  },
  {
    name: "silence ends a polling session, also if it never polls",
    server: "brisk",
    async run(server): Promise<void> {
      const session = await joinedPolling(server, { tag: "silent" });
      await server.report({ tag: "silent", kind: "disconnect", reason: "ping timeout" });
      await assertGone(session);
    },
  },
];

export const engineWebSocketCases: readonly ConformanceCase[] = [
  ...webSocketCases,
  ...upgradeCases,
  ...heartbeatCases,
];
