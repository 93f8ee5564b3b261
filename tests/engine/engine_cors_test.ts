/** Tests the CORS rules on the engine's answers, and the origins of WebSockets. */
import { assertEquals } from "@std/assert";
import { type CorsOptions, CorsPolicy } from "../../src/engine/cors.ts";
import {
  assertRefused,
  InProcessEngine,
  pollingQuery,
  settle,
} from "../support/in_process_engine.ts";

const POLLING = "EIO=4&transport=polling";
const WEBSOCKET = "EIO=4&transport=websocket";
const APP = "https://app.example";
const LISTED: CorsOptions = { origin: [APP, /\.app\.example$/], credentials: true };

function engineWith(options: CorsOptions | true): InProcessEngine {
  const reports: unknown[] = [];
  return new InProcessEngine({ cors: new CorsPolicy(options, (error) => reports.push(error)) });
}

/** The headers of CORS, and `vary`. */
function corsHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name === "vary" || name.startsWith("access-control")),
  );
}

Deno.test("Without the option no answer has a header of CORS", async () => {
  const engine = new InProcessEngine();
  const headers = { origin: APP };
  const replies = [
    await engine.ask(POLLING, { headers }),
    await engine.ask("transport=x", { headers }),
    await engine.ask(POLLING, { headers, method: "OPTIONS" }),
    await engine.askUpgrade(WEBSOCKET, headers),
  ];
  for (const reply of replies) assertEquals(corsHeaders(reply.headers), {});
  assertEquals(replies.map(({ status }) => status), [200, 400, 400, 101]);
});

Deno.test("Every answer has the headers of CORS, also those of errors", async () => {
  const engine = engineWith(LISTED);
  const headers = { origin: APP };
  const replies = [await engine.ask(POLLING, { headers })];
  const session = engine.session();
  session.send("a");
  replies.push(
    await engine.poll(session, { headers }),
    await engine.post(session, "4a", { headers }),
    await engine.ask("transport=x", { headers }),
    await engine.ask(`${POLLING}&sid=x`, { headers }),
    await engine.post(session, "4a", { headers: { ...headers, "content-length": "10000000" } }),
    await engine.post(session, "?", { headers }),
  );
  assertEquals(replies.map(({ status }) => status), [200, 200, 200, 400, 400, 413, 400]);
  for (const reply of replies) {
    assertEquals(corsHeaders(reply.headers), {
      "access-control-allow-credentials": "true",
      "access-control-allow-origin": APP,
      "vary": "Origin",
    });
  }
});

Deno.test("The answer to a method that a session does not know has the headers of CORS", async () => {
  const engine = engineWith(LISTED);
  const session = await engine.connect();
  const headers = { origin: APP };
  const reply = await engine.ask(pollingQuery(session.link.id), { method: "PUT", headers });
  assertEquals([reply.status, reply.headers.get("access-control-allow-origin")], [405, APP]);
});

Deno.test("A foreign origin may ask, but its page may not read the answer", async () => {
  const engine = engineWith(LISTED);
  const reply = await engine.ask(POLLING, { headers: { origin: "https://evil.example" } });
  assertEquals(reply.status, 200);
  assertEquals(reply.headers.get("access-control-allow-origin"), null);
});

Deno.test("A preflight request is answered at once, whatever it asks for", async () => {
  const engine = engineWith({ ...LISTED, maxAge: 600 });
  let seen = 0;
  engine.web.use((_request, _info, next) => {
    seen += 1;
    next();
  });
  const headers = {
    "origin": APP,
    "access-control-request-method": "POST",
    "access-control-request-headers": "x-token",
  };
  for (const query of [POLLING, `${POLLING}&sid=x`, ""]) {
    const reply = await engine.ask(query, { method: "OPTIONS", headers });
    assertEquals([reply.status, reply.body], [204, ""]);
    assertEquals(reply.headers.get("content-length"), "0");
    assertEquals(corsHeaders(reply.headers), {
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "x-token",
      "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
      "access-control-allow-origin": APP,
      "access-control-max-age": "600",
      "vary": "Origin, Access-Control-Request-Headers",
    });
  }
  assertEquals([seen, engine.refusals.length, engine.sessions.length], [0, 0, 0]);
});

