/** Tests which pages may poll with scripts and forms, to which browsers apply no cross-origin rule. */
import { assertEquals } from "@std/assert";
import { type CorsOptions, type CorsOptionsDelegate, CorsPolicy } from "../../src/engine/cors.ts";
import { queryV3 } from "../support/engine_v3.ts";
import {
  assertRefused,
  InProcessEngine,
  pollingQuery,
  settle,
} from "../support/in_process_engine.ts";

const APP = "https://app.example";
const EVIL = "https://evil.example";
const SCRIPT = queryV3(undefined, "&b64=1&j=0");

type Cors = CorsOptions | CorsOptionsDelegate | true | undefined;
type Headers = Readonly<Record<string, string>>;

/** An engine with these rules, and what its operator is told of failures. */
function engineWith(cors: Cors, allowEIO3 = true): { engine: InProcessEngine; reports: string[] } {
  const reports: string[] = [];
  const policy = cors === undefined
    ? undefined
    : new CorsPolicy(cors, (error) => reports.push(error.message));
  return { engine: new InProcessEngine({ allowEIO3, cors: policy }), reports };
}

/** The status of a handshake by a script of a page with these headers. */
async function statusOf(cors: Cors, headers: Headers): Promise<number> {
  const { engine } = engineWith(cors);
  return (await engine.ask(SCRIPT, { headers: { host: "localhost", ...headers } })).status;
}

async function refuses(cors: Cors, headers: Headers, origin: string): Promise<void> {
  const { engine } = engineWith(cors);
  const reply = await engine.ask(SCRIPT, { headers: { host: "localhost", ...headers } });
  const context = { name: "ORIGIN_NOT_ALLOWED", origin };
  assertRefused(engine, reply, { code: 4, message: "Forbidden", context });
  assertEquals([engine.sessions.length, engine.clock.waiting], [0, 0]);
}

/** Pages of the server's own host, as browsers tell of them. */
const OWN: readonly Headers[] = [
  { "sec-fetch-site": "same-origin" },
  { "sec-fetch-site": "same-origin", referer: `${EVIL}/` },
  { referer: "http://localhost/page?x=1" },
  { referer: "https://localhost/" },
  { origin: "http://localhost" },
  { origin: "http://localhost", referer: `${EVIL}/` },
  { "sec-fetch-site": "none", referer: "http://localhost/" },
];

/** Pages that are not known to be of the server's own host, and whose they are taken for. */
const FOREIGN: readonly (readonly [headers: Headers, origin: string])[] = [
  [{}, "null"],
  [{ "sec-fetch-site": "none" }, "null"],
  [{ "sec-fetch-site": "cross-site" }, "null"],
  [{ "sec-fetch-site": "same-site" }, "null"],
  [{ "sec-fetch-site": "SAME-ORIGIN " }, "null"],
  [{ "sec-fetch-site": "cross-site", referer: `${EVIL}/page` }, EVIL],
  [{ "sec-fetch-site": "cross-site", origin: "null", referer: "http://localhost/" }, "null"],
  [{ referer: `${EVIL}/http://localhost/` }, EVIL],
  [{ referer: "http://localhost:8080/" }, "http://localhost:8080"],
  [{ referer: "http://localhost.evil.example/" }, "http://localhost.evil.example"],
  [{ referer: "http://localhost@evil.example/" }, "http://evil.example"],
  [{ referer: "about:blank" }, "null"],
  [{ referer: "data:text/html,http://localhost" }, "null"],
  [{ referer: "localhost" }, "null"],
  [{ referer: "" }, "null"],
  [{ origin: EVIL, referer: "http://localhost/" }, EVIL],
  [{ origin: "" }, ""],
  [{ origin: "ftp://localhost" }, "ftp://localhost"],
];

Deno.test("A script of a page of the same host is answered, whatever the cors option says", async () => {
  const rules: readonly Cors[] = [undefined, true, { origin: APP }, { origin: false }, {
    origin: [],
  }];
  for (const cors of rules) {
    for (const headers of OWN) {
      assertEquals(await statusOf(cors, headers), 200, JSON.stringify(headers));
    }
  }
});

