/**
 * Cases: listeners of the user, catch-all listeners, event middlewares, and errors in all of them.
 */
import { assertEquals } from "@std/assert";
import { eventually } from "../../support/waiting.ts";
import { ask, connected, disconnected, next } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const listenerCases: readonly ContractCase[] = [
  {
    name: "catch-all listeners see every event in and out, before and beside the others",
    async run(context): Promise<void> {
      const client = await context.connect();
      await ask(client, "watch");
      client.emit("unheard", 1, 2);
      await ask(client, "echo", "a");
      client.emit("say", "out", [1, 2]);
      await next(client, "out");
      const { incoming, outgoing } = await ask(client, "watched") as Record<string, string[]>;
      assertEquals(incoming, [
        "before unheard",
        "unheard 2",
        "before echo",
        "echo 1",
        "before say",
        "say 2",
        "before watched",
        "watched 0",
      ]);
      assertEquals(outgoing, ["out 2"]);
    },
  },
  {
    name: "an outgoing catch-all listener sees broadcasts too",
    async run(context): Promise<void> {
      const client = await context.connect();
      await ask(client, "watch");
      await ask(client, "cast", { by: "namespace", to: client.id }, "news", ["x"]);
      const { outgoing } = await ask(client, "watched") as Record<string, string[]>;
      assertEquals(outgoing, ["news 1"]);
    },
  },
  {
    name: "removed catch-all listeners hear no more",
    async run(context): Promise<void> {
      const client = await context.connect();
      assertEquals(await ask(client, "watch"), 2);
      assertEquals(await ask(client, "unwatch"), 0);
      client.emit("unheard");
      const { incoming } = await ask(client, "watched") as Record<string, string[]>;
      assertEquals(incoming?.includes("unheard 0"), false);
    },
  },
  {
    name: "a listener of once hears one event",
    async run(context): Promise<void> {
      const client = await context.connect();
      const answers: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        client.emit("only once", (answer: unknown) => answers.push(answer));
      }
      await ask(client, "echo", "later");
      assertEquals(answers, ["heard"]);
    },
  },
  {
    name: "emitting a reserved name throws, other names go out",
    async run(context): Promise<void> {
      const client = await context.connect();
      const names = ["connect", "connect_error", "disconnect", "disconnecting", "newListener"];
      const expected = Object.fromEntries(
        [...names, "removeListener"].map((name) => [name, `"${name}" is a reserved event name`]),
      );
      const connection = next(client, "connection");
      assertEquals(await ask(client, "reserved names"), expected);
      assertEquals(await connection, ["x"]);
    },
  },
];

const dataCases: readonly ContractCase[] = [
  {
    name: "socket.data begins empty and keeps what it is given, each socket its own",
    async run(context): Promise<void> {
      const [client, other] = [await context.connect(), await context.connect()];
      assertEquals(await ask(client, "data"), {});
      assertEquals(await ask(client, "set data", { name: "é", list: [1] }), {
        name: "é",
        list: [1],
      });
      assertEquals(await ask(client, "data"), { name: "é", list: [1] });
      assertEquals(await ask(other, "data"), {});
    },
  },
];

const eventMiddlewareCases: readonly ContractCase[] = [
  {
    name: "an event middleware that refuses an event makes an error event of it",
    async run(context): Promise<void> {
      const tag = context.tag();
      const client = await context.connect("/picky", { auth: { tag } });
      client.on("must not happen", () => client.emit("forbidden event was handled"));
      const refusal = next(client, "refused");
      client.emit("forbidden", "x");
      assertEquals(await refusal, ["not here"]);
      assertEquals(await ask(client, "echo", "others pass"), "others pass");
      const report = await context.server.report({ tag, kind: "error" });
      assertEquals(report["message"], "not here");
    },
  },
  {
    name: "an event middleware may change the values of an event",
    async run(context): Promise<void> {
      const client = await context.connect("/picky");
      assertEquals(await ask(client, "rewrite", "original"), "rewritten");
    },
  },
];

const failureCases: readonly ContractCase[] = [
  {
    name: "a handler that throws at once leaves its session and all others served",
    needs: "survives-handler-errors",
    async run(context): Promise<void> {
      const [client, other] = [await context.connect(), await context.connect()];
      for (let i = 0; i < 3; i++) client.emit("fail now");
      assertEquals(await ask(client, "echo", "served"), "served");
      assertEquals(await ask(other, "echo", "served"), "served");
    },
  },
  {
    name: "a handler that throws later leaves its session and all others served",
    needs: "survives-handler-errors",
    async run(context): Promise<void> {
      const [client, other] = [await context.connect(), await context.connect()];
      for (let i = 0; i < 3; i++) client.emit("fail later");
      assertEquals(await ask(client, "echo", "served"), "served");
      assertEquals(await ask(other, "echo", "served"), "served");
    },
  },
  {
    name: "an error thrown by a handler is printed with its stack",
    needs: "survives-handler-errors",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.emit("fail now");
      // Each runtime prints errors in its own way.
      const printed = /error: handler failed now\s+at /i;
      await eventually("the error", () => printed.test(context.server.output) || undefined);
    },
  },
  {
    name: "a 'disconnecting' listener that throws does not stop the disconnection",
    needs: "survives-handler-errors",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      client.emit("fail while leaving");
      assertEquals(await disconnected(client), "io server disconnect");
      const report = await context.server.report({ tag, kind: "disconnect" });
      assertEquals([report["connected"], report["rooms"]], [false, []]);
      const again = await context.connect();
      await connected(again);
      assertEquals(await ask(again, "echo", "served"), "served");
    },
  },
];

export const handlerCases: readonly ContractCase[] = [
  ...listenerCases,
  ...dataCases,
  ...eventMiddlewareCases,
  ...failureCases,
];
