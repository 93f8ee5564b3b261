/** Tests of the limits that count before there is a session. */
import { assertEquals } from "@std/assert";
import type { EngineRequest } from "../../src/engine/handshake_info.ts";
import type { Limits } from "../../src/server/limits.ts";
import { joined } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

function server(limits: Limits<EngineRequest>): TestServer {
  return new TestServer({
    trustProxy: 1,
    limits: { userKey: ({ headers }) => headers["x-user"], ...limits },
  });
}

/** The answer to a handshake. */
async function handshake(
  io: TestServer,
  transport: "polling" | "websocket",
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const url = `http://localhost/socket.io/?EIO=4&transport=${transport}`;
  const upgrade = transport === "polling" ? {} : { upgrade: "websocket", connection: "Upgrade" };
  const answer = io.fetch(new Request(url, { headers: { ...headers, ...upgrade } }));
  await io.world.settle();
  return await answer;
}

Deno.test("limits.handshakes answers with 429 and Retry-After, by address and by user", async () => {
  for (const scope of ["perAddress", "perUser"] as const) {
    for (const transport of ["polling", "websocket"] as const) {
      const io = server({ handshakes: { [scope]: { rate: 0.25, burst: 2 } } });
      const one = { "x-user": "u1", "x-forwarded-for": "192.0.2.1" };
      const other = scope === "perAddress"
        ? { "x-user": "u1", "x-forwarded-for": "192.0.2.2" }
        : { "x-user": "u2", "x-forwarded-for": "192.0.2.1" };
      for (let count = 0; count < 2; count++) {
        assertEquals((await handshake(io, transport, one)).status, 200);
      }
      const answer = await handshake(io, transport, one);
      assertEquals([answer.status, answer.headers.get("retry-after")], [429, "4"]);
      assertEquals(await answer.json(), { code: 6, message: "Too many requests" });
      assertEquals((await handshake(io, transport, other)).status, 200);
      await io.world.advance(3_900);
      assertEquals((await handshake(io, transport, one)).headers.get("retry-after"), "1");
      await io.world.advance(200);
      assertEquals((await handshake(io, transport, one)).status, 200);
      assertEquals(io.counters.get("limits_exceeded", "limits.handshakes"), 2);
      assertEquals(io.counters.get("requests_refused", "limit"), 2);
      await io.close();
    }
  }
});

Deno.test("limits.connectionsPerAddress answers with 429 until a connection is over", async () => {
  const io = server({ connectionsPerAddress: 2 });
  const errors: unknown[] = [];
  io.engine.on("connection_error", ({ code, context }) => errors.push([code, context]));
  const headers = { "x-forwarded-for": "192.0.2.1" };
  const first = await joined(io, { headers });
  await joined(io, { headers, transport: "polling" });
  for (const transport of ["polling", "websocket"] as const) {
    const answer = await handshake(io, transport, headers);
    assertEquals([answer.status, answer.headers.get("retry-after")], [429, "5"]);
  }
  const limit = "limits.connectionsPerAddress";
  const error = [6, { limit, retryAfter: 5, address: "192.0.2.1" }];
  assertEquals(errors, [error, error]);
  assertEquals(io.counters.get("limits_exceeded", limit), 2);
  await joined(io, { headers: { "x-forwarded-for": "192.0.2.3" } });
  await first.client.leave();
  await joined(io, { headers });
  await io.close();
});

Deno.test("A handshake that is refused costs nothing", async () => {
  const rate = { rate: 1, burst: 1 };
  const io = server({ handshakes: { perAddress: rate, perUser: rate } });
  const ask = async (user: string, address: string): Promise<number> =>
    (await handshake(io, "polling", { "x-user": user, "x-forwarded-for": address })).status;
  assertEquals(await ask("u1", "192.0.2.1"), 200);
  // The user has none left; the address keeps what it has.
  for (let count = 0; count < 5; count++) assertEquals(await ask("u1", "192.0.2.2"), 429);
  assertEquals(await ask("u2", "192.0.2.2"), 200);
  await io.close();
});

Deno.test("Many addresses do not make the server forget what one of them has used up", async () => {
  const io = server({ handshakes: { perAddress: { rate: 0.01, burst: 1 } } });
  const ask = async (address: string): Promise<number> =>
    (await handshake(io, "polling", { "x-forwarded-for": address })).status;
  assertEquals(await ask("192.0.2.1"), 200);
  for (let count = 0; count < 300; count++) await ask(`2001:db8:0:${count.toString(16)}::1`);
  assertEquals(await ask("192.0.2.1"), 429);
  await io.world.advance(100_000);
  assertEquals(await ask("192.0.2.1"), 200);
  await io.close();
});
