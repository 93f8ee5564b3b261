/**
 * Cases: what each member of the option `cors` does to answers, and to preflight requests.
 *
 * One server takes the rules from the query of each request, so that a case can name its own; that
 * rules given as they are mean the same is shown in `handshake.ts`.
 */
import { assertEquals } from "@std/assert";
import { type Answer, ask as fetchText, engineUrl } from "../../support/raw_engine.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { type CaseContext, connected } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

type Rules = Readonly<Record<string, unknown>>;

const CALM = { pingInterval: 25_000, pingTimeout: 20_000 };
const FRIEND = "http://friend.example";
const OTHER = "http://other.example";

/** The headers of CORS in an answer, `vary` included. */
function corsHeaders({ headers }: Answer): Readonly<Record<string, string>> {
  const found = [...headers].filter(([name]) => /^access-control-|^vary$/.test(name));
  return Object.fromEntries(
    found.map(([name, value]) => [name.replace("access-control-", ""), value]),
  );
}

function startByQuery(context: CaseContext): Promise<ServerProcess> {
  return context.start({ ...CALM, named: "cors by query" });
}

/** A handshake of a page of `origin` under these rules. */
function handshake(server: ServerProcess, rules: Rules, origin: string): Promise<Answer> {
  const query = { EIO: "4", transport: "polling", cors: JSON.stringify(rules) };
  return fetchText(engineUrl(server.url, query), { headers: { Origin: origin } });
}

/** The preflight request of a page of `FRIEND` under these rules. */
function preflight(server: ServerProcess, rules: Rules): Promise<Answer> {
  const query = { EIO: "4", transport: "polling", cors: JSON.stringify(rules) };
  const headers = { Origin: FRIEND, "Access-Control-Request-Headers": "x-asked" };
  return fetchText(engineUrl(server.url, query), { method: "OPTIONS", headers });
}

/** Rules for an origin, with what two pages are told. */
const ORIGINS: readonly (readonly [rules: Rules, friend: Rules, other: Rules])[] = [
  [{}, { "allow-origin": "*" }, { "allow-origin": "*" }],
  [{ origin: "*" }, { "allow-origin": "*" }, { "allow-origin": "*" }],
  [{ origin: FRIEND }, named(FRIEND), named(FRIEND)],
  [{ origin: true }, named(FRIEND), named(OTHER)],
  [{ origin: false }, {}, {}],
  [{ origin: [FRIEND, "http://third.example"] }, named(FRIEND), { vary: "Origin" }],
  [{ origin: { pattern: "friend\\.example$" } }, named(FRIEND), { vary: "Origin" }],
  [{ origin: [OTHER, { pattern: "^http://friend" }] }, named(FRIEND), named(OTHER)],
  [{ origin: { only: FRIEND } }, named(FRIEND), {}],
];

/** An answer that names the origin, and so differs by it. */
function named(origin: string): Rules {
  return { "allow-origin": origin, vary: "Origin" };
}

const originCases: readonly ContractCase[] = [
  {
    name: "cors.origin is a text, a boolean, a RegExp, a list of them, or a function",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await startByQuery(context);
      for (const [rules, friend, other] of ORIGINS) {
        const what = JSON.stringify(rules);
        assertEquals(corsHeaders(await handshake(server, rules, FRIEND)), friend, what);
        assertEquals(corsHeaders(await handshake(server, rules, OTHER)), other, what);
      }
    },
  },
  {
    name: "cors: true allows every origin, for requests and for WebSockets",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, named: "cors without rules" });
      const answer = await handshake(server, {}, OTHER);
      assertEquals(corsHeaders(answer), { "allow-origin": "*" });
      await context.connect("/", { extraHeaders: { Origin: OTHER } }, server);
    },
  },
  {
    name: "with listed origins a WebSocket of another page is refused",
    modes: ["websocket"],
    needs: "origins-of-websockets",
    async run(context): Promise<void> {
      const friend = await context.connect("/", { extraHeaders: { Origin: FRIEND } });
      assertEquals(friend.connected, true);
      const other = context.client("/", { extraHeaders: { Origin: OTHER } });
      assertEquals(await connected(other).then(() => "in", () => "refused"), "refused");
    },
  },
];

/** What a preflight request is told beside the origin. */
const TOLD = {
  "allow-origin": "*",
  "allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
  "allow-headers": "x-asked",
  vary: "Access-Control-Request-Headers",
};

const { "allow-headers": _headers, vary: _vary, ...TOLD_OF_NO_HEADERS } = TOLD;

const preflightCases: readonly ContractCase[] = [
  {
    name: "cors.methods names the methods, as a list or a text",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await startByQuery(context);
      for (const methods of [["GET", "POST"], "GET,POST"]) {
        const answer = await preflight(server, { methods });
        assertEquals(corsHeaders(answer), { ...TOLD, "allow-methods": "GET,POST" });
      }
    },
  },
  {
    name: "cors.allowedHeaders names the headers of requests, in place of those asked for",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await startByQuery(context);
      for (const allowedHeaders of [["x-one", "x-two"], "x-one,x-two"]) {
        const answer = await preflight(server, { allowedHeaders });
        assertEquals(corsHeaders(answer), {
          ...TOLD_OF_NO_HEADERS,
          "allow-headers": "x-one,x-two",
        });
      }
    },
  },
  {
    name: "cors.exposedHeaders and cors.credentials are told in every answer",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await startByQuery(context);
      const rules = { exposedHeaders: ["x-shown", "x-too"], credentials: true };
      const told = { "expose-headers": "x-shown,x-too", "allow-credentials": "true" };
      assertEquals(corsHeaders(await preflight(server, rules)), { ...TOLD, ...told });
      const answer = await handshake(server, rules, FRIEND);
      assertEquals(corsHeaders(answer), { "allow-origin": "*", ...told });
    },
  },
  {
    name: "cors.maxAge is told in answers to preflight requests",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await startByQuery(context);
      const rules = { maxAge: 600 };
      assertEquals(corsHeaders(await preflight(server, rules)), { ...TOLD, "max-age": "600" });
      assertEquals(corsHeaders(await handshake(server, rules, FRIEND)), { "allow-origin": "*" });
    },
  },
  {
    name: "cors.optionsSuccessStatus is the status of answers to preflight requests",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await startByQuery(context);
      const answer = await preflight(server, { optionsSuccessStatus: 200 });
      assertEquals([answer.status, answer.text], [200, ""]);
      assertEquals([(await preflight(server, {})).status], [204]);
    },
  },
  {
    name: "cors.preflightContinue hands a preflight request on, which refuses it with its headers",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await startByQuery(context);
      const answer = await preflight(server, { preflightContinue: true });
      assertEquals([answer.status, answer.text], [
        400,
        '{"code":2,"message":"Bad handshake method"}',
      ]);
      assertEquals(corsHeaders(answer), TOLD);
    },
  },
];

export const corsOptionCases: readonly ContractCase[] = [...originCases, ...preflightCases];
