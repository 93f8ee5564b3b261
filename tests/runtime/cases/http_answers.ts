/**
 * Cases: the HTTP answers of the engine to what it refuses, and what the application is told of it.
 *
 * Successful answers are in `handshake.ts`, those that CORS asks for in `options_cors.ts`.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { CLIENT_FILES } from "../../support/client_files.ts";
import { ask as fetchText, engineUrl, RawPolling } from "../../support/raw_engine.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { play } from "../api_clients.ts";
import type { CaseContext } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

type Query = Readonly<Record<string, string>>;

/** A request that is refused: its query, its answer, and what is told of it. */
interface Refusal {
  readonly query: Query;
  readonly method?: string;
  readonly status?: number;
  readonly code: number;
  readonly message: string;
  /** What the client is told in place of the message. */
  readonly text?: string;
  readonly context: unknown;
}

const POLLING = { EIO: "4", transport: "polling" };

const REFUSALS: readonly Refusal[] = [
  {
    query: { EIO: "4", transport: "pigeon" },
    code: 0,
    message: "Transport unknown",
    context: { transport: "pigeon" },
  },
  {
    query: { ...POLLING, sid: "nobody" },
    code: 1,
    message: "Session ID unknown",
    context: { sid: "nobody" },
  },
  {
    query: POLLING,
    method: "POST",
    code: 2,
    message: "Bad handshake method",
    context: { method: "POST" },
  },
  {
    query: { EIO: "4", transport: "websocket" },
    code: 3,
    message: "Bad request",
    context: { name: "TRANSPORT_HANDSHAKE_ERROR" },
  },
  {
    query: { ...POLLING, refuse: "text" },
    status: 403,
    code: 4,
    message: "Forbidden",
    text: "no entry today",
    context: { message: "no entry today" },
  },
  {
    query: { EIO: "3", transport: "polling" },
    code: 5,
    message: "Unsupported protocol version",
    context: { protocol: 3 },
  },
];

/** Holds if a request is refused as expected, on the wire and in `connection_error`. */
async function assertRefused(context: CaseContext, refusal: Refusal): Promise<void> {
  const { query, method = "GET", status = 400, code, message, text = message } = refusal;
  const tag = context.tag();
  const answer = await fetchText(engineUrl(context.server.url, { ...query, tag }), { method });
  assertEquals([answer.status, answer.text], [status, JSON.stringify({ code, message: text })]);
  assertMatch(answer.headers.get("content-type") ?? "", /^application\/json\b/);
  const told = await context.server.report({ tag, kind: "connection_error" });
  assertEquals([told["code"], told["message"], told["context"]], [code, message, refusal.context]);
}

const refusedCases: readonly ContractCase[] = [
  {
    name: "each refusal has its status, its JSON, and its context in connection_error",
    modes: ["polling"],
    async run(context): Promise<void> {
      for (const refusal of REFUSALS) await assertRefused(context, refusal);
    },
  },
  {
    name: "a request of a session by another transport or revision tells both in its context",
    modes: ["polling"],
    async run(context): Promise<void> {
      const { sid } = await RawPolling.start(context.server.url);
      const refused = { code: 3, message: "Bad request" };
      await assertRefused(context, {
        ...refused,
        query: { EIO: "4", transport: "websocket", sid },
        context: {
          name: "TRANSPORT_MISMATCH",
          transport: "websocket",
          previousTransport: "polling",
        },
      });
      await assertRefused(context, {
        ...refused,
        query: { EIO: "3", transport: "polling", sid },
        context: { name: "PROTOCOL_MISMATCH", protocol: 3, previousProtocol: 4 },
      });
    },
  },
  {
    name: "an id that cannot be made refuses the handshake as ID_GENERATION_ERROR",
    modes: ["polling"],
    async run(context): Promise<void> {
      for (const id of ["fails", "fails later"]) {
        await assertRefused(context, {
          query: { ...POLLING, id },
          code: 3,
          message: "Bad request",
          context: { name: "ID_GENERATION_ERROR", error: {} },
        });
      }
    },
  },
  {
    name: "a middleware of the engine that refuses makes a MIDDLEWARE_FAILURE of it",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const server = await context.start({});
      const client = await context.connect("/engine", {}, server);
      await play(client, "add middlewares");
      for (const fail of ["at once", "later"]) await assertStopped(context, server, fail);
      const other = await context.connect("/engine", {}, server);
      assertEquals(await play(other, "upgrades"), [["websocket"], []]);
    },
  },
  {
    name: "a refused upgrade is a closed connection with 400 and the message as its body",
    modes: ["websocket"],
    async run(context): Promise<void> {
      for (
        const [query, message] of [
          ["EIO=4&transport=pigeon", "Transport unknown"],
          ["EIO=4&transport=websocket&sid=nobody", "Session ID unknown"],
          ["EIO=4&transport=websocket&refuse=text", "no entry today"],
          ["EIO=4&transport=websocket&refuse=plain", "Forbidden"],
        ]
      ) {
        using tcp = await RawTcp.open(context.server.port);
        const { status, headers, body } = await tcp.upgrade(`/socket.io/?${query}`);
        assertEquals([status, body], [400, message]);
        assertEquals(headers.get("content-type"), "text/html");
        assertEquals(headers.get("content-length"), String(message?.length));
      }
    },
  },
  {
    name: "OPTIONS without the option cors is a bad handshake method",
    profile: "brisk",
    modes: ["polling"],
    async run(context): Promise<void> {
      const url = engineUrl(context.server.url, POLLING);
      const { status, text } = await fetchText(url, { method: "OPTIONS" });
      assertEquals([status, text], [400, '{"code":2,"message":"Bad handshake method"}']);
    },
  },
  {
    name: "a body over maxHttpBufferSize is answered with 413 and nothing else",
    modes: ["polling"],
    async run(context): Promise<void> {
      const session = await RawPolling.start(context.server.url);
      const { status, text } = await session.postBody("4".padEnd(2_000_001, "x"));
      assertEquals([status, text], [413, ""]);
    },
  },
];

