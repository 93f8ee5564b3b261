/**
 * Cases: requests whose head, size or number is meant to hurt, each with the answer that it gets.
 *
 * - Numbers that are huge in the advisories are scaled to what shows a leak: a thousand requests, or
 *   some tens of megabytes.
 *
 * Source: published advisories of servers of this kind, named at each case.
 */
import { connect, type Socket } from "node:net";
import { assert, assertEquals, assertLess, assertMatch, assertNotEquals } from "@std/assert";
import { type Answer, ask, engineUrl, RawPolling } from "../../support/raw_engine.ts";
import { flood } from "../../support/raw_frames.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { within } from "../../support/waiting.ts";
import {
  assertGone,
  type ConformanceCase,
  errorMessage,
  errorText,
  joinedPolling,
} from "../conformance.ts";
import { MEMORY_BUDGET_BYTES, stateOf } from "../hostile/watch.ts";

const POLLING = { EIO: "4", transport: "polling" };
const WEBSOCKET_TARGET = "/socket.io/?EIO=4&transport=websocket";
const POLLING_TARGET = "/socket.io/?EIO=4&transport=polling";
const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket"];
const KEYS = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

/** How many requests of a kind, and how many of them at once. */
const MANY = 1_000;
const AT_ONCE = 20;

/** Does one thing a thousand times, some at once. */
async function manyTimes(one: (index: number) => Promise<void>, count = MANY): Promise<void> {
  for (let first = 0; first < count; first += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => one(first + index)));
  }
}

const idCases: readonly ConformanceCase[] = [
  {
    name:
      "ids are 128 random bits; those of sessions tell nothing of those of sockets (CVE-2017-16031)",
    async run(server): Promise<void> {
      const ids = new Set<string>();
      for (let count = 0; count < 100; count++) {
        const session = await RawPolling.start(server.url);
        const answer = await session.join();
        const { sid } = JSON.parse(answer.slice("40".length)) as { readonly sid: string };
        for (const id of [session.sid, sid]) assertMatch(id, /^[A-Za-z0-9_-]{20,22}$/);
        assertEquals([sid.includes(session.sid), session.sid.includes(sid)], [false, false]);
        ids.add(session.sid).add(sid);
        await session.leave();
      }
      assertEquals(ids.size, 200);
    },
  },
];

/** Requests of a page of another site. */
const CROSS_ORIGIN: readonly (readonly [method: string, path: string])[] = [
  ["GET", POLLING_TARGET],
  ["OPTIONS", POLLING_TARGET],
  ["POST", `${POLLING_TARGET}&sid=nobody`],
  ["GET", "/socket.io/socket.io.js"],
  ["GET", "/socket.io/socket.io.esm.min.js.map"],
];

const originCases: readonly ConformanceCase[] = [
  {
    name: "without the cors option no answer allows an origin (CVE-2020-28481)",
    server: "brisk",
    async run(server): Promise<void> {
      for (const [method, target] of CROSS_ORIGIN) {
        const headers = { Origin: "http://foe.example", "Access-Control-Request-Method": "POST" };
        const answer = await ask(server.url + target, { method, headers });
        const allowing = [...answer.headers.keys()].filter((name) => name.startsWith("access-"));
        assertEquals([method, target, allowing], [method, target, []]);
      }
    },
  },
  {
    name: "a WebSocket of an origin that is not listed is refused, cookie or not (CVE-2019-13611)",
    server: "olderShared",
    needs: "origins-of-websockets",
    async run(server): Promise<void> {
      for (const origin of ["http://foe.example", "null", "http://friend.example.foe.example"]) {
        using tcp = await RawTcp.open(server.port);
        const headers = [`Origin: ${origin}`, "Cookie: session=secret"];
        const { status } = await tcp.upgrade(WEBSOCKET_TARGET, headers);
        assertEquals([origin, status], [origin, 400]);
      }
      using friend = await RawTcp.open(server.port);
      const headers = ["Origin: http://friend.example"];
      assertEquals((await friend.upgrade(WEBSOCKET_TARGET, headers)).status, 101);
    },
  },
];

