/**
 * Cases: what `io.engine` shows, takes and tells.
 */
import { assert, assertEquals } from "@std/assert";
import { RawPolling } from "../../support/raw_engine.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import { eventually } from "../../support/waiting.ts";
import { play } from "../api_clients.ts";
import { upgraded } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";
import { story, watched } from "../watched_session.ts";

const engineCases: readonly ContractCase[] = [
  {
    name: "engine.clients has the open sessions by their ids",
    async run(context): Promise<void> {
      const client = await context.connect("/engine");
      await context.connect("/engine");
      assertEquals(await play(client, "clients"), {
        isSame: true,
        isListed: true,
        has: [true, false, true],
        own: true,
        isCounted: true,
        isTold: true,
      });
    },
  },
  {
    name: "engine.clients and engine.clientsCount are without a session that tells of its end",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const server = await context.start({});
      const session = await watched(context, server);
      await session.send('42/engine,1["play","clients at the end",[]]');
      await session.receive(1);
      await session.leave();
      assertEquals((await story(server, session.tag)).at(-1), "left false -1");
    },
  },
  {
    name: "engine.opts shows the options, and engine.upgrades what a session may move to",
    modes: ["polling"],
    async run(context): Promise<void> {
      const client = await context.connect("/engine");
      assertEquals(await play(client, "opts"), {
        pingInterval: 25_000,
        pingTimeout: 20_000,
        upgradeTimeout: 10_000,
        maxHttpBufferSize: 2_000_000,
        transports: ["polling", "websocket"],
        allowUpgrades: true,
        allowEIO3: false,
        cookie: "io",
      });
      assertEquals(await play(client, "upgrades"), [["websocket"], []]);
      const server = await context.start({ allowUpgrades: false });
      const other = await context.connect("/engine", {}, server);
      assertEquals(await play(other, "upgrades"), [[], []]);
    },
  },
  {
    name: "the class of the engine has the codes of refusals and their texts",
    modes: ["polling"],
    async run(context): Promise<void> {
      const client = await context.connect("/engine");
      assertEquals(await play(client, "codes"), [
        ["UNKNOWN_TRANSPORT", 0, "Transport unknown"],
        ["UNKNOWN_SID", 1, "Session ID unknown"],
        ["BAD_HANDSHAKE_METHOD", 2, "Bad handshake method"],
        ["BAD_REQUEST", 3, "Bad request"],
        ["FORBIDDEN", 4, "Forbidden"],
        ["UNSUPPORTED_PROTOCOL_VERSION", 5, "Unsupported protocol version"],
      ]);
    },
  },
  {
    name: "engine.generateId makes the ids of sessions, at once or later",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      for (const later of [{}, { later: "1" }]) {
        const id = `own-${context.tag()}`;
        const client = await context.connect("/engine", { query: { id, ...later } });
        assertEquals(client.io.engine.id, id);
        const seen = await play(client, "look") as Record<string, unknown>;
        assertEquals(seen["id"], id);
      }
    },
  },
  {
    name: "engine tells of what sessions flush and drain",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const session = await watched(context);
      await session.send('42/engine,1["play","engine flushes",[]]');
      await session.receive(1);
      await session.send('42/engine,["hello","x"]');
      await session.receive(1);
      await session.leave();
      const lines = await story(context.server, session.tag);
      const told = lines.filter((line) => line.startsWith("engine ")).slice(-2);
      assertEquals(told, ['engine flush message 2/engine,["w', "engine drain 0"]);
      const index = lines.indexOf(String(told[0]));
      assertEquals(lines.slice(index - 1, index + 3).map((line) => line.split(" ", 2).join(" ")), [
        "flush message",
        "engine flush",
        "drain 0",
        "engine drain",
      ]);
    },
  },
  {
    name: "engine.close ends all sessions, and the server goes on",
    async run(context): Promise<void> {
      const server = await context.start({});
      const tag = context.tag();
      const query = { watch: "engine", tag };
      const client = await context.connect("/engine", { query }, server);
      if (context.mode === "upgrade") await upgraded(client);
      const closed = play(client, "close the engine").catch(() => "never told");
      const lines = await story(server, tag);
      assert(lines.at(-1)?.startsWith("close forced close closed "), lines.at(-1));
      client.disconnect();
      await closed;
      // The reference takes no WebSockets any more until its HTTP server listens again.
      const other = await context.connect("/engine", { transports: ["polling"] }, server);
      assertEquals(await play(other, "upgrades"), [["websocket"], []]);
    },
  },
];

const requestCases: readonly ContractCase[] = [
  {
    name: "initial_headers and headers get the headers of an answer, which they may change",
    modes: ["polling"],
    async run(context): Promise<void> {
      const tag = context.tag();
      const session = await RawPolling.start(context.server.url, { watch: "engine", tag });
      const { headers } = session.handshake;
      assertEquals(headers.get("cache-control"), "no-cache");
      assertEquals(headers.get("x-list"), "one, two");
      const told = context.server.reportsOf({ tag }).filter(({ kind }) => kind.endsWith("headers"));
      assertEquals(told.map(({ kind, method }) => [kind, method]), [
        ["initial_headers", "GET"],
        ["headers", "GET"],
      ]);
      for (const { names, type } of told) {
        assertEquals(type, "text/plain; charset=UTF-8");
        const known = names as string[];
        assert(known.includes("cache-control") && known.includes("content-type"), String(known));
      }
    },
  },
  {
    name: "initial_headers and headers get those of a 101, which has none of its own",
    modes: ["websocket"],
    profile: "brisk",
    async run(context): Promise<void> {
      const tag = context.tag();
      using tcp = await RawTcp.open(context.server.port);
      const target = `/socket.io/?EIO=4&transport=websocket&watch=engine&tag=${tag}`;
      const { status, headers } = await tcp.upgrade(target);
      assertEquals([status, headers.get("cache-control")], [101, "no-cache"]);
      const told = await eventually("two reports of headers", () => {
        const reports = context.server.reportsOf({ tag })
          .filter(({ kind }) => kind.endsWith("headers"));
        return reports.length === 2 ? reports : undefined;
      });
      assertEquals(told.map(({ kind, names }) => [kind, names]), [
        ["initial_headers", ["x-initial"]],
        ["headers", ["x-initial", "cache-control", "x-every"]],
      ]);
    },
  },
];

export const engineApiCases: readonly ContractCase[] = [
  ...engineCases,
  ...requestCases,
];
