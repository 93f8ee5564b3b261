/**
 * Cases: the lists of listeners, their order and their `this`, and errors that middlewares make.
 */
import { assertEquals } from "@std/assert";
import { alone, apiNamespace, play } from "../api_clients.ts";
import { ask, type CaseContext, type ClientSocket } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const modes = ["websocket"] as const;

/** Plays a scenario, emits what is to be heard of, and gives what the scenario noted. */
async function noted(
  context: CaseContext,
  scenario: string,
  events: readonly string[],
): Promise<unknown> {
  const client = await alone(context);
  await play(client, scenario);
  for (const event of events) client.emit(event);
  return await play(client, "noted");
}

const orderCases: readonly ContractCase[] = [
  {
    name: "listeners are called in their order, prepended ones first, those of once one time",
    modes,
    async run(context): Promise<void> {
      assertEquals(await noted(context, "listen in order", ["call", "call"]), [
        "once, before all",
        "first",
        "second",
        "third",
        "once, after all",
        "first",
        "second",
        "third",
      ]);
    },
  },
  {
    name: "a listener that is there twice is called twice, and off takes the last one",
    modes,
    async run(context): Promise<void> {
      assertEquals(await noted(context, "listen twice", ["call"]), ["twice", "between"]);
    },
  },
  {
    name: "listeners that come and go during an event count from the next one on",
    modes,
    async run(context): Promise<void> {
      assertEquals(
        await noted(context, "change listeners while they are called", ["call", "call"]),
        ["first", "later", "new"],
      );
    },
  },
  {
    name: "removeListener finds a once listener by the function that it was given",
    modes,
    async run(context): Promise<void> {
      assertEquals(await noted(context, "take once listeners away", ["call"]), ["only"]);
    },
  },
  {
    name: "listeners themselves are no events: newListener and removeListener are not fired",
    modes,
    needs: "quiet-listeners",
    async run(context): Promise<void> {
      assertEquals(await noted(context, "listen to listeners", []), []);
    },
  },
];

/** What listeners, rawListeners, listenerCount, eventNames and the like tell everywhere. */
const LISTS = {
  listeners: [2, true, true],
  raw: [2, true, true, true],
  counts: [2, 1, 0],
  names: ["listed", "other"],
  max: 10,
  one: [0, 1],
  none: 0,
};

const listCases: readonly ContractCase[] = [
  {
    name: "the lists of a socket tell listeners, their number and the names of their events",
    modes,
    async run(context): Promise<void> {
      assertEquals(await play(await alone(context), "lists of a socket"), LISTS);
    },
  },
  {
    name: "the lists of a namespace tell listeners, their number and the names of their events",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      assertEquals(await play(client, "lists of a namespace", apiNamespace()), LISTS);
    },
  },
  {
    name: "listeners of the server are those of its main namespace",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      assertEquals(await play(client, "listeners of the server", context.tag()), {
        main: 1,
        after: 0,
        names: false,
      });
    },
  },
];

const ownerCases: readonly ContractCase[] = [
  {
    name: "listeners of a socket are called as its methods, whatever they listen to",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const tag = context.tag();
      await play(client, "this of listeners", tag);
      client.emit("call");
      client.emit("refuse");
      await play(client, "noted");
      client.disconnect();
      const report = await context.server.report({ tag, kind: "this of listeners" });
      assertEquals(report["noted"], [
        ["outgoing", true],
        ["incoming", true],
        ["event", true],
        ["error", true],
        ["disconnecting", true],
        ["disconnect", true],
      ]);
    },
  },
  {
    name: "listeners of a namespace, of its rooms and of new namespaces are called as methods",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const name = apiNamespace().replace("api", "owners");
      await play(client, "this of listeners of namespaces", name);
      await context.join(client, name);
      assertEquals(await play(client, "noted"), [
        ["new_namespace", true],
        ["create-room", true],
        ["join-room", true],
        ["connection", true],
      ]);
    },
  },
];

/** Sends an event that a middleware of "use several" refuses or lets through. */
async function sent(client: ClientSocket, event: string): Promise<void> {
  client.emit(event);
  await play(client, "noted");
}

const middlewareCases: readonly ContractCase[] = [
  {
    name: "event middlewares run in order, each when the one before has called next",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "use several");
      await sent(client, "call");
      const seen = await play(client, "noted") as unknown[];
      assertEquals(seen.filter((line) => !String(line).endsWith(" play")), [
        "first call",
        "second call",
        "handled call",
      ]);
    },
  },
  {
    name: "an error of an event middleware, with its data, is for 'error' listeners alone",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "use several");
      await sent(client, "refuse");
      const seen = await play(client, "noted") as unknown[];
      assertEquals(seen.filter((line) => !String(line).endsWith(" play")), [
        "first refuse",
        { message: "no", data: { code: 7 }, isError: true },
      ]);
    },
  },
  {
    name: "an error of an event middleware that nobody listens to drops the event alone",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "refuse without listener");
      client.emit("refuse");
      assertEquals(await play(client, "noted"), []);
      assertEquals(client.connected, true);
    },
  },
  {
    name: "an event middleware sees all of an event and may acknowledge it in place of a listener",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "answer in a middleware");
      assertEquals(await ask(client, "guarded", 1), "answered by the middleware");
      assertEquals(await play(client, "noted"), [["string", "number", "function"]]);
    },
  },
  {
    name: "an event that a client names 'error' reaches the 'error' listeners",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "listen to errors");
      client.emit("error", "from the client");
      assertEquals(await play(client, "noted"), ["from the client"]);
      assertEquals(client.connected, true);
    },
  },
];

export const listenerCases: readonly ContractCase[] = [
  ...orderCases,
  ...listCases,
  ...ownerCases,
  ...middlewareCases,
];