/** Queries, and the code of the refusal of a GET and of an upgrade; 200 and 101 where it is none. */
const QUERIES: readonly (readonly [query: string, get: number, upgrade: number])[] = [
  ["", 0, 0],
  ["EIO=4", 0, 0],
  ["EIO=4&transport=", 0, 0],
  ["EIO=4&transport=foo", 0, 0],
  ["EIO=4&transport=__proto__", 0, 0],
  ["EIO=4&transport=constructor", 0, 0],
  ["EIO=4&transport=toString&sid=__proto__", 0, 0],
  ["EIO[]=4&transport[]=polling", 0, 0],
  ["EIO=4&transport=websocket&transport=polling", 200, 3],
  ["EIO=4&transport=polling&transport=websocket", 3, 101],
  ["EIO=4&EIO=3&transport=polling", 5, 3],
  ["EIO=4&transport=polling&sid=a&sid=b", 1, 1],
  ["EIO=4&transport=websocket&sid=constructor", 1, 1],
  ["EIO=4&transport=polling&sid=__proto__", 1, 1],
  ["EIO=4&transport=polling&sid=hasOwnProperty", 1, 1],
  ["EIO=4&transport=polling&__proto__=x&constructor=y", 200, 3],
  ["EIO=4&transport=polling&sid=%00%ff%c0%80", 1, 1],
  [`EIO=4&transport=polling&sid=${"z".repeat(4_000)}`, 1, 1],
];

const queryCases: readonly ConformanceCase[] = [
  {
    name: "odd queries get the one answer that they have, as GET and as upgrade (CVE-2023-31125)",
    server: "brisk",
    async run(server): Promise<void> {
      for (const [query, get, upgrade] of QUERIES) {
        const { status, text } = await ask(`${server.url}/socket.io/?${query}`);
        const answer = get === 200 ? [status, text.slice(0, 2)] : [status, text];
        assertEquals([query, ...answer], [
          query,
          ...get === 200 ? [200, "0{"] : [400, errorText(get)],
        ]);
        using tcp = await RawTcp.open(server.port);
        const { status: code, body } = await tcp.upgrade(`/socket.io/?${query}`);
        const refusal = [400, errorMessage(upgrade)];
        assertEquals([query, code, body], [query, ...upgrade === 101 ? [101, ""] : refusal]);
      }
    },
  },
  {
    name: "2,000 refused handshakes set no timer and open no session (CVE-2026-48802)",
    async run(server): Promise<void> {
      const before = await stateOf(server);
      await manyTimes(async () => {
        const refused = await ask(engineUrl(server.url, { ...POLLING, refuse: "plain" }));
        assertEquals(refused.status, 403);
        const unknown = await ask(engineUrl(server.url, { ...POLLING, sid: "nobody" }));
        assertEquals(unknown.status, 400);
      });
      const after = await stateOf(server);
      assert(after.timers <= before.timers, "Expected no more timers than before");
      assert(after.sessions <= before.sessions, "Expected no more sessions than before");
    },
  },
];

const bodyCases: readonly ConformanceCase[] = [
  {
    name: "each of a thousand octet-stream bodies gets 400, and its session ends (CVE-2026-59725)",
    async run(server): Promise<void> {
      await manyTimes(async (index) => {
        const session = await RawPolling.start(server.url);
        const headers = { "Content-Type": "application/octet-stream" };
        assertEquals((await session.postBody(Uint8Array.of(4, index), headers)).status, 400);
        await assertGone(session);
      });
      assertEquals((await stateOf(server)).requests, 0);
    },
  },
  {
    name: "60 MB in chunks are answered with 413 at the limit, and not kept (CVE-2026-48809)",
    async run(server): Promise<void> {
      const before = await stateOf(server);
      const session = await joinedPolling(server);
      const tcp = await RawTcp.open(server.port);
      await tcp.request("POST", session.url().slice(server.url.length), {
        headers: ["Content-Type: text/plain", "Transfer-Encoding: chunked"],
      });
      const piece = new TextEncoder().encode(`f4240\r\n${"3".repeat(1_000_000)}\r\n`);
      await flood(tcp, { piece, times: 2 });
      assertEquals((await tcp.response()).status, 413);
      await flood(tcp, { piece, times: 58 });
      tcp.close();
      const { rssBytes } = await stateOf(server);
      assertLess(rssBytes - before.rssBytes, 3 * MEMORY_BUDGET_BYTES);
    },
  },
  {
    name: "a body that announces too much is refused with 413 before it comes (CVE-2020-36048)",
    async run(server): Promise<void> {
      for (const length of [1_000_001, 100_000_000, 2 ** 53 - 1]) {
        const session = await joinedPolling(server);
        const tcp = await RawTcp.open(server.port);
        await tcp.request("POST", session.url().slice(server.url.length), {
          headers: ["Content-Type: text/plain", `Content-Length: ${length}`],
          body: "3",
        });
        assertEquals([length, (await tcp.response()).status], [length, 413]);
      }
    },
  },
  {
    name: "a body for a session that nobody has is refused before it comes, and not kept",
    async run(server): Promise<void> {
      const tcp = await RawTcp.open(server.port);
      await tcp.request("POST", `${POLLING_TARGET}&sid=nobody`, {
        headers: ["Content-Type: text/plain", "Transfer-Encoding: chunked"],
      });
      const { status, body } = await tcp.response();
      assertEquals([status, body], [400, errorText(1)]);
    },
  },
];

