/**
 * Cases: the heartbeat of Engine.IO 3, in which the client pings.
 *
 * - `olderBrisk` waits 300 + 400 ms for a sign of its clients.
 *
 * Source: Engine.IO protocol, revision 3, sections "ping", "pong" and "Timeouts".
 */
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import type { RawWebSocket } from "../../support/raw_engine.ts";
import type { OlderPacket } from "../../support/raw_engine_v3.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import type { Capability } from "../../runtime/capabilities.ts";
import type { ConformanceCase } from "../conformance.ts";
import {
  assertOlderGone,
  echo,
  olderPolling,
  olderUpgraded,
  olderWebSocket,
  withoutNoops,
} from "../older_sessions.ts";

/** What `olderBrisk` waits for a client that says nothing, in milliseconds. */
const PATIENCE_MS = 700;

/** A client, whatever carries it. */
interface Client {
  send(packet: string): Promise<void>;
  /** The next packet. */
  receive(): Promise<OlderPacket>;
  leave(): Promise<void>;
}

/** Opens a session over one transport. */
type Open = (server: ServerProcess, tag: string) => Promise<Client>;

async function overPolling(server: ServerProcess, tag: string): Promise<Client> {
  const session = await olderPolling(server, { tag });
  return {
    async send(packet): Promise<void> {
      assertEquals((await session.post(packet)).text, "ok");
    },
    async receive(): Promise<OlderPacket> {
      const [packet = ""] = await session.collect(1);
      return packet;
    },
    async leave(): Promise<void> {
      await session.post("1");
    },
  };
}

/** What a WebSocket is as a client. */
function asClient(session: RawWebSocket): Client {
  return {
    send: (packet) => Promise.resolve(session.send(packet)),
    receive: () => session.frame(),
    leave: () => session[Symbol.asyncDispose](),
  };
}

const TRANSPORTS: readonly {
  readonly name: string;
  readonly open: Open;
  readonly needs?: Capability;
}[] = [
  { name: "over polling", open: overPolling },
  {
    name: "over WebSocket",
    open: async (server, tag) => asClient(await olderWebSocket(server, { tag })),
  },
  {
    name: "after an upgrade",
    open: async (server, tag) => asClient(await olderUpgraded(server, { tag })),
    needs: "silence-after-upgrade",
  },
];

const everywhereCases: readonly ConformanceCase[] = TRANSPORTS.flatMap((
  { name, open, ...needs },
) => [
  {
    name: `${name} a ping of the client is answered with a pong, with data or without`,
    server: "older",
    async run(server): Promise<void> {
      const client = await open(server, `v3 ping ${name}`);
      for (const packet of ["2", "2hello", "2probe"]) {
        await client.send(packet);
        assertEquals(await client.receive(), "3", packet);
      }
      await client.leave();
    },
  },
  {
    name: `${name} a client that pings lives on, and is sent no pings`,
    server: "olderBrisk",
    async run(server): Promise<void> {
      const tag = `v3 alive ${name}`;
      const client = await open(server, tag);
      const begin = performance.now();
      while (performance.now() - begin < 2 * PATIENCE_MS) {
        await client.send("2");
        assertEquals(await client.receive(), "3");
        await delay(150);
      }
      await client.send(echo("alive"));
      assertEquals(await client.receive(), echo("alive"));
      assertEquals(server.reportsOf({ tag, kind: "disconnect" }), []);
      await client.leave();
    },
  },
  {
    name: `${name} a client that is silent ends with "ping timeout", not too early`,
    server: "olderBrisk",
    ...needs,
    async run(server): Promise<void> {
      const tag = `v3 silent ${name}`;
      await open(server, tag);
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
      const client = await open(server, tag);
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
      await assertOlderGone(session);
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
