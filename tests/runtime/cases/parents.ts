/**
 * Cases: parent namespaces, their children, and what becomes of children that are empty.
 */
import { assertEquals } from "@std/assert";
import { RawPolling } from "../../support/raw_engine.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { alone, apiNamespace, hearing, play, unique } from "../api_clients.ts";
import {
  ask,
  type CaseContext,
  type ClientSocket,
  connected,
  disconnected,
  next,
  refused,
} from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const modes = ["websocket"] as const;

const INVALID = "Invalid namespace";

/** A client that plays scenarios, a parent, and a client in each of two children of it. */
interface Family {
  readonly client: ClientSocket;
  readonly prefix: string;
  readonly children: readonly [ClientSocket, ClientSocket];
}

async function family(context: CaseContext): Promise<Family> {
  const client = await alone(context);
  const prefix = `/family-${unique()}-`;
  await play(client, "make parent", prefix);
  const children = [
    await context.connect(`${prefix}a`),
    await context.connect(`${prefix}b`),
  ] as const;
  return { client, prefix, children };
}

const inheritanceCases: readonly ContractCase[] = [
  {
    name: "a parent has a name of its own and no sockets",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const { name, sockets } = await play(client, "make parent", `/family-${unique()}-`) as {
        name: string;
        sockets: number;
      };
      assertEquals([/^\/_\d+$/.test(name), sockets], [true, 0]);
    },
  },
  {
    name: "a child has the middlewares and listeners that its parent had when it came",
    modes,
    async run(context): Promise<void> {
      const { client, prefix } = await family(context);
      assertEquals(await play(client, "noted"), [
        "connect",
        ["connection", "a", { guarded: true }],
        "connect",
        ["connection", "b", { guarded: true }],
      ]);
      await play(client, "add to parent", prefix);
      await context.connect(`${prefix}a`);
      assertEquals((await play(client, "noted") as unknown[]).slice(4), [
        "connect",
        ["connection", "a", { guarded: true }],
      ]);
      await context.connect(`${prefix}c`);
      assertEquals((await play(client, "noted") as unknown[]).slice(6), [
        "late middleware",
        "connect",
        ["connection", "c", { guarded: true }],
        "late listener",
      ]);
    },
  },
  {
    name: "a name that the program gives and a parent matches is a child of that parent",
    modes,
    async run(context): Promise<void> {
      const { client, prefix } = await family(context);
      const name = `${prefix}static`;
      const made = await play(client, "name a child", name.slice(1));
      assertEquals(made, { name, again: true, told: [name] });
      const child = await context.connect(name);
      assertEquals(await ask(child, "who"), name);
      const heard = next(child, "last news");
      await play(client, "tell children", prefix);
      await heard;
    },
  },
  {
    name: "new_namespace tells of a child that has its parent's listeners and no socket yet",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const prefix = `/looked-at-${unique()}-`;
      await play(client, "look at new children", prefix);
      await context.connect(`${prefix}a`);
      assertEquals(await play(client, "noted"), [
        ["new", 1, 0, true],
        "middleware of new_namespace",
        "connection",
      ]);
    },
  },
];

const decisionCases: readonly ContractCase[] = [
  {
    name: "parents are asked in their order, one after the other, until one agrees",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const prefix = `/row-${unique()}-`;
      await play(client, "make parents in a row", prefix);
      const first = ["ask refusing", "ask failing", "ask slow"];
      await context.connect(`${prefix}a`, { auth: { pass: 1 } });
      assertEquals(await play(client, "noted"), [...first, "child of slow"]);
      await context.connect(`${prefix}b`, { auth: { pass: 2 } });
      const second = [...first, "ask last", "child of last"];
      assertEquals((await play(client, "noted") as unknown[]).slice(4), second);
      const error = await refused(context.client(`${prefix}c`, { auth: { pass: 3 } }));
      assertEquals(error.message, INVALID);
      const third = [...first, "ask last", "ask never asked"];
      assertEquals((await play(client, "noted") as unknown[]).slice(9), third);
    },
  },
  {
    name: "a child that exists is joined without asking its parent again",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const prefix = `/row-${unique()}-`;
      await play(client, "make parents in a row", prefix);
      await context.connect(`${prefix}a`, { auth: { pass: 1 } });
      await context.connect(`${prefix}a`, { auth: { pass: 3 } });
      const asked = await play(client, "noted") as unknown[];
      assertEquals(asked.slice(3), ["child of slow", "child of slow"]);
    },
  },
  {
    name: "two clients that ask for the same child at once share one",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const prefix = `/row-${unique()}-`;
      await play(client, "make parents in a row", prefix);
      const auth = { pass: 1 };
      const children = [
        context.client(`${prefix}a`, { auth }),
        context.client(`${prefix}a`, { auth }),
      ];
      await Promise.all(children.map((child) => connected(child)));
      assertEquals(await play(client, "end a socket of", `${prefix}a`), 1);
    },
  },
];

