/**
 * Cases: the reason and the description of every end, as `socket.conn` and the sockets are told them.
 *
 * The order around an end, and what the client is told, are in `endings.ts`.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { staysPending } from "../../support/waiting.ts";
import { ask, type CaseContext, upgraded } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

/** A reason, and the message of the error that describes it, or "none". */
type Told = readonly [reason: string, description: string];

const CALM = { pingInterval: 25_000, pingTimeout: 20_000 };

/** What is told of the end of a watched session. */
async function told(server: ServerProcess, tag: string, kind: string): Promise<Told> {
  const { reason, description, message } = await server.report({ tag, kind });
  return [String(reason), String(message ?? description)];
}

/** Holds if `socket.conn` and both events of the socket are told the same. */
async function assertEnd(server: ServerProcess, tag: string, expected: Told): Promise<void> {
  for (const kind of ["engine close", "disconnecting in full", "disconnect in full"]) {
    assertEquals([kind, ...await told(server, tag, kind)], [kind, ...expected]);
  }
}

/** A watched polling session that has joined "/". */
async function watchedPolling(context: CaseContext): Promise<[RawPolling, string]> {
  const tag = context.tag();
  const session = await RawPolling.start(context.server.url, { tag, watch: "ends" });
  await session.join();
  return [session, tag];
}

/** A watched WebSocket session that has joined "/". */
async function watchedWebSocket(context: CaseContext): Promise<[RawWebSocket, string]> {
  const tag = context.tag();
  const session = await RawWebSocket.start(context.server.url, { tag, watch: "ends" });
  await session.join();
  return [session, tag];
}

/** Begins a POST whose body does not end. */
async function unfinishedPost(context: CaseContext, session: RawPolling): Promise<RawTcp> {
  const tcp = await RawTcp.open(context.server.port);
  await tcp.request("POST", session.url().slice(context.server.url.length), {
    headers: ["Content-Type: text/plain", "Content-Length: 10"],
    body: "42[",
  });
  await staysPending("an unfinished POST", tcp.ended(10_000), 50);
  return tcp;
}

/** Begins a GET that waits. */
async function waitingPoll(session: RawPolling, signal?: AbortSignal): Promise<void> {
  const polling = session.poll(signal ? { signal } : {});
  await staysPending("a poll with nothing to fetch", polling, 50);
}

const pollingCases: readonly ContractCase[] = [
  {
    name: "overlapping GETs are a transport error described as 'overlap from client'",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await watchedPolling(context);
      await waitingPoll(session);
      assertEquals((await session.poll()).status, 400);
      await assertEnd(context.server, tag, ["transport error", "overlap from client"]);
    },
  },
  {
    name: "overlapping POSTs are a transport error described as 'data request overlap from client'",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await watchedPolling(context);
      using _tcp = await unfinishedPost(context, session);
      assertEquals((await session.post("3")).status, 400);
      const message = "data request overlap from client";
      await assertEnd(context.server, tag, ["transport error", message]);
    },
  },
  {
    name: "an aborted GET is a transport error described as 'poll connection closed prematurely'",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await watchedPolling(context);
      const controller = new AbortController();
      await waitingPoll(session, controller.signal);
      controller.abort();
      const message = "poll connection closed prematurely";
      await assertEnd(context.server, tag, ["transport error", message]);
    },
  },
  {
    name:
      "a POST cut off is a transport error described as 'data request connection closed prematurely'",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await watchedPolling(context);
      const tcp = await unfinishedPost(context, session);
      tcp.close();
      const message = "data request connection closed prematurely";
      await assertEnd(context.server, tag, ["transport error", message]);
    },
  },
  {
    name: "a body of octets is a transport error described as 'invalid content'",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await watchedPolling(context);
      const headers = { "content-type": "application/octet-stream" };
      assertEquals((await session.postBody("3", headers)).status, 400);
      await assertEnd(context.server, tag, ["transport error", "invalid content"]);
    },
  },
  {
    name: "a close packet in a POST is a transport close without description",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await watchedPolling(context);
      await session.post("1");
      await assertEnd(context.server, tag, ["transport close", "none"]);
    },
  },
];

const webSocketCases: readonly ContractCase[] = [
  {
    name: "a WebSocket that closes is a transport close without description",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const [session, tag] = await watchedWebSocket(context);
      session.close();
      await assertEnd(context.server, tag, ["transport close", "none"]);
    },
  },
  {
    name: "a message over the limit is a transport error described by an Error",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const [session, tag] = await watchedWebSocket(context);
      session.send(`42["${"x".repeat(2_000_000)}"]`);
      await session.ended();
      for (const kind of ["engine close", "disconnecting in full", "disconnect in full"]) {
        const report = await context.server.report({ tag, kind });
        assertEquals([report["reason"], report["description"]], ["transport error", "an Error"]);
        assert(report["message"] !== "", "Expected the error to say something");
      }
    },
  },
];

const PLACEHOLDER = '{"_placeholder":true,"num":0}';

/** Messages of a client, each as its frames, that no packet can be made of. */
const UNDECODABLE: readonly (readonly (string | Uint8Array<ArrayBuffer>)[])[] = [
  ["49"], // an unknown type
  ["45x-[]"], // a number of attachments that is none
  [`4511-["x",${PLACEHOLDER}]`], // too many attachments
  ["42{}"], // a payload of another kind
  ["42[x"], // no JSON
  [Uint8Array.of(1)], // an attachment of nothing
  [`451-["x",${PLACEHOLDER}]`, '42["y"]'], // a packet between another one and its attachment
];

