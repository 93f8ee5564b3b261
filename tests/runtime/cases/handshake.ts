/**
 * Cases: what the server learns of a client at the handshake, and the headers it answers with.
 */
import { assert, assertEquals } from "@std/assert";
import { ask as fetchText, engineUrl, RawPolling } from "../../support/raw_engine.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import { ask, refused, upgraded } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const FRIEND = "http://friend.example";
/** Path and query of an upgrade request, without its transport. */
const UPGRADE = "/socket.io/?EIO=4";
/** The answer to the key that `RawTcp` sends. */
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** Parts of a query that are refused, with code and message. */
const REFUSALS = [
  [{ transport: "carrier pigeon" }, 0, "Transport unknown"],
  [{ sid: "nobody" }, 1, "Session ID unknown"],
  [{ transport: "websocket" }, 3, "Bad request"],
  [{ refuse: "text" }, 4, "Forbidden"],
  [{ EIO: "3" }, 5, "Unsupported protocol version"],
] as const;

interface SeenHandshake {
  readonly headers: Readonly<Record<string, string>>;
  readonly time: string;
  readonly address: string;
  readonly xdomain: boolean;
  readonly secure: boolean;
  readonly issued: number;
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
  readonly auth: unknown;
}

const clientCases: readonly ContractCase[] = [
  {
    name: "auth arrives as given, from an object, from a function, or empty",
    async run(context): Promise<void> {
      const auth = { token: "é", nested: { list: [1, null] } };
      const given = await context.connect("/", { auth });
      assertEquals((await ask(given, "handshake") as SeenHandshake).auth, auth);
      const asked = await context.connect("/", { auth: (answer) => answer({ late: true }) });
      assertEquals((await ask(asked, "handshake") as SeenHandshake).auth, { late: true });
      const none = await context.connect();
      assertEquals((await ask(none, "handshake") as SeenHandshake).auth, {});
    },
  },
  {
    name: "each namespace has its own auth over one connection",
    async run(context): Promise<void> {
      const main = await context.connect("/", { auth: { who: "main" } });
      const orders = await context.join(main, "/orders", { who: "orders" });
      assertEquals((await ask(main, "handshake") as SeenHandshake).auth, { who: "main" });
      assertEquals((await ask(orders, "handshake") as SeenHandshake).auth, { who: "orders" });
    },
  },
  {
    name: "the handshake shows address, time, url, query and headers of the first request",
    async run(context): Promise<void> {
      const before = Date.now();
      const client = await context.connect("/", {
        query: { colour: "blue & green", "é": "ü" },
        extraHeaders: { "X-Custom": "value", Cookie: "a=1; b=2" },
      });
      const seen = await ask(client, "handshake") as SeenHandshake;
      const first = context.mode === "websocket" ? "websocket" : "polling";
      const { EIO, transport, colour, "é": letter } = seen.query;
      assertEquals([EIO, transport, colour, letter], ["4", first, "blue & green", "ü"]);
      assert(seen.url.startsWith("/socket.io/?"), seen.url);
      assert(seen.url.includes("colour=blue%20%26%20green"), seen.url);
      assertEquals([seen.headers["x-custom"], seen.headers["cookie"]], ["value", "a=1; b=2"]);
      assertEquals(seen.headers["host"], new URL(context.server.url).host);
      assert(["127.0.0.1", "::ffff:127.0.0.1"].includes(seen.address), seen.address);
      assertEquals([seen.xdomain, seen.secure], [false, false]);
      assert(seen.issued >= before - 1_000 && seen.issued <= Date.now() + 1_000, "issued");
      assertEquals(Math.floor(seen.issued / 1_000), Date.parse(seen.time) / 1_000);
    },
  },
  {
    name: "socket.request is the first request: its url, method and headers",
    async run(context): Promise<void> {
      const client = await context.connect("/", { query: { colour: "blue" } });
      if (context.mode === "upgrade") await upgraded(client);
      const seen = await ask(client, "request") as Readonly<
        Record<"url" | "method" | "host", string>
      >;
      const { pathname, searchParams, host } = new URL(seen.url, context.server.url);
      const first = context.mode === "websocket" ? "websocket" : "polling";
      assert(seen.url.startsWith("/"), seen.url);
      assertEquals([pathname, searchParams.get("transport")], ["/socket.io/", first]);
      assertEquals(searchParams.get("colour"), "blue");
      assertEquals([seen.method, seen.host], ["GET", host]);
    },
  },
  {
    name: "an Origin header makes the handshake cross-domain",
    async run(context): Promise<void> {
      const client = await context.connect("/", { extraHeaders: { Origin: FRIEND } });
      const seen = await ask(client, "handshake") as SeenHandshake;
      assertEquals([seen.xdomain, seen.headers["origin"]], [true, FRIEND]);
    },
  },
  {
    name: "names of Object.prototype are names like others in the query",
    async run(context): Promise<void> {
      const client = await context.connect("/", { query: { constructor: "own", toString: "x" } });
      const { query } = await ask(client, "handshake") as SeenHandshake;
      assertEquals([query["constructor"], String(Reflect.get(query, "toString"))], ["own", "x"]);
    },
  },
  {
    name: "the query is an object without a prototype",
    needs: "bare-query",
    async run(context): Promise<void> {
      const client = await context.connect();
      assertEquals(await ask(client, "prototypes"), { query: true });
    },
  },
  {
    name: "after an upgrade the transport is WebSocket and the handshake is still the first",
    modes: ["upgrade"],
    async run(context): Promise<void> {
      const client = await context.connect();
      await upgraded(client);
      // The server learns of the upgrade by a frame that a later message follows.
      assertEquals(await ask(client, "echo", "after"), "after");
      const state = await ask(client, "state") as Record<string, unknown>;
      assertEquals(state["transport"], "websocket");
      assertEquals((await ask(client, "handshake") as SeenHandshake).query["transport"], "polling");
    },
  },
  {
    name: "allowRequest refuses a client before it has a session",
    async run(context): Promise<void> {
      const error = await refused(context.client("/", { query: { refuse: "text" } }));
      assert(/error/.test(error.message), error.message);
      const allowed = await context.connect("/", { query: { refuse: "no" } });
      assertEquals(await ask(allowed, "echo", "in"), "in");
    },
  },
];