const broadcastCases: readonly ContractCase[] = [
  {
    name: "a parent tells the sockets of all its children, or those in rooms",
    async run(context): Promise<void> {
      const { client, prefix, children } = await family(context);
      const [a, b] = children;
      await ask(a, "join", "one");
      await ask(b, "join", "two");
      const heard = [hearing([a], ["news", "message"]), hearing([b], ["news", "message"])];
      const last = Promise.all(children.map((child) => next(child, "last news")));
      assertEquals(await play(client, "tell children", prefix), [true, true]);
      await last;
      const both = ["message", "message, written"];
      const end = ["local", "binary"];
      assertEquals(heard, [
        ["emit", ...both, "to", "in", "to, except", ...end].map((way) => `0 ${way}`),
        ["emit", ...both, "except", ...end].map((way) => `0 ${way}`),
      ]);
    },
  },
  {
    name: "a volatile event of a parent reaches who is idle",
    modes,
    async run(context): Promise<void> {
      const { client, prefix, children } = await family(context);
      const heard = Promise.all(children.map((child) => next(child, "news")));
      assertEquals(await play(client, "tell children volatilely", prefix), true);
      assertEquals(await heard, [["parent"], ["parent"]]);
    },
  },
  {
    name: "a volatile event of a parent is lost on who does not poll",
    modes: ["polling"],
    async run(context): Promise<void> {
      const { client, prefix } = await family(context);
      const idle = await RawPolling.start(context.server.url);
      await idle.join(`40${prefix}a,`);
      assertEquals(await play(client, "tell children volatilely", prefix), true);
      await play(client, "tell children", prefix);
      assertEquals((await idle.packets())[0], `42${prefix}a,["news","emit"]`);
      await idle.post("1");
    },
  },
  {
    name: "sockets cannot be fetched from a parent",
    modes,
    async run(context): Promise<void> {
      const { client, prefix } = await family(context);
      assertEquals(
        await play(client, "fetch from parent", prefix),
        "fetchSockets() is not supported on parent namespaces",
      );
    },
  },
  {
    name: "a parent asks the sockets of all its children",
    modes,
    needs: "children-in-bulk",
    async run(context): Promise<void> {
      const { client, prefix, children } = await family(context);
      for (const [place, child] of children.entries()) {
        child.on("question", (answer) => answer(`child ${place}`));
      }
      assertEquals(await play(client, "ask children", prefix), ["child 0", "child 1"]);
    },
  },
  {
    name: "a parent moves and disconnects the sockets of all its children",
    modes,
    needs: "children-in-bulk",
    async run(context): Promise<void> {
      const { client, prefix } = await family(context);
      assertEquals(await play(client, "move in children", prefix), {
        joined: [[true], [true]],
        left: [[false], [false]],
        sockets: [0, 0],
      });
    },
  },
];

/** A server that closes children without sockets, and has a parent; `name` is that of a child. */
async function tidyFamily(
  context: CaseContext,
  scenario: "make parent" | "make guarded parent",
): Promise<Pick<Family, "client" | "prefix"> & { server: ServerProcess; name: string }> {
  const server = await context.start({ cleanupEmptyChildNamespaces: true });
  const client = await context.connect(apiNamespace(), {}, server);
  const prefix = `/family-${unique()}-`;
  await play(client, scenario, prefix);
  return { server, client, prefix, name: `${prefix}a` };
}

const emptyCases: readonly ContractCase[] = [
  {
    name: "a child whose last socket has gone stays, by default",
    modes,
    async run(context): Promise<void> {
      const { client, prefix, children: [child] } = await family(context);
      const name = `${prefix}a`;
      assertEquals(await play(client, "same child as before", name), "first");
      const reason = disconnected(child);
      assertEquals(await play(client, "end a socket of", name), 0);
      assertEquals(await reason, "io server disconnect");
      await context.connect(name);
      assertEquals(await play(client, "same child as before", name), true);
    },
  },
  {
    name: "with cleanupEmptyChildNamespaces a child ends with its last socket and comes again",
    modes,
    async run(context): Promise<void> {
      const { server, client, prefix, name } = await tidyFamily(context, "make parent");
      for (let i = 0; i < 2; i++) await context.connect(name, {}, server);
      assertEquals(await play(client, "same child as before", name), "first");
      await play(client, "end a socket of", name);
      assertEquals(await play(client, "same child as before", name), true);
      await play(client, "end a socket of", name);
      await context.connect(name, {}, server);
      assertEquals(await play(client, "same child as before", name), false);
      const heard = next(await context.connect(name, {}, server), "last news");
      await play(client, "tell children", prefix);
      await heard;
    },
  },
  {
    name: "with cleanupEmptyChildNamespaces a child ends that has refused its only client",
    modes,
    async run(context): Promise<void> {
      const { server, client, name } = await tidyFamily(context, "make guarded parent");
      assertEquals(await play(client, "same child as before", name), "first");
      assertEquals((await refused(context.client(name, {}, server))).message, "no pass");
      await context.connect(name, { auth: { pass: 1 } }, server);
      assertEquals(await play(client, "same child as before", name), false);
    },
  },
];

export const parentCases: readonly ContractCase[] = [
  ...inheritanceCases,
  ...decisionCases,
  ...broadcastCases,
  ...emptyCases,
];