Deno.test("A script of a page that is not known to be of the same host is refused without the cors option", async () => {
  for (const [headers, origin] of FOREIGN) await refuses(undefined, headers, origin);
});

Deno.test("A script of a page of another origin is refused where that is not listed, and with `false`", async () => {
  const rules: readonly Cors[] = [
    { origin: APP },
    { origin: [APP, /\.app\.example$/] },
    { origin: false },
    { origin: [] },
    { origin: (_origin, answer) => answer(null, false) },
    { origin: () => Promise.resolve([APP]) },
    () => ({ origin: APP }),
  ];
  for (const cors of rules) {
    for (const [headers, origin] of FOREIGN) await refuses(cors, headers, origin);
  }
});

Deno.test("A script of a page of a listed origin is answered", async () => {
  const pages: readonly Headers[] = [
    { origin: APP },
    { referer: `${APP}/page` },
    { "sec-fetch-site": "cross-site", referer: `${APP}/` },
  ];
  const rules: readonly Cors[] = [
    { origin: APP },
    { origin: [EVIL, APP] },
    { origin: /app\.example$/g },
    { origin: (origin, answer) => answer(null, origin === APP || origin === undefined) },
    { origin: (origin) => Promise.resolve(origin === undefined || origin === APP) },
    (_request, answer) => answer(null, { origin: APP }),
    () => Promise.resolve({ origin: [APP] }),
  ];
  for (const cors of rules) {
    for (const headers of pages) {
      assertEquals(await statusOf(cors, headers), 200, JSON.stringify(headers));
    }
  }
});

Deno.test('A script of any page is answered with `"*"` and `true`, also one of which nothing is known', async () => {
  for (const cors of [true, {}, { origin: "*" }, { origin: true }] as const) {
    for (const [headers] of FOREIGN) {
      assertEquals(await statusOf(cors, headers), 200, JSON.stringify(headers));
    }
  }
  assertEquals(await statusOf({ origin: ["null"] }, {}), 200);
});

Deno.test("A user's function is asked for the origin of the page", async () => {
  const asked: unknown[] = [];
  const { engine } = engineWith({
    origin: (origin, answer) => {
      asked.push(origin);
      answer(null, true);
    },
  });
  await engine.ask(SCRIPT, { headers: { host: "localhost", referer: `${APP}/x` } });
  await engine.ask(SCRIPT, { headers: { host: "localhost" } });
  await engine.ask(SCRIPT, { headers: { "sec-fetch-site": "same-origin" } });
  // First for the headers of the answer, by the Origin header alone; then for the page.
  assertEquals(asked, [undefined, APP, undefined, "null", undefined]);
});

Deno.test("A script with credentials is answered where browsers would let a page read that", async () => {
  const judged: readonly (readonly [cors: CorsOptions, status: number])[] = [
    [{ origin: APP, credentials: true }, 200],
    [{ origin: true, credentials: true }, 200],
    [{ origin: APP }, 403],
    [{ origin: "*", credentials: true }, 403],
    [{ origin: "*" }, 403],
  ];
  for (const [cors, status] of judged) {
    for (const secret of ["cookie", "authorization"]) {
      assertEquals(await statusOf(cors, { referer: `${APP}/`, [secret]: "a=b" }), status);
    }
  }
});

Deno.test("A script is refused when the user's function fails, and that is reported", async () => {
  let calls = 0;
  const failures: readonly CorsOptions[] = [
    { origin: () => Promise.reject(new Error("late")) },
    {
      origin: () => {
        throw new Error("at once");
      },
    },
  ];
  for (const { origin: fails } of failures) {
    calls = 0;
    // The first call is for the headers.
    const origin = ((asking: string | undefined) =>
      calls++ === 0 ? true : (fails as (it: unknown) => unknown)(asking)) as CorsOptions["origin"];
    const { engine, reports } = engineWith({ origin });
    const reply = await engine.ask(SCRIPT, { headers: { host: "localhost", referer: `${EVIL}/` } });
    const context = { name: "ORIGIN_NOT_ALLOWED", origin: EVIL };
    assertRefused(engine, reply, { code: 4, message: "Forbidden", context });
    assertEquals(reports.length, 1);
  }
});

