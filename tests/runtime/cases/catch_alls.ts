/**
 * Cases: listeners of every event, incoming and outgoing.
 */
import { assertEquals } from "@std/assert";
import { alone, gather, play } from "../api_clients.ts";
import { ask } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const modes = ["websocket"] as const;

const incomingCases: readonly ContractCase[] = [
  {
    name: "catch-all listeners are called in order, before middlewares and listeners",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "watch in order");
      client.emit("call", 1);
      assertEquals(await play(client, "noted"), [
        ["first", "number"],
        ["second", "number"],
        ["third", "number"],
        ["middleware"],
        ["listener"],
      ]);
    },
  },
  {
    name: "catch-all listeners see the acknowledgement as the last value",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "watch in order");
      client.emit("call", "a", () => {});
      const [first] = await play(client, "noted") as unknown[];
      assertEquals(first, ["first", "string", "function"]);
    },
  },
  {
    name: "offAny takes one registration of a listener, and no other listener",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      assertEquals(await play(client, "watch thrice"), 1);
      client.emit("call");
      assertEquals(await play(client, "noted"), ["watch"]);
    },
  },
  {
    name: "catch-all listeners that come and go during an event count from the next one on",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "change watchers while they are called");
      client.emit("call");
      assertEquals(await play(client, "noted"), ["first", "later", "new"]);
    },
  },
  {
    name: "listenersAny and listenersAnyOutgoing give the listeners in order",
    modes,
    async run(context): Promise<void> {
      assertEquals(await play(await alone(context), "lists of watchers"), {
        before: [0, 0],
        held: [true, true, true, true],
        after: [0, 0],
      });
    },
  },
  {
    name: "the arrays of listenersAny and listenersAnyOutgoing may be changed in place",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "change the lists of watchers");
      client.emit("call");
      assertEquals(await play(client, "noted"), []);
    },
  },
];

const outgoingCases: readonly ContractCase[] = [
  {
    name: "outgoing catch-all listeners hear an event once for each recipient, without callback",
    modes,
    async run(context): Promise<void> {
      const [client] = await gather(context, 3);
      assertEquals(await play(client, "watch what goes out"), {
        own: [[0, "own", 1]],
        all: [[0, "all", "x"], [1, "all", "x"], [2, "all", "x"]],
        others: [[1, "others"], [2, "others"]],
        binary: [[0, "binary", { part: "bytes" }]],
        asked: [[0, "asked", 2], [1, "asked", 2], [2, "asked", 2]],
        volatile: [[0, "volatile"]],
        message: [[0, "message", "message"], [1, "message", "message"], [2, "message", "message"]],
      });
    },
  },
  {
    name: "outgoing catch-all listeners are called in order, and may be removed meanwhile",
    modes,
    async run(context): Promise<void> {
      assertEquals(await play(await alone(context), "watch what goes out in order"), [
        "first",
        "second, once",
        "third",
        "first",
        "third",
      ]);
    },
  },
  {
    name: "outgoing catch-all listeners do not hear acknowledgements",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "watch acknowledgements");
      await ask(client, "play", "noted", []);
      assertEquals(await play(client, "noted"), []);
    },
  },
];

export const catchAllCases: readonly ContractCase[] = [...incomingCases, ...outgoingCases];
