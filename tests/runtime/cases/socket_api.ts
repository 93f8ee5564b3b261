/**
 * Cases: the members of a socket that is in, and how its flags, rooms and end behave.
 */
import { assertEquals } from "@std/assert";
import { alone, apiNamespace, gather, hearing, pair, play } from "../api_clients.ts";
import { lack } from "../capabilities.ts";
import { ask, next } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

/** What the server does with its own objects is the same over every transport. */
const modes = ["websocket"] as const;

const TIMED_OUT = "operation has timed out";

const memberCases: readonly ContractCase[] = [
  {
    name: "a socket knows its namespace, server, adapter, connection and first request",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      assertEquals(await play(client, "belongings"), {
        namespace: true,
        known: true,
        server: true,
        ownServer: true,
        adapter: true,
        conn: true,
        session: true,
        secret: true,
        request: true,
        requestOfConn: true,
      });
    },
  },
  {
    name: "the request of a socket that is in has no response any more",
    async run(context): Promise<void> {
      assertEquals(await play(await alone(context), "response of the request"), null);
    },
  },
  {
    name: "the sockets of a client in two namespaces share connection and request alone",
    modes,
    async run(context): Promise<void> {
      const [first, second] = [apiNamespace(), apiNamespace()];
      const client = await context.connect(first);
      const other = await context.join(client, second);
      assertEquals(await play(other, "sharing", first), {
        client: true,
        conn: true,
        request: true,
        handshake: false,
        data: false,
        id: false,
      });
    },
  },
  {
    name: "methods of a socket that can be chained give the socket",
    modes,
    async run(context): Promise<void> {
      assertEquals(await play(await alone(context), "not chained"), []);
    },
  },
  {
    name: "emit gives true, join and leave give nothing, broadcasts give operators",
    modes,
    async run(context): Promise<void> {
      assertEquals(await play(await alone(context), "given"), {
        emit: true,
        join: "undefined",
        leave: "undefined",
        emitWithAck: true,
        operators: [true, true, true, true, true],
        maxListeners: 20,
      });
    },
  },
  {
    name: "send and write of a socket are the event 'message'",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const heard = hearing([client], ["message"]);
      await play(client, "not chained");
      assertEquals(heard, ["0 sent", "0 written"]);
    },
  },
];

const roomCases: readonly ContractCase[] = [
  {
    name: "socket.rooms is a set that shows joining and leaving as they happen",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      assertEquals(await play(client, "live rooms"), {
        isSet: true,
        same: true,
        joined: [client.id, "x", "y"],
        left: [client.id, "y"],
      });
    },
  },
  {
    name: "leaveAll leaves every room, its own too",
    modes,
    async run(context): Promise<void> {
      assertEquals(await play(await alone(context), "leave all rooms"), []);
    },
  },
  {
    name: "a socket may still join at 'disconnecting', and joins nothing at 'disconnect'",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const { id } = client;
      const tag = context.tag();
      await play(client, "rooms at the end", tag);
      const leaving = await context.server.report({ tag, kind: "at disconnecting" });
      assertEquals([leaving["rooms"], leaving["connected"]], [[id, "x", "late"], true]);
      const left = await context.server.report({ tag, kind: "at disconnect" });
      assertEquals([left["rooms"], left["connected"]], [[], false]);
      const over = await context.server.report({ tag, kind: "room left over" });
      assertEquals(over["rooms"], []);
    },
  },
];

const endCases: readonly ContractCase[] = [
  {
    name: "a socket that has disconnected still takes calls, and sends nothing",
    modes,
    async run(context): Promise<void> {
      const [client, other] = await pair(context);
      const tag = context.tag();
      await play(client, "use after the end", tag);
      const { emit, sent, disconnect, closed, states, late } = await context.server.report({
        tag,
        kind: "used after the end",
      });
      assertEquals([emit, sent, disconnect, closed], [true, true, true, true]);
      const endsAtOnce = lack(context.target.name, "ends-waits") === undefined;
      const end = endsAtOnce ? "socket has been disconnected" : TIMED_OUT;
      assertEquals([states, late], [[false, true], end]);
      assertEquals(await play(other, "noted"), []);
    },
  },
  {
    name: "outgoing catch-all listeners hear what a disconnected socket emits",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const tag = context.tag();
      await play(client, "use after the end", tag);
      await context.server.report({ tag, kind: "used after the end" });
      const heard = context.server.reportsOf({ tag, kind: "outgoing" });
      assertEquals(heard.map(({ event }) => event), ["unheard", "message", "unheard"]);
    },
  },
];

const flagCases: readonly ContractCase[] = [
  {
    name: "timeout() counts for the next emit alone",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      client.on("question", (answer) => answer("answer"));
      assertEquals(await play(client, "timeout of one emit"), {
        first: [null, "answer"],
        second: ["answer"],
      });
    },
  },
  {
    name: "an emit without a callback takes the timeout() too",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      client.on("question", (answer) => answer("answer"));
      assertEquals(await play(client, "timeout of an emit without callback"), ["answer"]);
    },
  },
  {
    name: "an operator that a socket makes takes the flags of the socket with it",
    modes,
    async run(context): Promise<void> {
      const clients = await gather(context, 2);
      for (const client of clients) client.on("question", (answer) => answer(client.id));
      const [asker, other] = clients;
      assertEquals(await play(asker, "flags taken by an operator"), {
        socket: [asker.id],
        operator: [other?.id],
      });
    },
  },
  {
    name: "compress is taken in every place and changes nothing that arrives",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const main = await context.join(client, "/");
      const room = context.tag();
      await ask(main, "join", room);
      const heard = hearing([client, main], ["news"]);
      const last = next(main, "news");
      await play(client, "compress", room);
      await last;
      assertEquals(heard, [
        "0 socket, true",
        "0 socket, mixed",
        "0 namespace",
        "0 operator",
        "1 server",
      ]);
    },
  },
];

const askCases: readonly ContractCase[] = [
  {
    name: "the callback of an emit is called as a method of the socket, in time and too late",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      client.on("question", (answer) => answer());
      const owners = await play(client, "this of callbacks") as Record<string, boolean>;
      const { socket, inTime, tooLate } = owners;
      assertEquals([socket, inTime, tooLate], [true, true, true]);
    },
  },
  {
    name: "the callback of a broadcast is called as a method of its operator",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      client.on("question", (answer) => answer());
      const { operator } = await play(client, "this of callbacks") as Record<string, boolean>;
      assertEquals(operator, true);
    },
  },
  {
    name: "emitWithAck rejects in time; of a broadcast, with the answers so far",
    modes,
    async run(context): Promise<void> {
      const [client, other] = await pair(context);
      other.on("silence", (answer) => answer("heard"));
      assertEquals(await play(client, "answers that never come"), {
        socket: { message: TIMED_OUT },
        namespace: { message: TIMED_OUT, responses: ["heard"] },
        operator: { message: TIMED_OUT, responses: [] },
        broadcast: { message: "none, but heard" },
      });
    },
  },
  {
    name: "reserved names are refused by everything that emits",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const names = ["connect", "connect_error", "disconnect", "disconnecting", "newListener"];
      for (const name of [...names, "removeListener"]) {
        const text = `"${name}" is a reserved event name`;
        assertEquals(await play(client, "reserved names", name), {
          server: text,
          namespace: text,
          operator: text,
          socket: text,
          broadcast: text,
          promise: text,
          promiseOfMany: text,
        });
      }
    },
  },
];

export const socketApiCases: readonly ContractCase[] = [
  ...memberCases,
  ...roomCases,
  ...endCases,
  ...flagCases,
  ...askCases,
];
