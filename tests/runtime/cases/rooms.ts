/**
 * Cases: rooms and the selections of a broadcast.
 */
import { assertEquals } from "@std/assert";
import type { CastTarget } from "../app_types.ts";
import { ask, type CaseContext, type ClientSocket, disconnected } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

/** Clients a, b, c and d: a and b in room one, b and c in room two, d in none. */
class Party {
  readonly one: string;
  readonly two: string;
  readonly names = ["a", "b", "c", "d"] as const;
  readonly clients: ClientSocket[] = [];
  readonly #heard: string[] = [];

  private constructor(context: CaseContext) {
    this.one = context.tag();
    this.two = context.tag();
  }

  static async gather(context: CaseContext): Promise<Party> {
    const party = new Party(context);
    // A dynamic namespace of its own, so that a broadcast to everybody stays in this party.
    const namespace = `/numbered-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    for (const name of party.names) {
      const client = await context.connect(namespace);
      client.on("news", () => party.#heard.push(name));
      party.clients.push(client);
    }
    const rooms = [[party.one], [party.one, party.two], [party.two], []];
    for (const [i, client] of party.clients.entries()) await ask(client, "join", rooms[i]);
    return party;
  }

  get a(): ClientSocket {
    return this.client(0);
  }

  client(place: number): ClientSocket {
    const client = this.clients[place];
    if (!client) throw new RangeError(`Cannot find client ${place}`);
    return client;
  }

  /** Who hears of a broadcast that `a` asks for, in alphabetical order, once for each delivery. */
  async hearing(target: CastTarget): Promise<string> {
    this.#heard.length = 0;
    assertEquals(await ask(this.a, "cast", target, "news", []), true);
    for (const client of this.clients) await ask(client, "echo", "witness");
    return this.#heard.toSorted().join("");
  }
}

/** The rooms that the adapter knows, and those it knows of the client. */
function tablesOf(client: ClientSocket): Promise<readonly [string[], string[]]> {
  return new Promise((resolve) => {
    client.emit("adapter rooms", (rooms: string[], own: string[]) => resolve([rooms, own]));
  });
}

const membershipCases: readonly ContractCase[] = [
  {
    name: "a socket is in the room of its id, and in those it joins until it leaves them",
    async run(context): Promise<void> {
      const client = await context.connect();
      const id = client.id;
      assertEquals(await ask(client, "rooms"), [id]);
      assertEquals(await ask(client, "join", "x"), [id, "x"]);
      assertEquals(await ask(client, "join", ["y", "x", "z"]), [id, "x", "y", "z"]);
      assertEquals(await ask(client, "leave", "x"), [id, "y", "z"]);
      assertEquals(await ask(client, "leave", "never joined"), [id, "y", "z"]);
      assertEquals(await ask(client, "leave", id), ["y", "z"]);
    },
  },
  {
    name: "the adapter's tables show rooms as they are",
    async run(context): Promise<void> {
      const client = await context.connect("/rooms");
      const room = context.tag();
      await ask(client, "join", room);
      const [rooms, own] = await tablesOf(client);
      assertEquals([rooms.includes(room), own], [true, [client.id, room]]);
      await ask(client, "leave", room);
      const [after] = await tablesOf(client);
      assertEquals(after.includes(room), false);
    },
  },
  {
    name: "the adapter tells of rooms created, joined, left and deleted, in that order",
    async run(context): Promise<void> {
      const [first, second] = [await context.connect("/rooms"), await context.connect("/rooms")];
      const room = context.tag();
      const ids = [first.id, second.id];
      await ask(first, "join", room);
      await ask(second, "join", room);
      await ask(first, "leave", room);
      second.disconnect();
      await context.server.report({ kind: "delete-room", tag: room });
      const told = context.server.reportsOf({ tag: room, nsp: "/rooms" });
      assertEquals(told.map(({ kind, id }) => `${kind} ${ids.indexOf(String(id))}`), [
        "create-room -1",
        "join-room 0",
        "join-room 1",
        "leave-room 0",
        "leave-room 1",
        "delete-room -1",
      ]);
    },
  },
];

const selectionCases: readonly ContractCase[] = [
  {
    name: "to and in select rooms, each socket once; without rooms everybody is meant",
    async run(context): Promise<void> {
      const party = await Party.gather(context);
      const { one, two } = party;
      assertEquals(await party.hearing({ by: "namespace" }), "abcd");
      assertEquals(await party.hearing({ by: "namespace", to: one }), "ab");
      assertEquals(await party.hearing({ by: "namespace", in: one }), "ab");
      assertEquals(await party.hearing({ by: "namespace", to: one, in: two }), "abc");
      assertEquals(await party.hearing({ by: "namespace", to: [two, one] }), "abc");
      assertEquals(await party.hearing({ by: "namespace", to: "nobody's room" }), "");
    },
  },
  {
    name: "except takes rooms and sockets out of the selection",
    async run(context): Promise<void> {
      const party = await Party.gather(context);
      const { one, two } = party;
      const b = String(party.client(1).id);
      assertEquals(await party.hearing({ by: "namespace", except: one }), "cd");
      assertEquals(await party.hearing({ by: "namespace", except: [one, two] }), "d");
      assertEquals(await party.hearing({ by: "namespace", to: one, except: two }), "a");
      assertEquals(await party.hearing({ by: "namespace", to: [one, two], except: b }), "ac");
      assertEquals(await party.hearing({ by: "namespace", except: "nobody's room" }), "abcd");
    },
  },
  {
    name: "a socket's broadcast never reaches that socket",
    async run(context): Promise<void> {
      const party = await Party.gather(context);
      const { one, two } = party;
      const a = String(party.a.id);
      assertEquals(await party.hearing({ by: "socket" }), "bcd");
      assertEquals(await party.hearing({ by: "socket", to: one }), "b");
      assertEquals(await party.hearing({ by: "socket", to: [one, two] }), "bc");
      assertEquals(await party.hearing({ by: "socket", except: two }), "d");
      assertEquals(await party.hearing({ by: "socket", to: a }), "");
      assertEquals(await party.hearing({ by: "namespace", to: a }), "a");
    },
  },
  {
    name: "a binary broadcast reaches every transport whole",
    async run(context): Promise<void> {
      const party = await Party.gather(context);
      const bytes: number[][] = [];
      for (const client of party.clients) {
        client.on("bytes", (text: string, data: { part: Uint8Array }) => {
          bytes.push([text.length, ...data.part]);
        });
      }
      await ask(party.a, "cast", { by: "namespace" }, "bytes", ["é", {
        part: Uint8Array.of(1, 2),
      }]);
      for (const client of party.clients) await ask(client, "echo", "witness");
      assertEquals(bytes, Array.from({ length: 4 }, () => [1, 1, 2]));
    },
  },
];

const manyCases: readonly ContractCase[] = [
  {
    name: "fetchSockets shows id, data and rooms of the selected sockets",
    async run(context): Promise<void> {
      const party = await Party.gather(context);
      const { one, two } = party;
      await ask(party.client(1), "set data", { name: "b", n: [1] });
      const fetched = await ask(party.a, "fetch", one) as { id: string; data: unknown }[];
      const ids = [party.a.id, party.client(1).id];
      assertEquals(fetched.map(({ id }) => id), ids);
      assertEquals(
        fetched[1],
        {
          id: String(ids[1]),
          data: { name: "b", n: [1] },
          rooms: [ids[1], one, two],
        } as unknown as typeof fetched[1],
      );
    },
  },
  {
    name: "socketsJoin and socketsLeave move the selected sockets",
    async run(context): Promise<void> {
      const party = await Party.gather(context);
      const { one, two } = party;
      await ask(party.a, "join all", two, one);
      assertEquals(await party.hearing({ by: "namespace", to: one }), "abc");
      await ask(party.a, "leave all", two, one);
      assertEquals(await party.hearing({ by: "namespace", to: one }), "a");
    },
  },
  {
    name: "disconnectSockets disconnects the selected sockets",
    async run(context): Promise<void> {
      const party = await Party.gather(context);
      for (const [room, close] of [[party.two, false], [party.one, true]] as const) {
        const leaving = room === party.two ? [1, 2] : [0];
        const reasons = Promise.all(leaving.map((place) => disconnected(party.client(place))));
        party.client(room === party.two ? 0 : 3).emit("disconnect all", room, close);
        assertEquals(await reasons, leaving.map(() => "io server disconnect"));
      }
      assertEquals(await ask(party.client(3), "echo", "still in"), "still in");
    },
  },
  {
    name: "a socket that disconnects is in no room any more",
    async run(context): Promise<void> {
      const party = await Party.gather(context);
      const leaver = party.client(1);
      const id = String(leaver.id);
      leaver.emit("leave namespace");
      await disconnected(leaver);
      party.clients.splice(1, 1);
      assertEquals(await party.hearing({ by: "namespace", to: [party.one, party.two] }), "ac");
      const [rooms] = await tablesOf(party.a);
      assertEquals(rooms.includes(id), false);
    },
  },
];

export const roomCases: readonly ContractCase[] = [
  ...membershipCases,
  ...selectionCases,
  ...manyCases,
];