Deno.test("A script is refused when the delegate that chooses the rules fails, and that is reported", async () => {
  const delegates: readonly CorsOptionsDelegate[] = [
    () => Promise.reject(new Error("no rules")),
    () => {
      throw new Error("no rules");
    },
  ];
  for (const delegate of delegates) {
    const { engine, reports } = engineWith(delegate);
    const reply = await engine.ask(SCRIPT, { headers: { referer: `${APP}/` } });
    const context = { name: "MIDDLEWARE_FAILURE" };
    assertRefused(engine, reply, { code: 3, message: "Bad request", context });
    assertEquals([reports, engine.sessions.length], [["no rules"], 0]);
  }
});

Deno.test("A function that answers too late refuses the script, within admissionTimeoutMs", async () => {
  let calls = 0;
  const origin: CorsOptions["origin"] = (_origin, answer) => {
    if (calls++ === 0) answer(null, true);
  };
  const policy = new CorsPolicy({ origin }, () => {});
  const engine = new InProcessEngine({ allowEIO3: true, cors: policy, admissionTimeoutMs: 1_000 });
  let status = 0;
  const reply = engine.ask(SCRIPT, { headers: { referer: `${EVIL}/` } }).then((it) =>
    status = it.status
  );
  await engine.clock.advanceAsync(999);
  assertEquals([calls, status], [2, 0]);
  await engine.clock.advanceAsync(1);
  await reply;
  assertEquals([status >= 400, engine.sessions.length, engine.clock.waiting], [true, 0, 0]);
});

Deno.test("Each request of a session that polls with scripts is judged: GET, POST and handshake", async () => {
  const { engine } = engineWith({ origin: APP });
  await engine.ask(SCRIPT, { headers: { origin: APP } });
  const session = engine.session();
  const query = queryV3(session, "&j=0");
  const evil = { referer: `${EVIL}/` };
  const context = { name: "ORIGIN_NOT_ALLOWED", origin: EVIL };
  const refusal = { code: 4, message: "Forbidden", context };
  assertRefused(engine, await engine.ask(query, { headers: evil }), refusal);
  const post = { method: "POST", body: "d=2%3A4a", headers: evil };
  assertRefused(engine, await engine.ask(query, post), refusal);
  assertEquals([session.messages, session.link.state], [[], "open"]);
  assertEquals((await engine.ask(query, { ...post, headers: { origin: APP } })).status, 200);
  assertEquals(session.messages, ["a"]);
});

Deno.test("A request without `j`, or of revision 4, is judged by browsers", async () => {
  const { engine } = engineWith(undefined);
  const headers = { referer: `${EVIL}/` };
  assertEquals((await engine.ask(queryV3(), { headers })).status, 200);
  assertEquals((await engine.ask("EIO=4&transport=polling", { headers })).status, 200);
  assertEquals((await engine.ask("EIO=4&transport=polling&j=0", { headers })).status, 200);
});

Deno.test("`j` is not judged where clients of revision 3 are not let in: it has no meaning there", async () => {
  const { engine } = engineWith(undefined, false);
  const headers = { referer: `${EVIL}/` };
  const { status, type } = await engine.ask("EIO=4&transport=polling&j=0", { headers });
  assertEquals([status, type], [200, "text/plain; charset=UTF-8"]);
  const reply = await engine.ask(`${pollingQuery(engine.session().link.id)}&j=0`, {
    ...{ method: "POST", body: "4a", headers },
  });
  assertEquals(reply.status, 200);
});

Deno.test("A WebSocket of revision 3 is judged by its Origin header, `j` or not", async () => {
  const { engine } = engineWith({ origin: APP });
  const query = queryV3(undefined, "&j=0").replace("polling", "websocket");
  const refused = await engine.askUpgrade(query, { origin: EVIL });
  const context = { name: "ORIGIN_NOT_ALLOWED", origin: EVIL };
  assertRefused(engine, refused, { code: 4, message: "Forbidden", context, upgrade: true });
  for (const headers of [{ origin: APP }, {}, { referer: `${EVIL}/` }] as const) {
    assertEquals((await engine.askUpgrade(query, headers as Record<string, string>)).status, 101);
  }
  await settle();
});
