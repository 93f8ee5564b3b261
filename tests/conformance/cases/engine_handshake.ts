/**
 * Cases: the handshake of Engine.IO 4, and every way to get it wrong.
 *
 * Source: Engine.IO protocol, revision 4, sections "Transports" and "Handshake".
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ask, engineUrl, RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import { type ConformanceCase, errorMessage, errorText } from "../conformance.ts";

const acceptedCases: readonly ConformanceCase[] = [
  {
    name: "a polling handshake answers with an open packet of five fields",
    async run(server): Promise<void> {
      const { open, handshake } = await RawPolling.start(server.url);
      assertEquals(handshake.status, 200);
      assertEquals(Object.keys(open).toSorted(), [
        "maxPayload",
        "pingInterval",
        "pingTimeout",
        "sid",
        "upgrades",
      ]);
      assertEquals(open.upgrades, ["websocket"]);
      assertEquals([open.pingInterval, open.pingTimeout], [25_000, 20_000]);
      assertEquals(open.maxPayload, 1_000_000);
      assert(/^[\w-]{16,}$/.test(open.sid), `Expected a session id for URLs, found ${open.sid}`);
    },
  },
  {
    name: "a WebSocket handshake answers with an open packet that offers no upgrade",
    async run(server): Promise<void> {
      await using session = await RawWebSocket.start(server.url);
      const { sid, ...rest } = session.handshake;
      assertEquals(rest, {
        upgrades: [],
        pingInterval: 25_000,
        pingTimeout: 20_000,
        maxPayload: 1_000_000,
      });
      assert(/^[\w-]{16,}$/.test(sid), `Expected a session id for URLs, found ${sid}`);
    },
  },
  {
    name: "every session has an id of its own",
    async run(server): Promise<void> {
      const first = await RawPolling.start(server.url);
      const second = await RawPolling.start(server.url);
      assertNotEquals(first.sid, second.sid);
    },
  },
];

/** What a request without a session is answered, by what is wrong with it. */
const REFUSALS: readonly {
  readonly name: string;
  readonly code: number;
  readonly query: Readonly<Record<string, string>>;
  readonly method?: string;
}[] = [
  { name: "no EIO", code: 5, query: { transport: "polling" } },
  { name: "EIO that is no number", code: 5, query: { EIO: "abc", transport: "polling" } },
  { name: "EIO of another revision", code: 5, query: { EIO: "3", transport: "polling" } },
  { name: "EIO of the future", code: 5, query: { EIO: "5", transport: "polling" } },
  { name: "no transport", code: 0, query: { EIO: "4" } },
  { name: "an unknown transport", code: 0, query: { EIO: "4", transport: "abc" } },
  { name: "a transport __proto__", code: 0, query: { EIO: "4", transport: "__proto__" } },
  { name: "a transport constructor", code: 0, query: { EIO: "4", transport: "constructor" } },
  { name: "WebSocket without upgrade", code: 3, query: { EIO: "4", transport: "websocket" } },
  { name: "an unknown sid", code: 1, query: { EIO: "4", transport: "polling", sid: "nobody" } },
  { name: "a sid __proto__", code: 1, query: { EIO: "4", transport: "polling", sid: "__proto__" } },
  {
    name: "an unknown sid by POST",
    code: 1,
    method: "POST",
    query: { EIO: "4", transport: "polling", sid: "nobody" },
  },
  ...["POST", "PUT", "PATCH", "DELETE"].map((method) => ({
    name: `a handshake by ${method}`,
    code: 2,
    method,
    query: { EIO: "4", transport: "polling" },
  })),
  // What comes first in the order of checks wins.
  { name: "wrong transport and method", code: 0, method: "POST", query: { EIO: "4" } },
  { name: "wrong version and method", code: 2, method: "POST", query: { transport: "polling" } },
  { name: "wrong version and sid", code: 1, query: { transport: "polling", sid: "nobody" } },
];

