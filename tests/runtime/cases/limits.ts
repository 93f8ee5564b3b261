/**
 * Cases of quotas: what a client that does too much gets, and that the others notice nothing.
 */
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { ask as askHttp, engineUrl, RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { eventually, within } from "../../support/waiting.ts";
import { ask, type CaseContext, next, refused } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const CALM = { pingInterval: 25_000, pingTimeout: 20_000 };
const FLOOD = 20_000;
const HANDSHAKE = "/socket.io/?EIO=4&transport=";

/** What the client tells of an answer that let it down: the request, of XMLHttpRequest. */
interface Refusal extends Error {
  readonly description?: unknown;
  readonly context?: {
    readonly status: number;
    readonly responseText: string;
    getResponseHeader(name: string): string | null;
  };
}

/** Sends that many events over one connection, as fast as they are taken; an early end is fine. */
async function flood(context: CaseContext, server: ServerProcess): Promise<void> {
  const event = '42["echo","flood"]';
  if (context.mode === "websocket") {
    await using socket = await RawWebSocket.start(server.url);
    await socket.join();
    for (let count = 0; count < FLOOD; count++) socket.send(event);
    // The answer to the last one, or the end of it.
    socket.send("1");
    await socket.ended(20_000);
    return;
  }
  const polling = await RawPolling.start(server.url);
  await polling.join();
  const payload = Array.from({ length: FLOOD / 20 }, () => event);
  for (let count = 0; count < 20; count++) {
    if ((await polling.post(...payload)).status !== 200) return;
  }
  await polling.post("1");
}

/** Status, and seconds after which to ask again, of a handshake in the way of the case. */
async function handshake(
  { mode }: CaseContext,
  server: ServerProcess,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; retryAfter: number; body: string }> {
  if (mode === "polling") {
    const url = engineUrl(server.url, { EIO: "4", transport: "polling" });
    const { status, headers: told, text } = await askHttp(url, { headers });
    return { status, retryAfter: Number(told.get("retry-after")), body: text };
  }
  const tcp = await RawTcp.open(server.port);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const { status, headers: told, body } = await tcp.upgrade(`${HANDSHAKE}websocket`, lines);
  // A WebSocket that is open stays so: cases count connections, and the process ends it.
  if (status !== 101) tcp.close();
  return { status, retryAfter: Number(told.get("retry-after")), body };
}

/** Statuses of that many handshakes, one after the other. */
async function statuses(
  context: CaseContext,
  server: ServerProcess,
  headers: readonly Readonly<Record<string, string>>[],
): Promise<readonly number[]> {
  const found: number[] = [];
  for (const one of headers) {
    const { status } = await handshake(context, server, one);
    // Where a WebSocket opens, 101 is what polling calls 200.
    found.push(status === 101 ? 200 : status);
  }
  return found;
}

const floods = (["disconnect", "drop"] as const).map((onExceeded): ContractCase => ({
  name: `a client that floods is let go or not listened to, while others are served: ${onExceeded}`,
  modes: ["polling", "websocket"],
  needs: "limits",
  async run(context): Promise<void> {
    const limits = { events: { perSocket: { rate: 50, burst: 200 } }, onExceeded };
    const server = await context.start({ ...CALM, limits });
    const good = await context.connect("/", {}, server);
    let slowest = 0;
    let isOver = false;
    const serving = (async (): Promise<void> => {
      while (!isOver) {
        const start = performance.now();
        assertEquals(await ask(good, "echo", "good"), "good");
        slowest = Math.max(slowest, performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 25)); // well below its own limit
      }
    })();
    await within("the end of a flood", flood(context, server), 30_000);
    isOver = true;
    await serving;
    assertLess(slowest, 1_000, "an answer took too long meanwhile");
    const counted = Number(await ask(good, "counter", "limits_exceeded", "limits.events"));
    const most = FLOOD - 200;
    if (onExceeded === "disconnect") assertEquals(counted, 1);
    else assert(counted > most / 2 && counted <= most, `found ${counted}`);
  },
}));

