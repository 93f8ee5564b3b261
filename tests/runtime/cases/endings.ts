/**
 * Cases: every way in which a connection ends, with the reason that each end is told.
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../../support/raw_tcp.ts";
import type { Report, ServerProcess } from "../../support/server_process.ts";
import { eventually, within } from "../../support/waiting.ts";
import { Wire } from "../../support/wire.ts";
import { ask, type CaseContext, disconnected, next, upgraded } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

/** Waits for the end of a client at the server, and gives its reports since it connected. */
async function ending(server: ServerProcess, tag: string): Promise<readonly Report[]> {
  await server.report({ tag, kind: "disconnect" });
  return server.reportsOf({ tag }).filter(({ kind }) => kind !== "connection");
}

/** The reason of that end, which both events must agree on. */
async function endReason(server: ServerProcess, tag: string): Promise<string> {
  const reports = await ending(server, tag);
  const kinds = reports.map(({ kind }) => kind).filter((kind) => kind !== "error");
  assertEquals(kinds, ["disconnecting", "disconnect"]);
  const reasons = new Set(reports.map(({ reason }) => reason).filter((reason) => reason));
  assertEquals(reasons.size, 1);
  return String([...reasons][0]);
}

/** A raw WebSocket session that has joined "/". */
async function joinedWebSocket(context: CaseContext): Promise<[RawWebSocket, string]> {
  const tag = context.tag();
  const session = await RawWebSocket.start(context.server.url, { tag });
  await session.join();
  return [session, tag];
}

/** A raw polling session that has joined "/". */
async function joinedPolling(context: CaseContext): Promise<[RawPolling, string]> {
  const tag = context.tag();
  const session = await RawPolling.start(context.server.url, { tag });
  await session.join();
  return [session, tag];
}

const orderlyCases: readonly ContractCase[] = [
  {
    name: "a client that disconnects: rooms are there at 'disconnecting', gone at 'disconnect'",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      const id = client.id;
      await ask(client, "join", "x");
      const reason = disconnected(client);
      client.disconnect();
      assertEquals(await reason, "io client disconnect");
      const told = await ending(context.server, tag);
      const same = { tag, nsp: "/", id, reason: "client namespace disconnect" };
      assertEquals(told, [
        { kind: "disconnecting", ...same, connected: true, rooms: [id, "x"] },
        { kind: "disconnect", ...same, connected: false, rooms: [] },
      ]);
    },
  },
  {
    name: "a server that disconnects a socket ends that namespace only",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      const orders = await context.join(client, "/orders");
      client.emit("leave namespace");
      assertEquals(await disconnected(client), "io server disconnect");
      assertEquals(await endReason(context.server, tag), "server namespace disconnect");
      assertEquals(await ask(orders, "echo", "still in"), "still in");
    },
  },
  {
    name: "a server that disconnects a socket with its connection ends all namespaces",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      const other = context.tag();
      const orders = await context.join(client, "/orders", { tag: other });
      const reasons = Promise.all([disconnected(client), disconnected(orders)]);
      client.emit("hang up");
      assertEquals(await reasons, ["io server disconnect", "io server disconnect"]);
      for (const name of [tag, other]) {
        assertEquals(await endReason(context.server, name), "server namespace disconnect");
      }
    },
  },
  {
    name: "what was emitted before the server hangs up arrives first",
    async run(context): Promise<void> {
      const client = await context.connect();
      const words = next(client, "last words");
      const reason = disconnected(client);
      client.emit("say and hang up");
      const [text, bytes] = await words as [string, Uint8Array];
      assertEquals([text, [...bytes]], ["good", [1]]);
      assertEquals(await reason, "io server disconnect");
    },
  },
  {
    name: "a socket that emits while it leaves harms nobody",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      const orders = await context.join(client, "/orders");
      client.emit("talk while leaving");
      assertEquals(await disconnected(client), "io server disconnect");
      assertEquals(await endReason(context.server, tag), "server namespace disconnect");
      assertEquals(await ask(orders, "echo", "still in"), "still in");
    },
  },
  {
    name: "a client that closes its connection: transport close",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      if (context.mode === "upgrade") await upgraded(client);
      const reason = disconnected(client);
      client.io.engine.close();
      assertEquals(await reason, "forced close");
      assertEquals(await endReason(context.server, tag), "transport close");
    },
  },
  {
    name: "a client that lost its connection reconnects as a new socket and sends what it kept",
    async run(context): Promise<void> {
      const client = await context.connect("/", { reconnection: true, reconnectionDelay: 10 });
      const first = client.id;
      const reason = disconnected(client);
      client.io.engine.close();
      assertEquals(await reason, "forced close");
      assertEquals(await ask(client, "echo", "kept"), "kept");
      assertNotEquals(client.id, first);
    },
  },
  {
    name: "connections that ended leave nothing in the server's tables",
    profile: "brisk",
    async run(context): Promise<void> {
      for (let i = 0; i < 5; i++) {
        const client = await context.connect("/idle");
        if (i % 2) client.emit("hang up");
        else client.disconnect();
      }
      await (await RawPolling.start(context.server.url)).post("1");
      await using cut = await RawWebSocket.start(context.server.url);
      cut.close();
      const watcher = await context.connect("/idle");
      // The session that never joined a namespace goes with connectTimeout.
      await eventually("empty tables", async () => {
        const { clients, sockets } = await ask(watcher, "sizes") as Record<string, number>;
        return clients === 1 && sockets === 1 ? true : undefined;
      });
    },
  },
];

