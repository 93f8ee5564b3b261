/**
 * Cases: namespaces, static and dynamic, several over one connection, and their middlewares.
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ask, disconnected, next, refused } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const INVALID = "Invalid namespace";

/** A namespace of the pattern that nobody else uses. */
function numbered(): string {
  return `/numbered-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
}

const staticCases: readonly ContractCase[] = [
  {
    name: "a client joins the namespace that it names",
    async run(context): Promise<void> {
      for (const name of ["/", "/orders", "/ünï"]) {
        const client = await context.connect(name);
        const state = await ask(client, "state") as Record<string, unknown>;
        assertEquals(state["nsp"], name);
        assertEquals(state["id"], client.id);
        assertEquals(state["known"], true);
        assertEquals([state["connected"], state["disconnected"]], [true, false]);
        assertEquals([state["recovered"], state["protocol"]], [false, 4]);
      }
    },
  },
  {
    name: "a namespace that nobody declared is refused, and the connection lives on",
    async run(context): Promise<void> {
      const client = await context.connect();
      for (const name of ["/unknown", "/__proto__", "/constructor", "/orders/", "/orders?a=1"]) {
        const error = await refused(client.io.socket(name));
        assertEquals([error.message, error.data], [INVALID, undefined], name);
      }
      assertEquals(await ask(client, "echo", "fine"), "fine");
    },
  },
  {
    name: "several namespaces share one connection and keep apart",
    async run(context): Promise<void> {
      const main = await context.connect();
      const orders = await context.join(main, "/orders");
      const users = await context.join(main, "/users");
      const ids = [main, orders, users].map(({ id }) => id);
      assertEquals(new Set(ids).size, 3);
      assert(!ids.includes(main.io.engine.id), "Expected socket ids other than the session's");
      const room = context.tag();
      for (const client of [main, orders, users]) await ask(client, "join", room);
      const heard: string[] = [];
      for (const client of [main, orders, users]) {
        client.on("news", () => heard.push((client as unknown as { nsp: string }).nsp));
      }
      await ask(orders, "cast", { by: "namespace", to: room }, "news", []);
      for (const client of [main, orders, users]) await ask(client, "echo", "witness");
      assertEquals(heard, ["/orders"]);
    },
  },
  {
    name: "leaving one namespace leaves the others, and it may be joined again",
    async run(context): Promise<void> {
      const main = await context.connect();
      const orders = await context.join(main, "/orders");
      const first = orders.id;
      orders.disconnect();
      assertEquals(await ask(main, "echo", "still in"), "still in");
      orders.connect();
      assertEquals(await ask(orders, "echo", "again"), "again");
      assertNotEquals(orders.id, first);
      orders.emit("leave namespace");
      assertEquals(await disconnected(orders), "io server disconnect");
      assertEquals(await ask(main, "echo", "still in"), "still in");
    },
  },
  {
    name: "a connection may leave the main namespace and stay in another",
    async run(context): Promise<void> {
      const main = await context.connect();
      const orders = await context.join(main, "/orders");
      main.disconnect();
      assertEquals(await ask(orders, "echo", "still in"), "still in");
    },
  },
];

const dynamicCases: readonly ContractCase[] = [
  {
    name: "a namespace that matches a pattern exists from the first client on",
    async run(context): Promise<void> {
      const name = numbered();
      const first = await context.connect(name);
      const second = await context.connect(name);
      const heard = next(second, "hello");
      await ask(first, "cast", { by: "socket" }, "hello", ["there"]);
      assertEquals(await heard, ["there"]);
      assertEquals(context.server.reportsOf({ kind: "new_namespace", nsp: name }).length, 1);
      assertEquals((await refused(context.client("/numbered-x"))).message, INVALID);
    },
  },
  {
    name: "a dynamic namespace inherits middlewares and handlers of its parent",
    async run(context): Promise<void> {
      const client = await context.connect(numbered());
      assertEquals(await ask(client, "data"), { inherited: true });
    },
  },
  {
    name: "an emit of the parent reaches the clients of all its namespaces",
    async run(context): Promise<void> {
      const main = await context.connect();
      const clients = [await context.connect(numbered()), await context.connect(numbered())];
      const heard = Promise.all(clients.map((client) => next(client, "to all numbered")));
      main.emit("tell numbered", "to all numbered", "x");
      assertEquals(await heard, [["x"], ["x"]]);
    },
  },
  {
    name: "a function decides by name and auth whether a namespace exists",
    async run(context): Promise<void> {
      const name = `/chosen-${context.tag()}`;
      const wrong = context.client(name, { auth: { pass: "no" } });
      assertEquals((await refused(wrong)).message, INVALID);
      const right = await context.connect(name, { auth: { pass: "yes" } });
      assertEquals(await ask(right, "echo", "in"), "in");
      const failed = context.client("/chosen-error", { auth: { pass: "yes" } });
      assertEquals((await refused(failed)).message, INVALID);
    },
  },
  {
    name: "a namespace that a function allows inherits middlewares and handlers of its parent",
    async run(context): Promise<void> {
      const auth = { pass: "yes" };
      const client = await context.connect(`/chosen-${context.tag()}`, { auth });
      assertEquals(await ask(client, "data"), { inherited: "from a function" });
    },
  },
];

const middlewareCases: readonly ContractCase[] = [
  {
    name: "a middleware refuses with a message, and with data if it gives any",
    async run(context): Promise<void> {
      const without = await refused(context.client("/guarded"));
      assertEquals([without.message, without.data], ["no token", undefined]);
      const wrong = await refused(context.client("/guarded", { auth: { token: "guess" } }));
      assertEquals([wrong.message, wrong.data], [
        "wrong token",
        { code: 42, hint: ["ask", "again"] },
      ]);
    },
  },
  {
    name: "a client that satisfies the middlewares gets in; they ran before it was connected",
    async run(context): Promise<void> {
      const client = await context.connect("/guarded", { auth: { token: "secret" } });
      assertEquals(await ask(client, "data"), { connectedInMiddleware: false, rooms: [] });
    },
  },
  {
    name: "a refused client leaves nothing behind and may try again over the same connection",
    async run(context): Promise<void> {
      const main = await context.connect();
      const guarded = main.io.socket("/guarded", { auth: { token: "guess" } });
      await refused(guarded);
      guarded.auth = { token: "secret" };
      guarded.connect();
      await next(guarded, "connect");
      const { sockets } = await ask(guarded, "sizes") as { sockets: number };
      assertEquals(sockets, 1);
    },
  },
  {
    name: "a client whose middleware never answers is not in, and leaves quietly",
    async run(context): Promise<void> {
      const main = await context.connect();
      const silent = main.io.socket("/silent");
      assertEquals(await ask(main, "echo", "round trip"), "round trip");
      assertEquals(silent.connected, false);
      silent.disconnect();
      assertEquals(await ask(main, "echo", "still served"), "still served");
    },
  },
];

export const namespaceCases: readonly ContractCase[] = [
  ...staticCases,
  ...dynamicCases,
  ...middlewareCases,
];