export const limitCases: readonly ContractCase[] = [
  ...floods,
  {
    name: "a client that is above a limit is told so by an event, then it is disconnected",
    needs: "limits",
    async run(context): Promise<void> {
      const limits = { events: { perSocket: { rate: 0.1, burst: 3 } } };
      const server = await context.start({ ...CALM, limits });
      const client = await context.connect("/", {}, server);
      const told = next(client, "limit_exceeded");
      const reason = next(client, "disconnect");
      for (let count = 0; count < 5; count++) client.emit("echo", count);
      const [notice] = await told as [{ limit: string; retryAfter: number }];
      assertEquals(notice.limit, "events");
      assert(notice.retryAfter > 0 && notice.retryAfter <= 10_000, String(notice.retryAfter));
      assertEquals((await reason)[0], "io server disconnect");
    },
  },
  {
    name: "a client that floods by POST and never polls cannot go on after it was ended",
    modes: ["polling"],
    needs: "limits",
    async run(context): Promise<void> {
      const limits = { events: { perSocket: { rate: 50, burst: 200 } } };
      const server = await context.start({ ...CALM, limits });
      const witness = await context.connect("/", {}, server);
      const polling = await RawPolling.start(server.url);
      await polling.join();
      const payload = Array.from({ length: 1_000 }, () => '42["echo","flood"]');
      assertEquals((await polling.post(...payload)).status, 200);
      // It is told with its next poll, which never comes: nothing that it posts is read meanwhile.
      await eventually("the end of its session", async () => {
        const { status, text } = await polling.post(...payload);
        assertEquals(status, 400);
        return text === "" ? undefined : text;
      }, 5_000);
      const { status, text } = await polling.post(...payload);
      assertEquals([status, JSON.parse(text).message], [400, "Session ID unknown"]);
      assertEquals(await ask(witness, "counter", "limits_exceeded", "limits.events"), 1);
      assertEquals(await ask(witness, "connections"), [1, 0]);
    },
  },
  {
    name: "handshakes above a limit get 429, with the time after which to ask again",
    modes: ["polling", "websocket"],
    needs: "limits",
    async run(context): Promise<void> {
      const limits = { handshakes: { perAddress: { rate: 0.01, burst: 2 } } };
      const server = await context.start({ ...CALM, limits });
      for (let count = 0; count < 2; count++) {
        const { status } = await handshake(context, server);
        assertEquals(status, context.mode === "polling" ? 200 : 101);
      }
      const { status, retryAfter, body } = await handshake(context, server);
      assertEquals([status, JSON.parse(body)], [429, { code: 6, message: "Too many requests" }]);
      assert(retryAfter > 50 && retryAfter <= 100, String(retryAfter));
    },
  },
  {
    name:
      "published clients that are refused before the handshake get a connect_error, and try again",
    needs: "limits",
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, maxConnections: 1 });
      const first = await context.connect("/", {}, server);
      const options = { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 100 };
      const second = context.client("/", options, server);
      // The client throws the answer away right after its listeners.
      let answer: unknown;
      second.once("connect_error", (error) => {
        const { context: request } = error as Refusal;
        if (context.mode === "websocket") return;
        const { status, responseText = "" } = request ?? {};
        const isLater = Number(request?.getResponseHeader("retry-after")) > 0;
        answer = [status, JSON.parse(responseText), isLater];
      });
      const { message, description } = await refused(second) as Refusal;
      if (context.mode === "websocket") {
        assertEquals(message, "websocket error");
      } else {
        assertEquals([message, description], ["xhr poll error", 503]);
        assertEquals(answer, [503, { code: 7, message: "Too many connections" }, true]);
      }
      assertEquals(second.active, true);
      first.disconnect();
      await within("a client that tries again to get in", next(second, "connect"));
    },
  },
  {
    name: "a forged X-Forwarded-For gets around no limit, whether its sender is a proxy or not",
    modes: ["polling", "websocket"],
    needs: "limits",
    async run(context): Promise<void> {
      const limits = { handshakes: { perAddress: { rate: 0.01, burst: 2 } } };
      const forged = [1, 2, 3, 4].map((host) => `198.51.100.${host}`);
      const alone = forged.map((address) => ({ "X-Forwarded-For": address }));
      for (const trustProxy of [false, ["10.0.0.0/8"]]) {
        const server = await context.start({ ...CALM, limits, trustProxy });
        assertEquals(await statuses(context, server, alone), [200, 200, 429, 429]);
      }
      for (const trustProxy of [1, ["127.0.0.0/8", "::1"]]) {
        const server = await context.start({ ...CALM, limits, trustProxy });
        const appended = forged.map((address) => ({ "X-Forwarded-For": `${address}, 192.0.2.1` }));
        assertEquals(await statuses(context, server, appended), [200, 200, 429, 429]);
        // Others behind the same proxy have an allowance of their own.
        assertEquals(await statuses(context, server, alone), [200, 200, 200, 200]);
      }
    },
  },
  {
    name: "the address of a client behind a proxy that is trusted is the one that the proxy tells",
    needs: "limits",
    async run(context): Promise<void> {
      const extraHeaders = { "X-Forwarded-For": "198.51.100.1, [2001:DB8::7]:4711" };
      for (const [trustProxy, expected] of [[1, "2001:db8::7"], [2, "198.51.100.1"]]) {
        const server = await context.start({ ...CALM, trustProxy });
        const client = await context.connect("/", { extraHeaders }, server);
        const { address } = await ask(client, "handshake") as { address: string };
        assertEquals(address, expected);
      }
      const server = await context.start(CALM);
      const client = await context.connect("/", { extraHeaders }, server);
      const { address } = await ask(client, "handshake") as { address: string };
      assertEquals(address.replace("::ffff:", ""), "127.0.0.1");
    },
  },
  {
    name: "handshakes above maxConnections get 503 until a connection is over",
    modes: ["polling", "websocket"],
    needs: "limits",
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, maxConnections: 3 });
      const witness = await context.connect("/", {}, server);
      const leaver = await context.connect("/", {}, server);
      await context.connect("/", {}, server);
      const { status, retryAfter, body } = await handshake(context, server);
      assertEquals([status, retryAfter], [503, 5]);
      assertEquals(JSON.parse(body), { code: 7, message: "Too many connections" });
      leaver.disconnect();
      await eventually("the end of a connection", async () => {
        const [sessions, lingering] = await ask(witness, "connections") as [number, number];
        return sessions === 2 && lingering === 0 ? true : undefined;
      });
      await context.connect("/", {}, server);
      assertEquals((await handshake(context, server)).status, 503);
    },
  },
  {
    name: "health and counters look like their values in logs, and as JSON",
    modes: ["websocket"],
    needs: "limits",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const client = await context.connect("/", {}, server);
      const leaver = await context.connect("/nobody", {}, server).catch(() => {});
      assertEquals(leaver, undefined);
      const [health, counters, json] = await ask(client, "show state") as string[];
      assertEquals(health, "{ ready: true, live: true }");
      assertMatch(counters ?? "", /^\{\s+namespaces_refused: \{ unknown: 1 \}/);
      const written = JSON.parse(json ?? "");
      assertEquals(written.health, { ready: true, live: true });
      assertEquals(written.counters.namespaces_refused, { unknown: 1 });
    },
  },
  {
    name: "clients that the server disconnects linger no longer than they take to answer",
    modes: ["websocket", "upgrade"],
    needs: "limits",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const witness = await context.connect("/", {}, server);
      const clients = await Promise.all(
        Array.from({ length: 10 }, () => context.connect("/", {}, server)),
      );
      const ends = clients.map((client) => next(client, "disconnect"));
      for (const client of clients) client.emit("hang up");
      await Promise.all(ends);
      await eventually("the end of all connections but one", async () => {
        const [sessions, lingering] = await ask(witness, "connections") as [number, number];
        return sessions === 1 && lingering === 0 ? true : undefined;
      });
    },
  },
];