/** Holds if a middleware that fails keeps a client out, and is told of. */
async function assertStopped(
  context: CaseContext,
  server: ServerProcess,
  fail: string,
): Promise<void> {
  const tag = context.tag();
  const query = { EIO: "4", transport: context.mode, tag, fail };
  if (context.mode === "polling") {
    const { status, text } = await fetchText(engineUrl(server.url, query));
    assertEquals([status, text], [400, '{"code":3,"message":"Bad request"}']);
  } else {
    using tcp = await RawTcp.open(server.port);
    const { status, body } = await tcp.upgrade(engineUrl("", query));
    assertEquals([status, body], [400, "Bad request"]);
  }
  const told = await server.report({ tag, kind: "connection_error" });
  const { code, message, context: why } = told;
  assertEquals([code, message, why], [3, "Bad request", { name: "MIDDLEWARE_FAILURE" }]);
}

const clientFileCases: readonly ContractCase[] = [
  {
    name: "a request for a file of the client gets 404 and a line that names socket.io-client",
    modes: ["polling"],
    needs: "client-elsewhere",
    async run(context): Promise<void> {
      for (const file of CLIENT_FILES) {
        for (const query of ["", "?v=4.8.4", "?EIO=4&transport=polling"]) {
          await assertElsewhere(`${context.server.url}/socket.io/${file}${query}`);
        }
      }
    },
  },
  {
    name: "the files of the client are missed under a path of one's own too, whatever its end",
    modes: ["polling"],
    needs: "client-elsewhere",
    async run(context): Promise<void> {
      const server = await context.start({ path: "/own/path", addTrailingSlash: false });
      await assertElsewhere(`${server.url}/own/path/socket.io.js`);
      await assertElsewhere(`${server.url}/own/path/socket.io.min.js.map?x`);
      const { status, text } = await fetchText(`${server.url}/socket.io/socket.io.js`);
      assertEquals([status, text], [404, "GET /socket.io/socket.io.js is elsewhere"]);
    },
  },
  {
    name: "other paths below that of the server are requests like those for its path itself",
    modes: ["polling"],
    async run(context): Promise<void> {
      for (const file of ["", "other.js", "socket.io.jsx", "deep/socket.io.js", "Socket.io.js"]) {
        const url = `${context.server.url}/socket.io/${file}`;
        const refused = await fetchText(url);
        assertEquals([refused.status, refused.text], [
          400,
          '{"code":0,"message":"Transport unknown"}',
        ], file);
        const opened = await fetchText(`${url}?EIO=4&transport=polling`);
        assertEquals([opened.status, opened.text.slice(0, 2)], [200, "0{"], file);
      }
    },
  },
];

/** Holds if the answer says that the client is to be loaded from somewhere else. */
async function assertElsewhere(url: string): Promise<void> {
  const { status, headers, text } = await fetchText(url);
  assertEquals(status, 404, url);
  assertMatch(headers.get("content-type") ?? "", /^text\/plain\b/);
  assert(text.includes("socket.io-client"), text);
  assertEquals(text.trimEnd().split("\n").length, 1, text);
}

export const httpAnswerCases: readonly ContractCase[] = [...refusedCases, ...clientFileCases];