/** Connects, asks for an upgrade that is refused, and resets the connection. */
async function resetUpgrade(server: ServerProcess, waits: boolean): Promise<void> {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  const request = [`GET ${WEBSOCKET_TARGET}&sid=nobody HTTP/1.1`, "Host: a", ...UPGRADE, ...KEYS];
  const written = new Promise<void>((resolve) => {
    socket.once(
      "connect",
      () => void socket.write(`${request.join("\r\n")}\r\n\r\n`, () => resolve()),
    );
  });
  await within("a request to be written", written);
  if (waits) await answered(socket);
  socket.resetAndDestroy();
}

/** Resolves once something has come, or the connection is over. */
async function answered(socket: Socket): Promise<void> {
  await within(
    "an answer",
    new Promise<void>((resolve) => {
      socket.once("data", () => resolve());
      socket.once("close", () => resolve());
    }),
  );
}

/** Ends the session that an open packet tells of, if it is one. */
async function leave(server: ServerProcess, body: string): Promise<void> {
  const [, sid] = /^0\{"sid":"([^"]+)"/.exec(body) ?? [];
  if (sid === undefined) return;
  await ask(engineUrl(server.url, { ...POLLING, sid }), { method: "POST", body: "1" });
}

/** Heads of upgrades that may hurt, and the answers that runtimes have for them. */
const HEADS: Readonly<Record<string, readonly [headers: readonly string[], statuses: number[]]>> = {
  "an extension named constructor": [["Sec-WebSocket-Extensions: constructor"], [101]],
  "an extension named __proto__": [["Sec-WebSocket-Extensions: __proto__;x"], [101]],
  "10,000 semicolons for extensions": [
    [`Sec-WebSocket-Extensions: ${";".repeat(10_000)}`],
    [101],
  ],
  "a compression that nobody offers": [
    ["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=__proto__"],
    [101],
  ],
  "a protocol of 32,000 spaces": [
    [`Sec-WebSocket-Protocol: b${" ".repeat(32_000)}x`],
    [101, 400, 431],
  ],
  "a protocol of 8,000 spaces": [[`Sec-WebSocket-Protocol: b${" ".repeat(8_000)}x`], [101, 400]],
  "a protocol that is not ASCII": [["Sec-WebSocket-Protocol: \u00fc\u4e2d"], [101, 400]],
  "protocols without a name": [["Sec-WebSocket-Protocol: ,,,"], [101, 400]],
  "2,000 headers": [Array.from({ length: 2_000 }, (_, i) => `X-${i}: y`), [101, 400, 431]],
  "headers named like properties of every object": [
    ["__proto__: x", "constructor: y", "hasOwnProperty: z", "X-Latin: \u00ff"],
    [101],
  ],
  "300 cookies named __proto__": [[`Cookie: ${"__proto__=c; ".repeat(300)}`], [101]],
  "two origins": [["Origin: http://a", "Origin: http://b"], [101]],
};

