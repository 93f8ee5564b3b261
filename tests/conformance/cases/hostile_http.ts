/**
 * Cases: hostile requests. The server answers or closes, stays alive, and serves the next client.
 *
 * Source: published advisories of servers of this kind, named at each case.
 */
import { assert, assertEquals } from "@std/assert";
import { ask, engineUrl, RawPolling, SEPARATOR } from "../../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../../support/raw_tcp.ts";
import { within } from "../../support/waiting.ts";
import type { Capability } from "../../runtime/capabilities.ts";
import { assertGone, type ConformanceCase, joinedPolling } from "../conformance.ts";
import { stateOf } from "../hostile/watch.ts";

/** Time in milliseconds that an input of a megabyte may take on a busy machine. */
const LINEAR_MS = 3_000;

/** Queries that have confused servers (CVE-2023-31125 and its kin). */
const QUERIES = [
  "",
  "EIO=4",
  "EIO=4&transport=",
  "EIO=4&transport=toString&sid=__proto__",
  "EIO=4&transport=websocket&transport=polling",
  "EIO=4&transport=polling&transport=websocket",
  "EIO=4&EIO=3&transport=polling",
  "EIO=4&transport=polling&sid=a&sid=b",
  "EIO=4&transport=websocket&sid=constructor",
  "EIO=4&transport=polling&sid=hasOwnProperty",
  "EIO[]=4&transport[]=polling",
  "EIO=4&transport=polling&__proto__=x&constructor=y",
  "EIO=4&transport=polling&sid=%00%ff%c0%80",
  "EIO=4&transport=polling&b64=1&j=0",
  `EIO=4&transport=polling&x=${"y".repeat(4_000)}`,
  `EIO=4&transport=polling&sid=${"z".repeat(4_000)}`,
];

const queryCases: readonly ConformanceCase[] = [
  {
    name: "odd queries are answered, over every method",
    server: "brisk",
    async run(server): Promise<void> {
      for (const query of QUERIES) {
        for (const method of ["GET", "POST", "DELETE"]) {
          const { status } = await ask(`${server.url}/socket.io/?${query}`, { method });
          assert([200, 400, 403].includes(status), `${method} ${query}: ${status}`);
        }
      }
    },
  },
  {
    name: "odd queries of an upgrade are answered or become a session, and never hang",
    server: "brisk",
    async run(server): Promise<void> {
      for (const query of QUERIES) {
        using tcp = await RawTcp.open(server.port);
        const { status } = await tcp.upgrade(`/socket.io/?${query}`);
        assert([101, 400, 403].includes(status), `upgrade ${query}: ${status}`);
      }
    },
  },
  {
    name: "refused handshakes leave no sessions behind (CVE-2026-48802)",
    server: "brisk",
    async run(server): Promise<void> {
      const { sessions: before } = await stateOf(server);
      for (let i = 0; i < 100; i++) {
        await ask(engineUrl(server.url, { EIO: "4", transport: "polling", refuse: "plain" }));
        await ask(engineUrl(server.url, { EIO: "3", transport: "polling" }));
      }
      const { sessions: after } = await stateOf(server);
      assert(after <= before, "Expected no more sessions than before");
    },
  },
];

/** Content types that say: binary. */
const BINARY_TYPES = [
  "Application/Octet-Stream",
  "application/octet-stream; charset=binary",
  " application/octet-stream ;x=y",
];