/** Upgrade requests without a client, so that their answers show. */
const upgradeCases: readonly ContractCase[] = [
  {
    name: "the 101 of a first request has the headers of users, and of the session",
    modes: ["websocket"],
    async run(context): Promise<void> {
      using tcp = await RawTcp.open(context.server.port);
      const { status, headers } = await tcp.upgrade(`${UPGRADE}&transport=websocket`);
      assertEquals([status, headers.get("sec-websocket-accept")], [101, ACCEPT]);
      assertEquals([headers.get("x-initial"), headers.get("x-every")], ["/socket.io/", "GET"]);
    },
  },
  {
    name: "the 101 of a first request has the cookie",
    modes: ["websocket"],
    needs: "cookie-on-websocket",
    async run(context): Promise<void> {
      using tcp = await RawTcp.open(context.server.port);
      const { headers } = await tcp.upgrade(`${UPGRADE}&transport=websocket`);
      const [, sid] = /"sid":"([\w-]+)"/.exec(await tcp.readUntil("}")) ?? [];
      assertEquals(headers.get("set-cookie"), `io=${sid}; Path=/; HttpOnly; SameSite=Lax`);
    },
  },
  {
    name: "the 101 of an upgrade has the headers of every answer and no cookie",
    modes: ["upgrade"],
    async run(context): Promise<void> {
      const session = await RawPolling.start(context.server.url);
      using tcp = await RawTcp.open(context.server.port);
      const target = `${UPGRADE}&transport=websocket&sid=${session.sid}`;
      const { status, headers } = await tcp.upgrade(target);
      assertEquals([status, headers.get("x-every")], [101, "GET"]);
      assertEquals([headers.get("x-initial"), headers.get("set-cookie")], [undefined, undefined]);
    },
  },
];

/** Requests that are refused, as the application is told of them. */
const refusalCases: readonly ContractCase[] = [
  {
    name: "connection_error tells request, code and message of what is refused",
    modes: ["polling"],
    async run(context): Promise<void> {
      const host = new URL(context.server.url).host;
      for (const [query, code, message] of REFUSALS) {
        const tag = context.tag();
        const url = engineUrl(context.server.url, {
          EIO: "4",
          transport: "polling",
          ...query,
          tag,
        });
        await fetchText(url);
        const { kind: _, context: __, ...told } = await context.server.report({ tag });
        assertEquals(told, { tag, code, message, host });
      }
    },
  },
  {
    name: "connection_error tells of refused WebSockets too",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const tag = context.tag();
      using tcp = await RawTcp.open(context.server.port);
      await tcp.upgrade(`${UPGRADE}&transport=websocket&sid=nobody&tag=${tag}`);
      const { code, message } = await context.server.report({ tag, kind: "connection_error" });
      assertEquals([code, message], [1, "Session ID unknown"]);
    },
  },
];