const protocolCases: readonly ContractCase[] = [
  {
    name: "a ping of the client is a transport error described as 'invalid heartbeat direction'",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const tag = await provoke(context, "2");
      await assertEnd(context.server, tag, ["transport error", "invalid heartbeat direction"]);
    },
  },
  {
    name: "a packet that is none of Engine.IO is a parse error, for socket.conn and its sockets",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const tag = await provoke(context, "abc");
      for (const kind of ["engine close", "disconnecting in full", "disconnect in full"]) {
        assertEquals((await told(context.server, tag, kind))[0], "parse error");
      }
    },
  },
  {
    name: "a client that falls silent is a ping timeout without description",
    profile: "brisk",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const [, tag] = context.mode === "polling"
        ? await watchedPolling(context)
        : await watchedWebSocket(context);
      await assertEnd(context.server, tag, ["ping timeout", "none"]);
    },
  },
  {
    name: "a packet that is none of Socket.IO is a forced close without description",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const tag = await provoke(context, "49");
      await assertEnd(context.server, tag, ["forced close", "none"]);
    },
  },
  {
    name: "what the decoder of packets refuses is told by an 'error' event with an Error",
    modes: ["websocket"],
    async run(context): Promise<void> {
      for (const frames of UNDECODABLE) {
        const [session, tag] = await watchedWebSocket(context);
        for (const frame of frames) session.send(frame);
        await session.ended();
        const { message } = await context.server.report({ tag, kind: "error" });
        assertMatch(String(message), /^[A-Za-z]+ .+$/);
        await assertEnd(context.server, tag, ["forced close", "none"]);
      }
    },
  },
  {
    name: "a packet out of turn while no GET waits is a forced server close for sockets",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await watchedPolling(context);
      await session.post("40");
      const expected: Told = ["forced server close", "none"];
      assertEquals(await told(context.server, tag, "disconnect in full"), expected);
      assertEquals((await session.packets()).at(-1), "1");
      assertEquals(await told(context.server, tag, "engine close"), ["forced close", "none"]);
    },
  },
];

/** Sends a packet that ends a watched session of this mode. */
async function provoke(context: CaseContext, packet: string): Promise<string> {
  if (context.mode === "polling") {
    const [session, tag] = await watchedPolling(context);
    await session.post(packet);
    return tag;
  }
  const [session, tag] = await watchedWebSocket(context);
  session.send(packet);
  await session.ended();
  return tag;
}

const orderlyCases: readonly ContractCase[] = [
  {
    name:
      "a client that leaves its namespace is a client namespace disconnect, and conn stays open",
    async run(context): Promise<void> {
      const { client, tag } = await watchedClient(context);
      const orders = await context.join(client, "/orders");
      client.disconnect();
      assertEquals(await told(context.server, tag, "disconnect in full"), [
        "client namespace disconnect",
        "none",
      ]);
      assertEquals(await ask(orders, "echo", "open"), "open");
      assertEquals(context.server.reportsOf({ tag, kind: "engine close" }), []);
    },
  },
  {
    name: "a socket that the server disconnects is a server namespace disconnect, conn stays open",
    async run(context): Promise<void> {
      const { client, tag } = await watchedClient(context);
      const orders = await context.join(client, "/orders");
      client.emit("leave namespace");
      assertEquals(await told(context.server, tag, "disconnect in full"), [
        "server namespace disconnect",
        "none",
      ]);
      assertEquals(await ask(orders, "echo", "open"), "open");
      assertEquals(context.server.reportsOf({ tag, kind: "engine close" }), []);
    },
  },
  {
    name: "a connection that the server closes is a forced close for conn",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const tag = await hangUp(context);
      assertEquals(await told(context.server, tag, "disconnect in full"), [
        "server namespace disconnect",
        "none",
      ]);
      assertEquals(await told(context.server, tag, "engine close"), ["forced close", "none"]);
    },
  },
  {
    name: "a server that closes is 'server shutting down' for sockets, a forced close for conn",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const { client, tag } = await watchedClient(context, server);
      client.emit("close server");
      const expected: Told = ["server shutting down", "none"];
      assertEquals(await told(server, tag, "disconnecting in full"), expected);
      assertEquals(await told(server, tag, "disconnect in full"), expected);
      assertEquals(await told(server, tag, "engine close"), ["forced close", "none"]);
    },
  },
];

/** Has the server close the connection of a watched session that says nothing itself. */
async function hangUp(context: CaseContext): Promise<string> {
  if (context.mode === "polling") {
    const [session, tag] = await watchedPolling(context);
    await session.post('42["hang up"]');
    let packets = await session.packets();
    while (!packets.includes("1")) packets = await session.packets();
    return tag;
  }
  const [session, tag] = await watchedWebSocket(context);
  session.send('42["hang up"]');
  await session.ended();
  return tag;
}

/** A published client that is watched, over the transport of this mode. */
async function watchedClient(
  context: CaseContext,
  server: ServerProcess = context.server,
): Promise<{ client: Awaited<ReturnType<CaseContext["connect"]>>; tag: string }> {
  const tag = context.tag();
  const client = await context.connect("/", { query: { tag, watch: "ends" } }, server);
  if (context.mode === "upgrade") await upgraded(client);
  // The server has gone over too once it has answered.
  assertEquals(await ask(client, "echo", "in"), "in");
  return { client, tag };
}

export const reasonCases: readonly ContractCase[] = [
  ...pollingCases,
  ...webSocketCases,
  ...protocolCases,
  ...orderlyCases,
];
