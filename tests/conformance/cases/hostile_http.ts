/**
 * Cases: hostile requests. The server answers or closes, stays alive, and serves the next client.
 *
 * Source: published advisories of servers of this kind, named at each case.
 */
import { assert, assertEquals } from "@std/assert";
import { ask, engineUrl, RawPolling, SEPARATOR } from "../../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../../support/raw_tcp.ts";
import { within } from "../../support/waiting.ts";
import {
  assertGone,
  type ConformanceCase,
  joinedPolling,
  joinedWebSocket,
} from "../conformance.ts";

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
      await using watcher = await joinedWebSocket(server);
      const sizes = async (): Promise<number> => {
        watcher.send('421["sizes"]');
        return JSON.parse(String(await watcher.next()).slice(3))[0].clients;
      };
      const before = await sizes();
      for (let i = 0; i < 100; i++) {
        await ask(engineUrl(server.url, { EIO: "4", transport: "polling", refuse: "plain" }));
        await ask(engineUrl(server.url, { EIO: "3", transport: "polling" }));
      }
      assert(await sizes() <= before, "Expected no more sessions than before");
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
    needs: "octet_stream_in_any_spelling",
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
const FRAMES: Readonly<Record<string, Uint8Array>> = {
  "a reserved bit": clientFrame(0xa1, "4x"),
  "another reserved bit": clientFrame(0x91, "4x"),
  "an unknown opcode": clientFrame(0x83, "x"),
  "no mask": clientFrame(0x81, "4x", false),
  "bytes that are no UTF-8": clientFrame(0x81, Uint8Array.of(0xff, 0xfe)),
  "a continuation of nothing": clientFrame(0x80, "x"),
  "a ping of 126 bytes": clientFrame(0x89, "x".repeat(126)),
  "a close of one byte": clientFrame(0x88, Uint8Array.of(3)),
  "a claim of 2^63 bytes": Uint8Array.of(0x82, 0xff, 0x7f, ...Array(7).fill(255), 0, 0, 0, 0),
};

const frameCases: readonly ConformanceCase[] = [
  ...Object.entries(FRAMES).map(([name, frame]): ConformanceCase => ({
    name:
      `a frame with ${name} ends the connection, also right behind the upgrade (CVE-2022-21676)`,
    server: "brisk",
    async run(server): Promise<void> {
      using late = await RawTcp.open(server.port);
      await late.upgrade("/socket.io/?EIO=4&transport=websocket");
      await late.readUntil("}");
      await late.write(frame);
      using early = await RawTcp.open(server.port);
      const request = [
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        "Host: x",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "\r\n",
      ].join("\r\n");
      await early.write(new Uint8Array([...new TextEncoder().encode(request), ...frame]));
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

export const hostileHttpCases: readonly ConformanceCase[] = [
  ...queryCases,
  ...bodyCases,
  ...frameCases,
];
