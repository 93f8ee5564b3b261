/**
 * Cases that take a server of their own: its end, its freezing, TLS, and options.
 */
import { assert, assertEquals } from "@std/assert";
import { TEST_CERTIFICATE } from "../../support/test_certificate.ts";
import { eventually } from "../../support/waiting.ts";
import { ask, connected, disconnected, upgraded } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const CALM = { pingInterval: 25_000, pingTimeout: 20_000 };

export const shutdownCases: readonly ContractCase[] = [
  {
    name: "a server that closes: server shutting down, and the clients' transport closes",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const tag = context.tag();
      const client = await context.connect("/", { auth: { tag } }, server);
      const other = await context.connect("/orders", { auth: { tag } }, server);
      if (context.mode === "upgrade") await Promise.all([upgraded(client), upgraded(other)]);
      const reasons = Promise.all([disconnected(client), disconnected(other)]);
      client.emit("close server");
      assertEquals(await reasons, ["transport close", "transport close"]);
      await server.report({ tag, kind: "closed" }, 15_000);
      const told = server.reportsOf({ kind: "disconnect" });
      assertEquals(told.map(({ reason }) => reason), [
        "server shutting down",
        "server shutting down",
      ]);
      // Nothing that is left keeps the process alive.
      assertEquals(await server.ended(15_000), 0);
    },
  },
  {
    name: "a server that dies: the client is told by its transport",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const client = await context.connect("/", {}, server);
      if (context.mode === "upgrade") await upgraded(client);
      const reason = disconnected(client);
      server.signal("SIGKILL");
      const expected = context.mode === "polling" ? "transport error" : "transport close";
      assertEquals(await reason, expected);
    },
  },
  {
    name: "a server that freezes: the client misses the pings it was promised",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const server = await context.start({ pingInterval: 200, pingTimeout: 200 });
      const client = await context.connect("/", {}, server);
      const reason = disconnected(client);
      server.signal("SIGSTOP");
      assertEquals(await reason, "ping timeout");
      server.signal("SIGCONT");
    },
  },
  {
    name: "over TLS and under a path of its own everything works as elsewhere",
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, path: "/chat/v1" }, true);
      const options = { path: "/chat/v1", ca: TEST_CERTIFICATE };
      const client = await context.connect("/", options, server);
      if (context.mode === "upgrade") await upgraded(client);
      const back = await ask(client, "echo", { bytes: Uint8Array.of(1, 2) }) as {
        bytes: Uint8Array;
      };
      assertEquals([...back.bytes], [1, 2]);
      const seen = await ask(client, "handshake") as { secure: boolean; url: string };
      assertEquals(seen.secure, true);
      assert(seen.url.startsWith("/chat/v1/?"), seen.url);
    },
  },
  {
    name: "with the network permission alone a server starts and serves",
    needs: "allow-net-only",
    async run(context): Promise<void> {
      const client = await context.connect();
      assertEquals(await ask(client, "echo", "served"), "served");
      assertEquals(/permission|NotCapable|prompt/i.test(context.server.output), false);
    },
  },
  {
    name: "a server with one transport serves it and refuses the other",
    async run(context): Promise<void> {
      const only = context.mode === "polling" ? "polling" : "websocket";
      const server = await context.start({ ...CALM, transports: [only] });
      const client = await context.connect("/", { transports: [only] }, server);
      assertEquals(await ask(client, "echo", "served"), "served");
      assertEquals(client.io.engine.transport.name, only);
      const another = only === "polling" ? "websocket" : "polling";
      const refusedClient = context.client("/", { transports: [another] }, server);
      const failed = connected(refusedClient).then(() => "in", () => "refused");
      assertEquals(await failed, "refused");
    },
  },
  {
    name: "a server that allows no upgrades keeps its clients polling",
    modes: ["upgrade"],
    async run(context): Promise<void> {
      const server = await context.start({
        pingInterval: 150,
        pingTimeout: 500,
        allowUpgrades: false,
      });
      const client = await context.connect("/", {}, server);
      let pings = 0;
      client.io.on("ping", () => pings++);
      await eventually("two pings", () => pings >= 2 ? true : undefined);
      assertEquals(client.io.engine.transport.name, "polling");
    },
  },
];