Deno.test("optionsSuccessStatus and preflightContinue are honoured", async () => {
  const status = engineWith({ optionsSuccessStatus: 200 });
  assertEquals((await status.ask(POLLING, { method: "OPTIONS" })).status, 200);
  const goesOn = engineWith({ preflightContinue: true });
  goesOn.web.use((_request, { responseHeaders }, next) => {
    responseHeaders.append("vary", "X-Mine");
    next();
  });
  const reply = await goesOn.ask(POLLING, { method: "OPTIONS", headers: { origin: APP } });
  const context = { method: "OPTIONS" };
  assertRefused(goesOn, reply, { code: 2, message: "Bad handshake method", context });
  assertEquals(reply.headers.get("access-control-allow-origin"), "*");
  assertEquals(reply.headers.get("vary"), "Access-Control-Request-Headers, X-Mine");
});

Deno.test("An origin function that refuses with an error, or fails, refuses the request", async () => {
  const failure = new Error("no database");
  const fails: CorsOptions["origin"][] = [
    (_origin, callback) => callback(failure),
    (_origin, callback) => queueMicrotask(() => callback(failure)),
    () => {
      throw failure;
    },
    () => Promise.reject(failure),
  ];
  for (const origin of fails) {
    const engine = engineWith({ origin });
    const context = { name: "MIDDLEWARE_FAILURE" };
    const refusal = { code: 3, message: "Bad request", context };
    assertRefused(engine, await engine.ask(POLLING), refusal);
    assertRefused(engine, await engine.ask(POLLING, { method: "OPTIONS" }), refusal);
    const upgrade = await engine.askUpgrade(WEBSOCKET, { origin: APP });
    assertEquals([upgrade.status, engine.sockets.length], [400, 0]);
    assertEquals([engine.sessions.length, engine.server.clientsCount], [0, 0]);
  }
});

Deno.test("An origin function may answer later", async () => {
  let answer: (error: null, origin: string) => void = () => {};
  const engine = engineWith({ origin: (_origin, callback) => void (answer = callback) });
  let seen: [status: number, origin: string | null] | undefined;
  engine.ask(POLLING, { headers: { origin: APP } }).then(({ status, headers }) => {
    seen = [status, headers.get("access-control-allow-origin")];
  });
  await settle();
  assertEquals([seen, engine.sessions.length], [undefined, 0]);
  answer(null, APP);
  await settle();
  assertEquals(seen, [200, APP]);
});

Deno.test("A WebSocket of a foreign origin is refused when origins are listed", async () => {
  const engine = engineWith(LISTED);
  const session = await engine.connect();
  const origin = "https://evil.example";
  const context = { name: "ORIGIN_NOT_ALLOWED", origin };
  const refusal = { code: 4, message: "Forbidden", context, upgrade: true };
  for (const query of [WEBSOCKET, `${WEBSOCKET}&sid=${session.link.id}`]) {
    const headers = { origin, host: "chat.example", cookie: "io=1" };
    assertRefused(engine, await engine.askUpgrade(query, headers), refusal);
  }
  assertEquals([engine.sockets.length, session.link.state], [0, "open"]);
});

Deno.test("A WebSocket of a listed origin, of the same one, or of none is accepted", async () => {
  const engine = engineWith(LISTED);
  const accepted: Record<string, string>[] = [
    { origin: APP, host: "chat.example" },
    { origin: "https://eu.app.example", host: "chat.example" },
    { origin: "https://chat.example", host: "chat.example" },
    { origin: "http://chat.example:8080", host: "chat.example:8080" },
    { host: "chat.example" },
  ];
  for (const headers of accepted) {
    assertEquals((await engine.askUpgrade(WEBSOCKET, headers)).status, 101, headers.origin);
  }
  const foreign = { origin: "http://chat.example:8080", host: "chat.example" };
  assertEquals((await engine.askUpgrade(WEBSOCKET, foreign)).status, 400);
});

Deno.test("A WebSocket of any origin is accepted when all are allowed, or none is listed", async () => {
  for (const options of [true, { origin: "*" }, { origin: true }, { origin: false }] as const) {
    const engine = engineWith(options);
    const headers = { origin: "https://evil.example", host: "chat.example" };
    assertEquals((await engine.askUpgrade(WEBSOCKET, headers)).status, 101);
  }
  const headers = { origin: "https://evil.example", host: "chat.example" };
  assertEquals((await new InProcessEngine().askUpgrade(WEBSOCKET, headers)).status, 101);
});

Deno.test("Middlewares of the engine run after the rules of CORS", async () => {
  const engine = engineWith(LISTED);
  engine.web.use((_request, { responseHeaders }, next) => {
    responseHeaders.set("x-seen", responseHeaders.get("access-control-allow-origin") ?? "");
    next(new Error("no"));
  });
  const reply = await engine.ask(POLLING, { headers: { origin: APP } });
  assertEquals([reply.status, reply.headers.get("x-seen")], [400, APP]);
  assertEquals(reply.headers.get("access-control-allow-origin"), APP);
});