const refusedCases: readonly ConformanceCase[] = [
  ...REFUSALS.map(({ name, code, query, method = "GET" }): ConformanceCase => ({
    name: `${name} is refused with 400 and code ${code}`,
    async run(server): Promise<void> {
      const answer = await ask(engineUrl(server.url, query), { method });
      assertEquals([answer.status, answer.text], [400, errorText(code)]);
      assert(answer.headers.get("content-type")?.startsWith("application/json"), "content type");
    },
  })),
  {
    name: "allowRequest refuses with 403, code 4 and a message of its own",
    async run(server): Promise<void> {
      for (
        const [refuse, message] of [["plain", "Forbidden"], ["text", "no entry today"]] as const
      ) {
        const query = { EIO: "4", transport: "polling", refuse };
        const answer = await ask(engineUrl(server.url, query));
        assertEquals([answer.status, answer.text], [403, errorText(4, message)]);
      }
    },
  },
];

/** Upgrade requests that must not become a WebSocket; the status is on the wire. */
const refusedUpgrades: readonly ConformanceCase[] = [
  ...[
    { name: "without a transport", query: "EIO=4", code: 0 },
    { name: "with an unknown transport", query: "EIO=4&transport=abc", code: 0 },
    { name: "with a transport __proto__", query: "EIO=4&transport=__proto__", code: 0 },
    { name: "with an unknown sid", query: "EIO=4&transport=websocket&sid=nobody", code: 1 },
  ].map(({ name, query, code }): ConformanceCase => ({
    name: `an upgrade ${name} is refused with 400 and says why`,
    async run(server): Promise<void> {
      using tcp = await RawTcp.open(server.port);
      const answer = await tcp.upgrade(`/socket.io/?${query}`);
      assertEquals(answer.status, 400);
      assert(answer.body.includes(errorMessage(code)), answer.body);
    },
  })),
  {
    name: "an upgrade that allowRequest refuses says why",
    async run(server): Promise<void> {
      using tcp = await RawTcp.open(server.port);
      const answer = await tcp.upgrade("/socket.io/?EIO=4&transport=websocket&refuse=text");
      assert([400, 403].includes(answer.status), `Expected 400 or 403, found ${answer.status}`);
      assert(answer.body.includes("no entry today"), answer.body);
    },
  },
  ...["transport=websocket", "EIO=3&transport=websocket", "EIO=abc&transport=websocket"].map(
    (query): ConformanceCase => ({
      name: `a WebSocket with the query ${query} gets no open packet`,
      async run(server): Promise<void> {
        const socket = new RawWebSocket(`${server.webSocketUrl}/socket.io/?${query}`);
        await socket.ended();
        const first = await socket.frame().catch(() => "nothing");
        assertEquals(first, "nothing");
      },
    }),
  ),
  {
    name: "a WebSocket for the polling transport is closed",
    async run(server): Promise<void> {
      const socket = new RawWebSocket(`${server.webSocketUrl}/socket.io/?EIO=4&transport=polling`);
      await socket.ended();
      assertEquals(await socket.frame().catch(() => "nothing"), "nothing");
    },
  },
];

const sessionCases: readonly ConformanceCase[] = [
  {
    name: "a request of a session under another transport or revision is refused with code 3",
    async run(server): Promise<void> {
      const session = await RawPolling.start(server.url);
      for (
        const query of [
          { EIO: "4", transport: "websocket", sid: session.sid },
          { EIO: "3", transport: "polling", sid: session.sid },
          { transport: "polling", sid: session.sid },
        ]
      ) {
        const answer = await ask(engineUrl(server.url, query));
        assertEquals([answer.status, answer.text], [400, errorText(3)]);
      }
      assertEquals((await session.post("40")).text, "ok");
    },
  },
  {
    name: "a method that the transport does not know is refused and the session lives on",
    async run(server): Promise<void> {
      const session = await RawPolling.start(server.url);
      for (const method of ["PUT", "PATCH", "DELETE"]) {
        const { status } = await ask(session.url(), { method });
        assert(status >= 400, `Expected a refusal of ${method}, found ${status}`);
      }
      assertEquals((await session.post("40")).text, "ok");
    },
  },
  {
    name: "a request that names no path of ours is not ours",
    async run(server): Promise<void> {
      for (const path of ["/", "/socket.iox/?EIO=4&transport=polling", "/elsewhere"]) {
        assertEquals((await ask(`${server.url}${path}`)).status, 404);
      }
    },
  },
];

export const engineHandshakeCases: readonly ConformanceCase[] = [
  ...acceptedCases,
  ...refusedCases,
  ...refusedUpgrades,
  ...sessionCases,
];