const bodyCases: readonly ConformanceCase[] = [
  {
    name: "each of many octet-stream bodies gets its 400 (CVE-2026-59725)",
    async run(server): Promise<void> {
      for (let i = 0; i < 50; i++) {
        const session = await RawPolling.start(server.url);
        const headers = { "Content-Type": "application/octet-stream" };
        assertEquals((await session.postBody(Uint8Array.of(4, i), headers)).status, 400);
        await assertGone(session);
      }
    },
  },
  {
    name: "an octet-stream body is known in every spelling (CVE-2026-59725)",
    needs: "octet-stream-in-any-spelling",
    async run(server): Promise<void> {
      for (const type of BINARY_TYPES) {
        const session = await joinedPolling(server);
        const { status } = await session.postBody("3", { "Content-Type": type });
        assertEquals(status, 400, type);
        await assertGone(session);
      }
    },
  },
  {
    name: "payloads of a megabyte of nothing are answered in linear time (CVE-2020-36048)",
    async run(server): Promise<void> {
      for (
        const body of [SEPARATOR.repeat(1e6), `3${SEPARATOR}`.repeat(499_999), "b".repeat(1e6)]
      ) {
        const session = await joinedPolling(server);
        const { status } = await within("an answer", session.postBody(body), LINEAR_MS);
        assert([200, 400, 413].includes(status), `Expected an answer, found ${status}`);
      }
    },
  },
  {
    name: "a body that claims more than it sends is cut off by its client without harm",
    async run(server): Promise<void> {
      for (const length of ["999999", "1000001", "99999999999", "-1", "1e3", "abc"]) {
        const session = await joinedPolling(server);
        using tcp = await RawTcp.open(server.port);
        await tcp.request("POST", session.url().slice(server.url.length), {
          headers: ["Content-Type: text/plain", `Content-Length: ${length}`],
          body: "3",
        });
      }
    },
  },
];

/** Frames that no client may send, by what is wrong with them. */
const FRAMES: readonly {
  readonly name: string;
  readonly frame: Uint8Array;
  readonly needs?: Capability;
}[] = [
  { name: "a reserved bit", frame: clientFrame(0xa1, "4x") },
  { name: "another reserved bit", frame: clientFrame(0x91, "4x") },
  { name: "an unknown opcode", frame: clientFrame(0x83, "x") },
  { name: "no mask", frame: clientFrame(0x81, "3", false), needs: "masked-frames-alone" },
  { name: "bytes that are no UTF-8", frame: clientFrame(0x81, Uint8Array.of(0x33, 0xff, 0xfe)) },
  { name: "a continuation of nothing", frame: clientFrame(0x80, "x") },
  { name: "a ping of 126 bytes", frame: clientFrame(0x89, "x".repeat(126)) },
  { name: "a ping in fragments", frame: clientFrame(0x09, "x") },
  { name: "a close of one byte", frame: clientFrame(0x88, Uint8Array.of(3)) },
  {
    name: "a claim of 2^63 bytes",
    frame: Uint8Array.of(0x82, 0xff, 0x7f, ...Array(7).fill(255), 0, 0, 0, 0),
  },
];

/** The request of a WebSocket session, which the server takes. */
const UPGRADE_REQUEST = new TextEncoder().encode([
  "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "\r\n",
].join("\r\n"));

const frameCases: readonly ConformanceCase[] = [
  ...FRAMES.map(({ name, frame, ...needs }): ConformanceCase => ({
    name:
      `a frame with ${name} ends the connection, also right behind the upgrade (CVE-2022-21676)`,
    ...needs,
    async run(server): Promise<void> {
      using late = await RawTcp.open(server.port);
      await late.upgrade("/socket.io/?EIO=4&transport=websocket");
      await late.readUntil("}");
      await late.write(frame);
      using early = await RawTcp.open(server.port);
      await early.write(new Uint8Array([...UPGRADE_REQUEST, ...frame]));
      assertEquals((await early.response()).status, 101);
      await Promise.all([late.webSocketEnded(), early.webSocketEnded()]);
    },
  })),
  {
    name: "connections reset right after a refused upgrade do no harm (CVE-2022-41940)",
    async run(server): Promise<void> {
      for (let i = 0; i < 50; i++) {
        const tcp = await RawTcp.open(server.port);
        await tcp.request("GET", "/socket.io/?EIO=4&transport=websocket&sid=nobody", {
          headers: [
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          ],
        });
        tcp.close(); // with its answer unread: the system resets the connection
      }
    },
  },
  {
    name: "upgrade requests that are none are answered (CVE-2024-37890)",
    async run(server): Promise<void> {
      for (
        const headers of [
          ["Connection: Upgrade"],
          ["Connection: Upgrade", "Upgrade: h2c"],
          ["Upgrade: websocket"],
          ["Connection: Upgrade", "Upgrade: websocket"],
          ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 12"],
        ]
      ) {
        using tcp = await RawTcp.open(server.port);
        await tcp.request("GET", "/socket.io/?EIO=4&transport=websocket", { headers });
        const { status } = await tcp.response();
        assert(status >= 400 && status < 500, `${headers.join()}: ${status}`);
      }
    },
  },
];

