/** Tests `io.engine.use`: order, answers, refusals, headers. */
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { CorsPolicy } from "../../src/engine/cors.ts";
import { runMiddlewares } from "../../src/engine/middlewares.ts";
import type { EngineMiddleware, EngineMiddlewareInfo } from "../../src/engine/api.ts";
import { assertRefused, InProcessEngine, settle } from "../support/in_process_engine.ts";
import { snapshotOf } from "../support/web_request.ts";

const POLLING = "EIO=4&transport=polling";
const WEBSOCKET = "EIO=4&transport=websocket";
const FAILURE = new Error("not today");
const REFUSAL = {
  code: 3,
  message: "Bad request",
  context: { name: "MIDDLEWARE_FAILURE" },
};

const request = new Request("http://localhost/");
const info: EngineMiddlewareInfo = {
  request: snapshotOf(request),
  responseHeaders: new Headers(),
};

function engineWith(...middlewares: EngineMiddleware[]): InProcessEngine {
  const engine = new InProcessEngine();
  for (const middleware of middlewares) engine.web.use(middleware);
  return engine;
}

Deno.test("Middlewares run one after the other, in the order of use", async () => {
  const steps: string[] = [];
  const engine = engineWith(
    async (_request, _info, next) => {
      steps.push("first begins");
      await settle();
      steps.push("first ends");
      next();
    },
    (_request, _info, next) => {
      steps.push("second begins");
      queueMicrotask(() => {
        steps.push("second ends");
        next();
      });
    },
    (_request, _info, next) => {
      steps.push("third");
      next(null);
    },
  );
  await engine.connect();
  const whole = ["first begins", "first ends", "second begins", "second ends", "third"];
  assertEquals(steps.splice(0), whole);
  await engine.post(engine.session(), "4a");
  assertEquals(steps.splice(0), whole);
  await engine.webSocket();
  assertEquals(steps, whole);
});

Deno.test("A middleware sees every request of the engine, before it is checked", async () => {
  const seen: string[] = [];
  const engine = engineWith((request, { request: snapshot }, next) => {
    assert(Object.isFrozen(snapshot));
    assertEquals(new URL(request.url).pathname + new URL(request.url).search, snapshot.url);
    seen.push(`${snapshot.method} ${snapshot.query.transport}`);
    next();
  });
  await engine.ask("transport=foo");
  await engine.ask(POLLING, { method: "DELETE" });
  await engine.askUpgrade("EIO=4&transport=websocket&sid=nope");
  assertEquals(seen, ["GET foo", "DELETE polling", "GET websocket"]);
  assertEquals(engine.refusals.map(({ code }) => code), [0, 2, 1]);
});

const refusing: Record<string, EngineMiddleware> = {
  "calls next with an error": (_request, _info, next) => next(FAILURE),
  "calls next with an error, later": (_request, _info, next) => queueMicrotask(() => next(FAILURE)),
  "calls next with a text": (_request, _info, next) => next("no"),
  "throws": () => {
    throw FAILURE;
  },
  "rejects": () => Promise.reject(FAILURE),
  "rejects with nothing": () => Promise.reject(),
  "calls next with an error, and without one afterwards": (_request, _info, next) => {
    next(FAILURE);
    next();
  },
};

for (const [how, middleware] of Object.entries(refusing)) {
  Deno.test(`A middleware that ${how} refuses the request`, async () => {
    let after = 0;
    const engine = engineWith(middleware, (_request, _info, next) => {
      after += 1;
      next();
    });
    assertRefused(engine, await engine.ask(POLLING), REFUSAL);
    assertRefused(engine, await engine.ask(POLLING, { method: "POST", body: "4a" }), REFUSAL);
    assertRefused(engine, await engine.askUpgrade(WEBSOCKET), { ...REFUSAL, upgrade: true });
    assertEquals([after, engine.server.clientsCount, engine.sockets.length], [0, 0, 0]);
  });
}

Deno.test("A middleware that calls next first lets the request go on, whatever follows", async () => {
  const going: EngineMiddleware[] = [
    (_request, _info, next) => {
      next();
      next(FAILURE);
    },
    (_request, _info, next) => {
      next();
      throw FAILURE;
    },
    (_request, _info, next) => {
      next();
      return Promise.resolve(new Response("late", { status: 418 }));
    },
    (_request, _info, next) => {
      next();
      return new Response("late", { status: 418 });
    },
  ];
  for (const middleware of going) {
    assertEquals((await engineWith(middleware).ask(POLLING)).status, 200);
  }
});

Deno.test("A middleware that calls next with a falsy value lets the request go on", async () => {
  for (const nothing of [undefined, null, false, 0, ""]) {
    const engine = engineWith((_request, _info, next) => next(nothing));
    assertEquals((await engine.ask(POLLING)).status, 200, `next(${JSON.stringify(nothing)})`);
  }
});

