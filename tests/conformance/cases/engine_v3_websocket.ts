/**
 * Cases: WebSocket and upgrade of Engine.IO 3.
 *
 * Source: Engine.IO protocol, revision 3, sections "Encoding", "WebSocket" and "Upgrading".
 */
import { assert, assertEquals } from "@std/assert";
import { RawWebSocket } from "../../support/raw_engine.ts";
import { textPayload } from "../../support/raw_engine_v3.ts";
import { staysPending } from "../../support/waiting.ts";
import { assertGone, type ConformanceCase, errorText } from "../conformance.ts";
import {
  echo,
  olderPolling,
  olderProbe,
  olderUpgraded,
  olderWebSocket,
} from "../../support/older_sessions.ts";

const HEADER = '451-["echo",{"_placeholder":true,"num":0}]';
/** The attachment 1, 2, 3, 4 as a frame of bytes, and as one of text. */
const BYTES = Uint8Array.of(4, 1, 2, 3, 4);
const BASE64 = "b4AQIDBA==";

const webSocketCases: readonly ConformanceCase[] = [
  {
    name: "a text packet of revision 3 is a text frame, both ways",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      session.send(echo("aé€😀\u2028"));
      assertEquals(await session.frame(), echo("aé€😀\u2028"));
    },
  },
  {
    name: "a binary packet of revision 3 is a frame whose first byte is 4, both ways",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      for (const frame of [BYTES, Uint8Array.of(4)]) {
        session.send(HEADER);
        session.send(frame);
        assertEquals([await session.frame(), await session.frame()], [HEADER, frame]);
      }
    },
  },
  {
    name: "with b64=1 binary packets go out over WebSocket as text, and come in as both",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server, { b64: "1" });
      for (const frame of [BYTES, BASE64]) {
        session.send(HEADER);
        session.send(frame);
        assertEquals([await session.frame(), await session.frame()], [HEADER, BASE64]);
      }
    },
  },
  {
    name: "a base64 frame is taken without b64 too, and answered in bytes",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      session.send(HEADER);
      session.send(BASE64);
      assertEquals([await session.frame(), await session.frame()], [HEADER, BYTES]);
    },
  },
  {
    name: "a malformed packet of revision 3 closes the WebSocket as a parse error",
    server: "older",
    async run(server): Promise<void> {
      for (const [place, frame] of ["abc", "", " 4", "7", "-1"].entries()) {
        const tag = `v3 malformed frame ${place}`;
        const session = await olderWebSocket(server, { tag });
        session.send(frame);
        assert((await session.ended()).opened, frame);
        await server.report({ tag, kind: "disconnect", reason: "parse error" });
      }
    },
  },
  {
    name: "a binary frame of revision 3 that is no message closes the WebSocket",
    server: "older",
    needs: "strict-revision-3",
    async run(server): Promise<void> {
      const frames = [[], [0], [2], [3, 1], [5], [7, 1, 2], [0x34, 0x32], [255]];
      for (
        const [place, frame] of [
          ...frames.map((it) => Uint8Array.from(it)),
          "b",
          "b2",
          "b9AA=",
          "b4*",
        ].entries()
      ) {
        const tag = `v3 odd frame ${place}`;
        const session = await olderWebSocket(server, { tag });
        session.send(frame);
        assert((await session.ended()).opened, String(frame));
        await server.report({ tag, kind: "disconnect", reason: "parse error" });
      }
    },
  },
  {
    name: "packets that mean nothing over an open WebSocket of revision 3 are ignored",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      for (const frame of ["0", "5", "6", "6x"]) session.send(frame);
      session.send(echo("still here"));
      assertEquals(await session.frame(), echo("still here"));
    },
  },
  {
    name: "a frame of revision 3 over maxPayload closes the WebSocket with 1009",
    server: "olderSmall",
    async run(server): Promise<void> {
      for (const frame of [echo("x".repeat(10_000)), new Uint8Array(10_001).fill(4)]) {
        const session = await olderWebSocket(server);
        session.send(frame);
        assertEquals((await session.ended()).code, 1009);
      }
    },
  },
  {
    name: "a close packet of revision 3 ends its WebSocket, at the latest by the ping timeout",
    server: "olderBrisk",
    async run(server): Promise<void> {
      const tag = "v3 WebSocket close packet";
      const session = await olderWebSocket(server, { tag });
      session.send("1");
      await session.ended();
      await server.report({ tag, kind: "disconnect" });
    },
  },
  {
    name: "a WebSocket of revision 3 that its client closes is a transport close",
    server: "older",
    async run(server): Promise<void> {
      const tag = "v3 closed WebSocket";
      const session = await olderWebSocket(server, { tag });
      session.close();
      await server.report({ tag, kind: "disconnect", reason: "transport close" });
    },
  },
];

