/**
 * Cases: the heartbeat of Engine.IO 3, in which the client pings.
 *
 * - `olderBrisk` waits 300 + 400 ms for a sign of its clients.
 *
 * Source: Engine.IO protocol, revision 3, sections "ping", "pong" and "Timeouts".
 */
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { OLDER_FORMS, type OlderForm } from "../../support/older_client.ts";
import type { Capability } from "../../runtime/capabilities.ts";
import { assertGone, type ConformanceCase } from "../conformance.ts";
import { echo, olderPolling, olderWebSocket, withoutNoops } from "../../support/older_sessions.ts";

/** What `olderBrisk` waits for a client that says nothing, in milliseconds. */
const PATIENCE_MS = 700;

const TRANSPORTS: readonly {
  readonly name: string;
  readonly form: OlderForm;
  readonly needs?: Capability;
}[] = [
  { name: "over polling", form: "polling" },
  { name: "over WebSocket", form: "WebSocket" },
  {
    name: "after an upgrade",
    form: "WebSocket after an upgrade",
    needs: "silence-after-upgrade",
  },
];

const everywhereCases: readonly ConformanceCase[] = TRANSPORTS.flatMap((
  { name, form, ...needs },
) => [
  {
    name: `${name} a ping of the client is answered with a pong, with data or without`,
    server: "older",
    async run(server): Promise<void> {
      await using client = await OLDER_FORMS[form](server);
      for (const packet of ["2", "2hello", "2probe"]) {
        await client.send(packet);
        assertEquals(await client.receive(1), ["3"], packet);
      }
    },
  },
  {
    name: `${name} a client that pings lives on, and is sent no pings`,
    server: "olderBrisk",
    async run(server): Promise<void> {
      const tag = `v3 alive ${name}`;
      await using client = await OLDER_FORMS[form](server, { tag });
      const begin = performance.now();
      while (performance.now() - begin < 2 * PATIENCE_MS) {
        await client.send("2");
        assertEquals(await client.receive(1), ["3"]);
        await delay(150);
      }
      await client.send(echo("alive"));
      assertEquals(await client.receive(1), [echo("alive")]);
      assertEquals(server.reportsOf({ tag, kind: "disconnect" }), []);
    },
  },
  {
    name: `${name} a client that is silent ends with "ping timeout", not too early`,
    server: "olderBrisk",
    ...needs,
    async run(server): Promise<void> {
      const tag = `v3 silent ${name}`;
      await using _client = await OLDER_FORMS[form](server, { tag });
      const begin = performance.now();
      await server.report({ tag, kind: "disconnect", reason: "ping timeout" });
      // The session is a little older than this clock.
      const lived = performance.now() - begin;
      assert(lived > PATIENCE_MS - 200, `Expected about 700 ms, found ${lived}`);
    },
  },
  {
    name: `${name} a pong of the client ends the session`,
    server: "older",
    async run(server): Promise<void> {
      const tag = `v3 pong ${name}`;
      await using client = await OLDER_FORMS[form](server, { tag });
      await client.send("3");
      await server.report({ tag, kind: "disconnect", reason: "transport error" });
    },
  },
]);

const pollingCases: readonly ConformanceCase[] = [
  {
    name: "a client that polls and never pings is silent",
    server: "olderBrisk",
    async run(server): Promise<void> {
      const tag = "v3 polls only";
      const session = await olderPolling(server, { tag });
      const last = await session.packets();
      assertEquals(withoutNoops(last), ["1"]);
      await server.report({ tag, kind: "disconnect", reason: "ping timeout" });
      await assertGone(session);
    },
  },
  {
    name: "a client that stops to ping after a while ends from then on",
    server: "olderBrisk",
    async run(server): Promise<void> {
      const tag = "v3 stops";
      await using session = await olderWebSocket(server, { tag });
      await delay(400);
      session.send("2");
      assertEquals(await session.frame(), "3");
      const begin = performance.now();
      await session.ended();
      const lived = performance.now() - begin;
      assert(lived > PATIENCE_MS - 100, `Expected 700 ms from the last ping, found ${lived}`);
      await server.report({ tag, kind: "disconnect", reason: "ping timeout" });
    },
  },
];

export const engineV3HeartbeatCases: readonly ConformanceCase[] = [
  ...everywhereCases,
  ...pollingCases,
];
