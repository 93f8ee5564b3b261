/**
 * Cases: many sockets at once, and sockets that were fetched.
 */
import { assertEquals } from "@std/assert";
import { apiNamespace, gather, hearing, pair, play } from "../api_clients.ts";
import { ask, type CaseContext, type ClientSocket, disconnected } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const modes = ["websocket"] as const;

/** Four clients: the first is in no room, the others in one, in one and two, in two. */
async function seated(
  context: CaseContext,
): Promise<readonly [ClientSocket, ...ClientSocket[]]> {
  const clients = await gather(context, 4);
  await play(clients[0], "seat", [[], ["one"], ["one", "two"], ["two"]]);
  return clients;
}

const fetchCases: readonly ContractCase[] = [
  {
    name: "fetchSockets gives the sockets that a broadcast would reach",
    modes,
    async run(context): Promise<void> {
      const [client] = await seated(context);
      assertEquals(await play(client, "fetch in all ways"), {
        namespace: "0123",
        in: "12",
        to: "123",
        except: "03",
        both: "3",
        local: "0123",
        localRoom: "23",
        socket: "123",
        socketRoom: "12",
        socketIn: "123",
        socketExcept: "3",
        socketLocal: "123",
        nobody: "",
      });
    },
  },
  {
    name: "fetched sockets of this server are the sockets themselves",
    modes,
    async run(context): Promise<void> {
      const [client] = await seated(context);
      assertEquals(await play(client, "fetch itself"), {
        same: true,
        id: true,
        data: true,
        handshake: true,
        rooms: ["fetched"],
        again: 4,
      });
    },
  },
  {
    name: "a fetched socket can be told, asked for one answer, and moved between rooms",
    async run(context): Promise<void> {
      const [client, other] = await pair(context);
      other.on("question", (answer) => answer("one answer", "dropped"));
      const heard = hearing([other], ["news"]);
      assertEquals(await play(client, "use a fetched socket"), {
        told: true,
        answer: [null, "one answer", "dropped"],
        late: "operation has timed out",
        promised: "one answer",
        rooms: ["x", "z"],
      });
      assertEquals(heard, ["0 told"]);
    },
  },
  {
    name: "a fetched socket can be disconnected, with and without its connection",
    modes,
    async run(context): Promise<void> {
      for (const close of [undefined, false, true]) {
        const [client, other] = await pair(context);
        const elsewhere = await context.join(other, "/");
        const leaving = close ? [other, elsewhere] : [other];
        const reasons = Promise.all(leaving.map((each) => disconnected(each)));
        const outcome = await play(client, "disconnect a fetched socket", close);
        assertEquals(outcome, { itself: true, left: 1 });
        assertEquals(await reasons, leaving.map(() => "io server disconnect"));
        if (!close) assertEquals(await ask(elsewhere, "echo", "still in"), "still in");
      }
    },
  },
  {
    name: "allSockets gives the ids of a namespace or of rooms",
    modes,
    async run(context): Promise<void> {
      const [client] = await seated(context);
      const main = await context.join(client, "/");
      const room = context.tag();
      await ask(main, "join", room);
      assertEquals(await play(client, "all sockets", room), {
        namespace: [true, "0123"],
        room: [true, "23"],
        server: true,
        serverRoom: 1,
      });
    },
  },
  {
    name: "allSockets leaves out the rooms of except",
    modes,
    needs: "ids-without-exceptions",
    async run(context): Promise<void> {
      const [client] = await seated(context);
      assertEquals(await play(client, "all sockets but some"), [true, false, false, true]);
    },
  },
];

const moveCases: readonly ContractCase[] = [
  {
    name: "socketsJoin and socketsLeave move all that are selected, before they return",
    modes,
    async run(context): Promise<void> {
      const [client] = await seated(context);
      assertEquals(await play(client, "move in all ways"), {
        namespace: "0123, then 0, undefined undefined",
        in: "12, then 0, undefined undefined",
        except: "03, then 0, undefined undefined",
        local: "23, then 0, undefined undefined",
        socket: "123, then 0, undefined undefined",
      });
    },
  },
  {
    name: "socketsJoin and socketsLeave take several rooms",
    modes,
    async run(context): Promise<void> {
      const [client] = await seated(context);
      assertEquals(await play(client, "move to several rooms"), [
        ["x", "y", "z"],
        ["y"],
        ["y"],
        ["x", "y", "z"],
      ]);
    },
  },
  {
    name: "fetchSockets, socketsJoin and socketsLeave of the server mean its main namespace",
    modes,
    async run(context): Promise<void> {
      const [client, other] = await pair(context);
      const room = context.tag();
      for (const each of [client, other]) await ask(await context.join(each, "/"), "join", room);
      assertEquals(await play(client, "bulk of the server", room), {
        fetched: 2,
        same: true,
        everybody: true,
        moves: [true, true, true, true],
      });
    },
  },
];

/** Who stays when each selection is disconnected, with all the ways to say that. */
const STAYING: readonly (readonly [string, readonly boolean[]])[] = [
  ["namespace", [false, false, false, false]],
  ["room", [true, true, false, false]],
  ["except", [false, true, true, false]],
  ["local", [true, true, false, false]],
  ["others", [true, false, false, false]],
];

const disconnectCases: readonly ContractCase[] = [
  {
    name: "disconnectSockets disconnects all that are selected, before it returns",
    modes,
    async run(context): Promise<void> {
      for (const [selection, staying] of STAYING) {
        const clients = await seated(context);
        const leaving = clients.filter((_client, place) => !staying[place]);
        const reasons = Promise.all(leaving.map((client) => disconnected(client)));
        const [client] = clients;
        const asked = play(client, "disconnect in all ways", selection);
        if (staying[0]) assertEquals(await asked, staying, selection);
        else asked.catch(() => {}); // there is no socket left to answer with
        assertEquals(await reasons, leaving.map(() => "io server disconnect"), selection);
      }
    },
  },
  {
    name: "disconnectSockets ends one namespace, or with true the connections",
    modes,
    async run(context): Promise<void> {
      for (const close of [false, true]) {
        const [client, other] = await pair(context);
        const elsewhere = await context.join(other, "/");
        const leaving = close ? [other, elsewhere] : [other];
        const reasons = Promise.all(leaving.map((each) => disconnected(each)));
        const outcome = await play(client, "disconnect in all ways", "others", close);
        assertEquals(outcome, [true, false]);
        assertEquals(await reasons, leaving.map(() => "io server disconnect"));
        if (!close) assertEquals(await ask(elsewhere, "echo", "still in"), "still in");
      }
    },
  },
  {
    name: "disconnectSockets of the server empties the main namespace and no other",
    modes,
    async run(context): Promise<void> {
      const server = await context.start({});
      const client = await context.connect(apiNamespace(), {}, server);
      const main = await context.join(client, "/");
      const other = await context.connect("/", {}, server);
      const reasons = Promise.all([disconnected(main), disconnected(other)]);
      assertEquals(await play(client, "disconnect the server's sockets", false), 0);
      assertEquals(await reasons, ["io server disconnect", "io server disconnect"]);
      assertEquals(await play(client, "disconnect the server's sockets", true), 0);
    },
  },
];

export const bulkCases: readonly ContractCase[] = [
  ...fetchCases,
  ...moveCases,
  ...disconnectCases,
];