const upgradeCases: readonly ConformanceCase[] = [
  {
    name: "a session of revision 3 goes over to WebSocket: probe, noop to the poll, upgrade",
    server: "older",
    async run(server): Promise<void> {
      const tag = "v3 upgrade";
      const session = await olderPolling(server, { tag });
      const waiting = session.poll();
      await staysPending("a poll with nothing to fetch", waiting, 30);
      await using socket = await olderProbe(session);
      assertEquals((await waiting).text, textPayload("6"));
      socket.send("5");
      socket.send(echo("over there"));
      assertEquals(await socket.frame(), echo("over there"));
      socket.send("2");
      assertEquals(await socket.frame(), "3");
      assertEquals(server.reportsOf({ tag, kind: "disconnect" }), []);
    },
  },
  {
    name: "polls during an upgrade of revision 3 are answered, pings and messages too",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      await using _socket = await olderProbe(session);
      for (let i = 0; i < 3; i++) assertEquals((await session.poll()).text, textPayload("6"));
      await session.post(echo("by polling"));
      await session.post("2");
      assertEquals(await session.collect(2), [echo("by polling"), "3"]);
    },
  },
  {
    name: "what waits while nobody polls leaves over the WebSocket of revision 3, in its form",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      await using socket = await olderProbe(session);
      await session.post(echo(1), HEADER, BASE64);
      socket.send("5");
      socket.send(echo(2));
      const frames = [];
      while (frames.length < 4) frames.push(await socket.frame());
      assertEquals(frames, [echo(1), HEADER, BYTES, echo(2)]);
    },
  },
  {
    name: "base64 is asked for by each transport for itself",
    server: "older",
    async run(server): Promise<void> {
      const text = await olderPolling(server, { b64: "1" });
      await using toBytes = await olderProbe(text);
      const bytes = await olderPolling(server);
      await using toText = await olderProbe(bytes, { b64: "1" });
      for (const [socket, answer] of [[toBytes, BYTES], [toText, BASE64]] as const) {
        socket.send("5");
        socket.send(HEADER);
        socket.send(BYTES);
        assertEquals([await socket.frame(), await socket.frame()], [HEADER, answer]);
      }
    },
  },
  {
    name: "requests of a session of revision 3 after its upgrade are refused and change nothing",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      await using socket = await olderProbe(session);
      socket.send("5");
      socket.send(echo("done"));
      assertEquals(await socket.frame(), echo("done"));
      const late = [await session.poll(), await session.post(echo("late"))];
      for (const answer of [...late, await session.postBytes(echo("late"))]) {
        assertEquals([answer.status, answer.text], [400, errorText(3)]);
      }
      socket.send(echo("still here"));
      assertEquals(await socket.frame(), echo("still here"));
    },
  },
  {
    name: "a second WebSocket during or after an upgrade of revision 3 is closed",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      await using socket = await olderProbe(session);
      await new RawWebSocket(session.url("websocket")).ended();
      socket.send("5");
      socket.send(echo("done"));
      assertEquals(await socket.frame(), echo("done"));
      await new RawWebSocket(session.url("websocket")).ended();
      socket.send(echo("still here"));
      assertEquals(await socket.frame(), echo("still here"));
    },
  },
  {
    name: "a WebSocket of revision 3 that begins with anything but a probe is closed",
    server: "older",
    async run(server): Promise<void> {
      for (const frame of ["4x", "2", "2other", "abc", "3probe", "b2cHJvYmU=", BYTES]) {
        const session = await olderPolling(server);
        const socket = await session.openUpgrade();
        socket.send(frame);
        await socket.ended();
        await session.post(echo("by polling"));
        assertEquals(await session.collect(1), [echo("by polling")], String(frame));
      }
    },
  },
  {
    name: "a session of revision 3 that ends during its upgrade closes the WebSocket too",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const socket = await olderProbe(session);
      await session.post("1");
      await socket.ended();
      await assertGone(session);
    },
  },
  {
    name:
      "an upgrade of revision 3 that is not completed in upgradeTimeout leaves polling as it was",
    server: "olderBrisk",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const socket = await olderProbe(session);
      const ended = socket.ended();
      const begin = performance.now();
      while (performance.now() - begin < 450) {
        await session.post("2");
        assertEquals(await session.collect(1), ["3"]);
      }
      assert((await ended).opened);
      await session.post(echo("by polling"));
      assertEquals(await session.collect(1), [echo("by polling")]);
      await using again = await olderProbe(session);
      again.send("5");
      again.send(echo("second try"));
      assertEquals(await again.frame(), echo("second try"));
    },
  },
  {
    name: "an upgraded session of revision 3 whose client closes the WebSocket is gone",
    server: "older",
    async run(server): Promise<void> {
      const tag = "v3 upgraded and closed";
      const session = await olderUpgraded(server, { tag });
      session.send(echo("there"));
      assertEquals(await session.frame(), echo("there"));
      session.close();
      await server.report({ tag, kind: "disconnect", reason: "transport close" });
    },
  },
];

export const engineV3WebSocketCases: readonly ConformanceCase[] = [
  ...webSocketCases,
  ...upgradeCases,
];