const brokenCases: readonly ContractCase[] = [
  {
    name: "a WebSocket that breaks without a close frame: transport close",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const tag = context.tag();
      using tcp = await RawTcp.open(context.server.port);
      await tcp.upgrade(`/socket.io/?EIO=4&transport=websocket&tag=${tag}`);
      await tcp.readUntil("}");
      await tcp.write(clientFrame(0x81, "40"));
      await tcp.readUntil("}");
      tcp.close();
      assertEquals(await endReason(context.server, tag), "transport close");
    },
  },
  {
    name: "a WebSocket whose connection is reset: transport close",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const tag = context.tag();
      const wire = await Wire.open(context.server.port);
      const opened = new Promise((resolve) => wire.onMessage = resolve);
      assert(await wire.upgrade(`/socket.io/?EIO=4&transport=websocket&tag=${tag}`));
      await within("the open packet", opened);
      wire.send("40");
      await context.server.report({ tag, kind: "connection" });
      wire.reset();
      assertEquals(await endReason(context.server, tag), "transport close");
    },
  },
  {
    name: "a WebSocket that closes: transport close",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const [session, tag] = await joinedWebSocket(context);
      session.close();
      assertEquals(await endReason(context.server, tag), "transport close");
    },
  },
  {
    name: "a waiting poll that the client aborts: transport error",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await joinedPolling(context);
      const controller = new AbortController();
      const polling = session.poll({ signal: controller.signal });
      polling.catch(() => {});
      // The poll is on its way once a later request of the session is answered.
      await session.post("3");
      await session.post("3");
      controller.abort();
      assertEquals(await endReason(context.server, tag), "transport error");
      assertEquals((await session.poll()).status, 400);
    },
  },
  {
    name: "a client that posts a close packet: transport close",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await joinedPolling(context);
      assertEquals((await session.post("1")).text, "ok");
      assertEquals(await endReason(context.server, tag), "transport close");
      assertEquals((await session.poll()).status, 400);
    },
  },
  {
    name: "a WebSocket frame over the limit: transport error, and the client is told 1009",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const [session, tag] = await joinedWebSocket(context);
      session.send(`42["echo","${"x".repeat(2_000_000)}"]`);
      assertEquals((await session.ended()).code, 1009);
      assertEquals(await endReason(context.server, tag), "transport error");
    },
  },
  {
    name: "a fragmented message over the limit: transport error, and the client is told 1009",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const tag = context.tag();
      using tcp = await RawTcp.open(context.server.port);
      await tcp.upgrade(`/socket.io/?EIO=4&transport=websocket&tag=${tag}`);
      await tcp.readUntil("}");
      await tcp.write(clientFrame(0x81, "40"));
      await tcp.readUntil('40{"sid":"');
      // To the end of the frame: bytes of the id must not be read as the head of the next one.
      await tcp.readUntil('"}');
      const closed = tcp.webSocketEnded();
      const part = "x".repeat(700_000);
      await tcp.write(clientFrame(0x01, `42["${part}`));
      for (const first of [0x00, 0x00, 0x80]) await tcp.write(clientFrame(first, part));
      assertEquals(await closed, 1009);
      assertEquals(await endReason(context.server, tag), "transport error");
    },
  },
  {
    name: "a packet that is none of Engine.IO: parse error",
    modes: ["websocket"],
    async run(context): Promise<void> {
      for (const frame of ["abc", "", "9"]) {
        const [session, tag] = await joinedWebSocket(context);
        session.send(frame);
        await session.ended();
        assertEquals(await endReason(context.server, tag), "parse error", frame);
      }
    },
  },
  {
    name: "a ping of the client, which is the server's to send: transport error",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const [session, tag] = await joinedWebSocket(context);
      session.send("2");
      await session.ended();
      assertEquals(await endReason(context.server, tag), "transport error");
    },
  },
  {
    name: "a packet that is none of Socket.IO: an error event, then forced close",
    modes: ["websocket"],
    async run(context): Promise<void> {
      for (const frame of ["4abc", "42{}", '42["disconnect"]', '451-["x"]|42["x"]']) {
        const [session, tag] = await joinedWebSocket(context);
        for (const part of frame.split("|")) session.send(part);
        await session.ended();
        const [first] = await ending(context.server, tag);
        assertEquals(first?.kind, "error", frame);
        assertEquals(await endReason(context.server, tag), "forced close", frame);
      }
    },
  },
  {
    name: "a packet out of turn: forced close",
    modes: ["websocket"],
    async run(context): Promise<void> {
      for (const frame of ["40", '44{"message":"x"}', '42/orders,["x"]', "41/orders,"]) {
        const [session, tag] = await joinedWebSocket(context);
        session.send(frame);
        await session.ended();
        assertEquals(await endReason(context.server, tag), "forced close", frame);
      }
    },
  },
  {
    name: "a packet out of turn while no poll waits: forced server close",
    modes: ["polling"],
    async run(context): Promise<void> {
      const [session, tag] = await joinedPolling(context);
      assertEquals((await session.post("40")).text, "ok");
      assertEquals(await endReason(context.server, tag), "forced server close");
    },
  },
];