Deno.test("What a middleware gives back counts only if it is a Response", async () => {
  for (const value of [5, null, true, "text", {}, { then: 1 }, Promise.resolve(5)]) {
    // Users of JavaScript return anything, such as the number of a timer.
    const middleware = ((_request: Request, _info: unknown, next: () => void) => {
      queueMicrotask(next);
      return value;
    }) as EngineMiddleware;
    const reply = await engineWith(middleware).ask(POLLING);
    assertEquals(reply.status, 200, `returned ${String(value)}`);
  }
});

Deno.test("A Response of a middleware is the answer", async () => {
  const answers: EngineMiddleware[] = [
    () => new Response("tea", { status: 418, headers: { "x-own": "1" } }),
    () => Promise.resolve(new Response("tea", { status: 418, headers: { "x-own": "1" } })),
  ];
  for (const middleware of answers) {
    let after = 0;
    const engine = engineWith(middleware, (_request, _info, next) => {
      after += 1;
      next();
    });
    for (const reply of [await engine.ask(POLLING), await engine.askUpgrade(WEBSOCKET)]) {
      assertEquals([reply.status, reply.body, reply.headers.get("x-own")], [418, "tea", "1"]);
    }
    assertEquals([after, engine.refusals.length, engine.sessions.length], [0, 0, 0]);
  }
});

Deno.test("A Response of a middleware carries the headers added before it", async () => {
  const cors = new CorsPolicy({ origin: "https://app.example" }, () => {});
  const engine = new InProcessEngine({ cors });
  engine.web.use((_request, { responseHeaders }, next) => {
    responseHeaders.set("x-first", "1");
    next();
  }).use(() => Response.redirect("https://login.example/"));
  const { status, headers } = await engine.ask(POLLING, {
    headers: { origin: "https://app.example" },
  });
  assertEquals([status, headers.get("location")], [302, "https://login.example/"]);
  assertEquals(headers.get("access-control-allow-origin"), "https://app.example");
  assertEquals(headers.get("x-first"), "1");
});

Deno.test("A Response of a middleware keeps its own headers, and varies by origin too", async () => {
  const cors = new CorsPolicy({ origin: "https://app.example" }, () => {});
  const engine = new InProcessEngine({ cors });
  engine.web.use((_request, { responseHeaders }) => {
    responseHeaders.set("cache-control", "public");
    return new Response("tea", { headers: { "vary": "Accept", "cache-control": "private" } });
  });
  const { headers } = await engine.ask(POLLING, { headers: { origin: "https://app.example" } });
  assertEquals(headers.get("cache-control"), "private");
  assertEquals(headers.get("vary")?.split(", ").sort(), ["Accept", "Origin"]);
});

Deno.test("Headers that a middleware adds do not mix with the engine's own", async () => {
  const engine = engineWith((_request, { responseHeaders }, next) => {
    responseHeaders.set("cache-control", "private");
    responseHeaders.set("content-type", "text/x");
    next();
  });
  const { headers } = await engine.ask(POLLING);
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("content-type"), "text/plain; charset=UTF-8");
});

Deno.test("Headers that a middleware adds are on every answer", async () => {
  const engine = engineWith((_request, { responseHeaders }, next) => {
    responseHeaders.set("x-frame-options", "DENY");
    responseHeaders.append("set-cookie", "a=1");
    responseHeaders.append("set-cookie", "b=2");
    next();
  });
  const replies = [await engine.ask(POLLING)];
  const session = engine.session();
  session.send("x");
  replies.push(
    await engine.poll(session),
    await engine.post(session, "4a"),
    await engine.askUpgrade(WEBSOCKET),
    await engine.ask("transport=foo"),
    await engine.askUpgrade("transport=foo"),
    await engine.post(session, "?"),
  );
  assertEquals(replies.map(({ status }) => status), [200, 200, 200, 101, 400, 400, 400]);
  for (const { headers } of replies) {
    assertEquals(headers.get("x-frame-options"), "DENY");
    assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
  }
});

Deno.test("Headers added to one answer are not on the next one", async () => {
  let count = 0;
  const engine = engineWith((_request, { responseHeaders }, next) => {
    responseHeaders.set(`x-${++count}`, "1");
    next();
  });
  await engine.ask(POLLING);
  const { headers } = await engine.ask(POLLING);
  assertEquals([headers.has("x-1"), headers.has("x-2")], [false, true]);
});

Deno.test("A middleware added later holds for the requests that follow", async () => {
  const engine = new InProcessEngine();
  const session = await engine.connect();
  const facade = engine.web;
  assertStrictEquals(facade.use((_request, _info, next) => next(FAILURE)), facade);
  assertRefused(engine, await engine.post(session, "4a"), REFUSAL);
  assertEquals([session.link.state, session.messages.length], ["open", 0]);
});

Deno.test("runMiddlewares gives the error as it was thrown", async () => {
  assertEquals(await runMiddlewares([], request, info), undefined);
  for (const middleware of [refusing["throws"], refusing["rejects"]]) {
    assert(middleware);
    const run = (): Promise<unknown> => runMiddlewares([middleware], request, info);
    assertStrictEquals(await assertRejects(run), FAILURE);
  }
});