/** Headers of handshakes that RFC 6455 (4.2.1) says to refuse, by what is wrong with them. */
const BROKEN_HANDSHAKES: Readonly<Record<string, readonly string[]>> = {
  "a key of 3 bytes": ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: YWJj"],
  "a key that is no base64": ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: ***"],
  "an old version": ["Sec-WebSocket-Version: 7", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
};

const handshakeCases: readonly ConformanceCase[] = Object.entries(BROKEN_HANDSHAKES).map((
  [name, headers],
): ConformanceCase => ({
  name: `a WebSocket handshake with ${name} is refused`,
  async run(server): Promise<void> {
    using tcp = await RawTcp.open(server.port);
    await tcp.request("GET", "/socket.io/?EIO=4&transport=websocket", {
      headers: ["Connection: Upgrade", "Upgrade: websocket", ...headers],
    });
    const { status } = await tcp.response();
    assert([400, 426].includes(status), `Expected 400 or 426, found ${status}`);
  },
}));

const connectionCases: readonly ConformanceCase[] = [
  {
    name: "two requests that come in one packet are both answered, in order",
    needs: "pipelining",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      using tcp = await RawTcp.open(server.port);
      const target = session.url().slice(server.url.length);
      const poll = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
      const handshake = poll.replace(/&sid=[^ ]*/, "");
      await tcp.write(poll + handshake);
      await session.post('42["echo","first"]');
      assertEquals((await tcp.response()).body, '42["echo","first"]');
      const [, sid = ""] = /^0\{"sid":"([^"]+)"/.exec((await tcp.response()).body) ?? [];
      assert(sid !== "", "Expected an open packet");
      const query = { EIO: "4", transport: "polling", sid };
      await ask(engineUrl(server.url, query), { method: "POST", body: "1" });
    },
  },
  {
    name: "a megabyte of headers is refused or cut off",
    async run(server): Promise<void> {
      using tcp = await RawTcp.open(server.port);
      const answer = tcp.response().then(({ status }) => status, () => "cut off");
      const field = `X-Filler: ${"x".repeat(8_000)}\r\n`;
      await tcp.write("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n");
      await tcp.write(field.repeat(125));
      await tcp.write("\r\n");
      const ending = await answer;
      assert([400, 431, "cut off"].includes(ending), `Expected a refusal, found ${ending}`);
    },
  },
  {
    name: "a frame that comes with its upgrade request, or right behind the 101, is not lost",
    needs: "early-frames",
    async run(server): Promise<void> {
      const connect = clientFrame(0x81, "40");
      using together = await RawTcp.open(server.port);
      await together.write(new Uint8Array([...UPGRADE_REQUEST, ...connect]));
      assertEquals((await together.response()).status, 101);
      await together.readUntil('40{"sid":"');
      using behind = await RawTcp.open(server.port);
      await behind.write(UPGRADE_REQUEST);
      assertEquals((await behind.response()).status, 101);
      await behind.write(connect);
      await behind.readUntil('40{"sid":"');
    },
  },
];

export const hostileHttpCases: readonly ConformanceCase[] = [
  ...queryCases,
  ...bodyCases,
  ...frameCases,
  ...handshakeCases,
  ...connectionCases,
];