const heartbeatCases: readonly ContractCase[] = [
  {
    name: "a poll outlives 12 seconds of silence, until the ping",
    profile: "patient",
    modes: ["polling"],
    patient: true,
    async run(context): Promise<void> {
      const session = await RawPolling.start(context.server.url);
      await session.join();
      const begin = performance.now();
      assertEquals(await session.packets(), ["2"]);
      const waited = performance.now() - begin;
      assert(waited > 12_000, `Expected more than 12 seconds of silence, found ${waited} ms`);
      assertEquals((await session.post("3")).text, "ok");
    },
  },
  {
    name: "a client that answers pings stays, longer than a silent one would",
    profile: "brisk",
    async run(context): Promise<void> {
      const client = await context.connect();
      let pings = 0;
      client.io.on("ping", () => pings++);
      await eventually("three pings", () => pings >= 3 ? true : undefined);
      assertEquals(await ask(client, "echo", "alive"), "alive");
    },
  },
  {
    name: "a client that answers no ping: ping timeout",
    profile: "brisk",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const begin = performance.now();
      const [session, tag] = context.mode === "polling"
        ? await joinedPolling(context)
        : await joinedWebSocket(context);
      assertEquals(await endReason(context.server, tag), "ping timeout");
      // pingInterval 300 + pingTimeout 400; a server's timer may be a tick late, never early.
      assertEquals(performance.now() - begin > 600, true);
      if (session instanceof RawWebSocket) await session.ended();
      else assertEquals((await session.poll()).status, 400);
    },
  },
  {
    name: "a client that joins no namespace in connectTimeout is disconnected",
    profile: "brisk",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      if (context.mode === "websocket") {
        const session = await RawWebSocket.start(context.server.url);
        assertEquals(
          await session.join("40/unknown,"),
          '44/unknown,{"message":"Invalid namespace"}',
        );
        await session.ended();
      } else {
        const session = await RawPolling.start(context.server.url);
        let packets = await session.packets();
        while (packets[0] === "2") packets = await session.packets();
        assertEquals(packets, ["1"]);
        assertEquals((await session.poll()).status, 400);
      }
    },
  },
];

export const endingCases: readonly ContractCase[] = [
  ...orderlyCases,
  ...brokenCases,
  ...heartbeatCases,
];