const headCases: readonly ConformanceCase[] = [
  {
    name: "a thousand connections reset after a refused upgrade do no harm (CVE-2022-41940)",
    async run(server): Promise<void> {
      await manyTimes((index) => resetUpgrade(server, index % 2 === 0));
    },
  },
  ...Object.entries(HEADS).map(([name, [headers, statuses]]): ConformanceCase => ({
    name: `an upgrade with ${name} becomes a session or is refused, in linear time`,
    async run(server): Promise<void> {
      using tcp = await RawTcp.open(server.port);
      const { status, headers: answer } = await tcp.upgrade(WEBSOCKET_TARGET, headers);
      assert(statuses.includes(status), `Expected ${statuses.join(" or ")}, found ${status}`);
      assertEquals(answer.get("sec-websocket-extensions"), undefined);
      if (status === 101) await tcp.readUntil('0{"sid":"');
      using plain = await RawTcp.open(server.port);
      await plain.request("GET", POLLING_TARGET, { headers });
      const opened = await plain.response();
      assert([200, 400, 431].includes(opened.status), `Expected an answer, found ${opened.status}`);
      await leave(server, opened.body);
    },
  })),
  {
    name: "upgrades that are none get 400, whatever they ask for (CVE-2024-37890)",
    server: "brisk",
    async run(server): Promise<void> {
      for (
        const headers of [
          ["Connection: Upgrade", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"],
          ["Connection: Upgrade"],
          ["Connection: Upgrade", "Upgrade: __proto__"],
        ]
      ) {
        using tcp = await RawTcp.open(server.port);
        await tcp.request("GET", WEBSOCKET_TARGET, { headers: [...headers, ...KEYS] });
        assertEquals([headers[0], (await tcp.response()).status], [headers[0], 400]);
      }
    },
  },
  {
    name: "a WebSocket handshake without Connection: Upgrade gets 400",
    needs: "whole-handshakes-alone",
    async run(server): Promise<void> {
      using tcp = await RawTcp.open(server.port);
      const headers = ["Upgrade: websocket", ...KEYS];
      await tcp.request("GET", WEBSOCKET_TARGET, { headers });
      assertEquals((await tcp.response()).status, 400);
    },
  },
  {
    name: "a megabyte of one header that comes in small pieces is cut by its size (CVE-2023-43669)",
    async run(server): Promise<void> {
      const tcp = await RawTcp.open(server.port);
      await tcp.write(`GET ${WEBSOCKET_TARGET} HTTP/1.1\r\nHost: a\r\nX-Long: `);
      const answer = tcp.response(20_000).then(({ status }) => status, () => undefined);
      const piece = new TextEncoder().encode("x".repeat(500));
      const { bytes } = await flood(tcp, { piece, times: 2_000, ended: answer });
      const status = await answer;
      assert([400, 431, undefined].includes(status), `Expected a refusal, found ${status}`);
      assertLess(bytes, 1_000_000);
    },
  },
];

/** Paths that leave the one of this server, or look like files. */
const PATHS = [
  "/socket.io/socket.io.js.map/../../deno.json",
  "/socket.io/../../etc/passwd",
  "/socket.io/%2e%2e/%2e%2e/etc/passwd",
  "/socket.io/socket.io.js/..%2f..%2fetc%2fpasswd",
  "/socket.io//socket.io.js",
  "/socket.io/socket.io.js%00",
  "/socket.io/__proto__",
];

const pathCases: readonly ConformanceCase[] = [
  {
    name: "paths that climb out of the path of the server give no file (socket.io 4.8.4)",
    async run(server): Promise<void> {
      for (const path of PATHS) {
        using tcp = await RawTcp.open(server.port);
        await tcp.request("GET", path);
        const { status, body } = await tcp.response();
        assert([400, 404].includes(status), `${path}: ${status}`);
        assert(!/root:|"tasks"/.test(body), body.slice(0, 100));
      }
    },
  },
  {
    name: "a session keeps its revision: requests of the other one are refused (engine.io 6.6.7)",
    server: "older",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const other = session.url().replace("EIO=4", "EIO=3");
      const answers: readonly Answer[] = [
        await ask(other),
        await ask(other, { method: "POST", body: "1:2" }),
      ];
      for (const { status, text } of answers) assertEquals([status, text], [400, errorText(3)]);
      assertEquals((await session.post('42["echo",1]')).status, 200);
      assertNotEquals(await session.collect(1), []);
    },
  },
];

export const hostileRequestCases: readonly ConformanceCase[] = [
  ...idCases,
  ...originCases,
  ...queryCases,
  ...bodyCases,
  ...headCases,
  ...pathCases,
];