/** Requests that are not for the server under test. */
const foreignCases: readonly ContractCase[] = [
  {
    name: "requests for other paths on the same port get the application's own answer",
    modes: ["polling"],
    async run(context): Promise<void> {
      for (const path of ["/", "/elsewhere?x=1", "/socket.iox/?EIO=4&transport=polling"]) {
        for (const method of ["GET", "POST", "OPTIONS"]) {
          const { status, text } = await fetchText(context.server.url + path, { method });
          assertEquals([status, text], [404, `${method} ${path} is elsewhere`]);
        }
      }
    },
  },
  {
    name: "a WebSocket for another path, which nobody wants, is refused or cut off",
    modes: ["websocket"],
    async run(context): Promise<void> {
      using tcp = await RawTcp.open(context.server.port);
      const refusal = tcp.upgrade("/elsewhere").then(({ status }) => status, () => "cut off");
      const ending = await refusal;
      assert([404, "cut off"].includes(ending), `Expected 404 or the end, found ${ending}`);
    },
  },
];

/** Requests without a client, so that headers show. */
const headerCases: readonly ContractCase[] = [
  {
    name: "an allowed origin is named, another is not, in successes and in errors",
    modes: ["polling"],
    async run(context): Promise<void> {
      for (const transport of ["polling", "nonsense"]) {
        const url = engineUrl(context.server.url, { EIO: "4", transport });
        const friend = await fetchText(url, { headers: { Origin: FRIEND } });
        assertEquals(friend.headers.get("access-control-allow-origin"), FRIEND);
        assertEquals(friend.headers.get("access-control-allow-credentials"), "true");
        assertEquals(friend.headers.get("vary"), "Origin");
        const stranger = await fetchText(url, { headers: { Origin: "http://other.example" } });
        assertEquals(stranger.headers.get("access-control-allow-origin"), null);
        assertEquals(stranger.headers.get("vary"), "Origin");
      }
    },
  },
  {
    name: "a preflight is answered with 204, methods and the headers asked for",
    modes: ["polling"],
    async run(context): Promise<void> {
      const url = engineUrl(context.server.url, { EIO: "4", transport: "polling" });
      const answer = await fetchText(url, {
        method: "OPTIONS",
        headers: {
          Origin: FRIEND,
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "x-one,x-two",
        },
      });
      assertEquals([answer.status, answer.text], [204, ""]);
      const header = (name: string): string | null => answer.headers.get(name);
      assertEquals(header("access-control-allow-origin"), FRIEND);
      assertEquals(header("access-control-allow-methods"), "GET,HEAD,PUT,PATCH,POST,DELETE");
      assertEquals(header("access-control-allow-headers"), "x-one,x-two");
      assertEquals(header("vary"), "Origin, Access-Control-Request-Headers");
    },
  },
  {
    name: "without the option nothing allows another origin",
    modes: ["polling"],
    profile: "brisk",
    async run(context): Promise<void> {
      const url = engineUrl(context.server.url, { EIO: "4", transport: "polling" });
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const answer = await fetchText(url, { method, headers: { Origin: FRIEND } });
        const names = [...answer.headers.keys()];
        assertEquals(names.filter((name) => name.startsWith("access-control-")), [], method);
      }
    },
  },
  {
    name: "the headers of users come with the first answer, or with every one",
    modes: ["polling"],
    async run(context): Promise<void> {
      const session = await RawPolling.start(context.server.url);
      const answers = [session.handshake, await session.post("40"), await session.poll()];
      const seen = answers.map(({ headers }) => [headers.get("x-initial"), headers.get("x-every")]);
      assertEquals(seen, [["/socket.io/", "GET"], [null, "POST"], [null, "GET"]]);
    },
  },
  {
    name: "the cookie comes with the first answer of a session and with no other",
    modes: ["polling"],
    async run(context): Promise<void> {
      const session = await RawPolling.start(context.server.url);
      const cookie = session.handshake.headers.get("set-cookie");
      assertEquals(cookie, `io=${session.sid}; Path=/; HttpOnly; SameSite=Lax`);
      const joined = await session.post("40");
      assertEquals(joined.headers.get("set-cookie"), null);
      assertEquals((await session.poll()).headers.get("set-cookie"), null);
    },
  },
  {
    name: "answers of a session are not stored and have the types that clients expect",
    modes: ["polling"],
    async run(context): Promise<void> {
      const session = await RawPolling.start(context.server.url);
      const posted = await session.post("40");
      const polled = await session.poll();
      for (const answer of [session.handshake, posted, polled]) {
        assertEquals(answer.headers.get("cache-control"), "no-store");
      }
      const type = (headers: Headers): string | undefined =>
        headers.get("content-type")?.toLowerCase();
      assertEquals(type(session.handshake.headers), "text/plain; charset=utf-8");
      assertEquals(type(polled.headers), "text/plain; charset=utf-8");
      assertEquals(type(posted.headers), "text/html");
      assertEquals(posted.text, "ok");
    },
  },
];

export const handshakeCases: readonly ContractCase[] = [
  ...clientCases,
  ...headerCases,
  ...upgradeCases,
  ...refusalCases,
  ...foreignCases,
];
