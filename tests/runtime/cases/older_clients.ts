/**
 * Cases: clients of Socket.IO 1 and 2 beside those of 4, in the rooms of one server.
 *
 * - The older client is a raw session of Engine.IO revision 3, in the way of the case; the newer one
 *   is the published client.
 */
import { assert, assertEquals } from "@std/assert";
import { OLDER_FORMS, type OlderClient, type OlderForm } from "../../support/older_client.ts";
import { ask as fetchText, engineUrl } from "../../support/raw_engine.ts";
import type { OlderPacket } from "../../support/raw_engine_v3.ts";
import { eventually } from "../../support/waiting.ts";
import { play } from "../api_clients.ts";
import {
  ask,
  type CaseContext,
  type ClientSocket,
  disconnected,
  type Mode,
  next,
  upgraded,
} from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const FORMS: Readonly<Record<Mode, OlderForm>> = {
  polling: "polling",
  websocket: "WebSocket",
  upgrade: "WebSocket after an upgrade",
};

/** Both clients, who are in one room. */
interface Pair extends AsyncDisposable {
  readonly older: OlderClient;
  readonly newer: ClientSocket;
  readonly room: string;
  readonly tag: string;
}

/** The values of the next packet of an older client, which has this header. */
async function read(client: OlderClient, header: string): Promise<unknown[]> {
  const [packet] = await client.receive(1);
  const text = String(packet);
  assert(text.startsWith(header), `Expected ${header}, found ${text}`);
  return JSON.parse(text.slice(header.length)) as unknown[];
}

/** Emits as an older client and gives the first value of the acknowledgement. */
async function askOlder(client: OlderClient, event: string, ...args: unknown[]): Promise<unknown> {
  await client.send(`427${JSON.stringify([event, ...args])}`);
  return (await read(client, "437"))[0];
}

/** Both clients in "/", and in a room that nobody else is in. */
async function pair(context: CaseContext): Promise<Pair> {
  const tag = context.tag();
  const room = context.tag();
  const older = await OLDER_FORMS[FORMS[context.mode]](context.server, { tag });
  const newer = await context.connect();
  if (context.mode === "upgrade") await upgraded(newer);
  await askOlder(older, "join", room);
  await ask(newer, "join", room);
  return { older, newer, room, tag, [Symbol.asyncDispose]: () => older[Symbol.asyncDispose]() };
}

const broadcastCases: readonly ContractCase[] = [
  {
    name: "a broadcast of text and binary reaches clients of both revisions in one room",
    profile: "older",
    async run(context): Promise<void> {
      await using both = await pair(context);
      const { older, newer, room } = both;
      const heard = next(newer, "news");
      const target = { by: "namespace", to: room };
      await ask(newer, "cast", target, "news", ["é€😀", { part: Uint8Array.of(1, 2, 255) }, [
        null,
      ]]);
      const [text, data, rest] = await heard;
      const { part } = data as { readonly part: Uint8Array };
      assertEquals([text, [...part], rest], ["é€😀", [1, 2, 255], [null]]);
      const packets: readonly OlderPacket[] = await older.receive(2);
      assertEquals(packets, [
        '451-["news","é€😀",{"part":{"_placeholder":true,"num":0}},[null]]',
        Uint8Array.of(4, 1, 2, 255),
      ]);
    },
  },
  {
    name: "broadcasts of clients of both revisions reach the other, in order, and not their sender",
    profile: "older",
    async run(context): Promise<void> {
      await using both = await pair(context);
      const { older, newer, room } = both;
      const target = { by: "socket", to: room };
      for (const n of [1, 2, 3]) await ask(newer, "cast", target, "news", [n, "€"]);
      for (const n of [1, 2, 3]) assertEquals(await read(older, "42"), ["news", n, "€"]);
      const heard: unknown[] = [];
      newer.on("news", (...args: unknown[]) => heard.push(args));
      for (const n of [4, 5]) {
        assertEquals(await askOlder(older, "cast", target, "news", [n, "€"]), true);
      }
      await ask(newer, "echo", "witness");
      assertEquals(heard, [[4, "€"], [5, "€"]]);
    },
  },
  {
    name: "a broadcast collects the acknowledgements of clients of both revisions",
    profile: "older",
    async run(context): Promise<void> {
      await using both = await pair(context);
      const { older, newer, room } = both;
      newer.on("question", (ack: (answer: unknown) => void) => ack("newer"));
      const target = { by: "namespace", to: room, timeout: 5_000 };
      const asking = ask(newer, "cast by promise", target, "question");
      const [packet] = await older.receive(1);
      const [, id = ""] = /^42(\d+)\["question"\]$/.exec(String(packet)) ?? [];
      assert(id !== "", String(packet));
      await older.send(`43${id}["older"]`);
      const { error, answer } = await asking as { error: unknown; answer: unknown[] };
      assertEquals([error, answer.toSorted()], [null, ["newer", "older"]]);
    },
  },
];

const bulkCases: readonly ContractCase[] = [
  {
    name: "fetchSockets, socketsJoin and socketsLeave have clients of both revisions",
    profile: "older",
    async run(context): Promise<void> {
      await using both = await pair(context);
      const { older, newer, room } = both;
      const { id } = await askOlder(older, "state") as { readonly id: string };
      const ids = async (from: string): Promise<readonly string[]> => {
        const found = await ask(newer, "fetch", from) as readonly { readonly id: string }[];
        return found.map((it) => it.id).toSorted();
      };
      const expected = [id, String(newer.id)].toSorted();
      assertEquals(await ids(room), expected);
      await ask(newer, "join all", room, `${room} too`);
      assertEquals(await ids(`${room} too`), expected);
      assertEquals(await askOlder(older, "rooms"), [id, room, `${room} too`]);
      await ask(newer, "leave all", room, `${room} too`);
      assertEquals(await ids(`${room} too`), []);
    },
  },
  {
    name: "disconnectSockets tells clients of both revisions, whose sessions go on",
    profile: "older",
    async run(context): Promise<void> {
      await using both = await pair(context);
      const { older, newer, room, tag } = both;
      const told = disconnected(newer);
      newer.emit("disconnect all", room, false);
      assertEquals(await told, "io server disconnect");
      assertEquals(await older.receive(1), ["41"]);
      await context.server.report({
        tag,
        kind: "disconnect",
        reason: "server namespace disconnect",
      });
      await older.send("40");
      assertEquals(await older.receive(1), ["40"]);
      assertEquals(await askOlder(older, "echo", "again"), "again");
    },
  },
  {
    name: "disconnectSockets(true) ends the sessions of clients of both revisions",
    profile: "older",
    async run(context): Promise<void> {
      await using both = await pair(context);
      const { older, newer, room } = both;
      const told = disconnected(newer);
      newer.emit("disconnect all", room, true);
      assertEquals(await told, "io server disconnect");
      assertEquals(await older.receive(1), ["41"]);
      // A close packet over polling, the end of the WebSocket elsewhere.
      const last = await eventually("the end of the older client", async () => {
        const [packet] = await older.receive(1).catch(() => ["gone"]);
        return packet === "6" ? undefined : packet;
      });
      assertEquals(last, context.mode === "polling" ? "1" : "gone");
    },
  },
];

const protocolCases: readonly ContractCase[] = [
  {
    name: "conn.protocol is 3 and 4, and stays so",
    profile: "older",
    async run(context): Promise<void> {
      await using both = await pair(context);
      const { older, newer } = both;
      const seen = [await askOlder(older, "state"), await ask(newer, "state")];
      const transport = context.mode === "upgrade" ? "websocket" : context.mode;
      assertEquals(seen.map((it) => (it as { protocol: number }).protocol), [3, 4]);
      assertEquals(seen.map((it) => (it as { transport: string }).transport), [
        transport,
        transport,
      ]);
      assertEquals(seen.map((it) => (it as { known: boolean }).known), [true, true]);
      await older.send("40/engine");
      assertEquals(await older.receive(1), ["40/engine,"]);
      await older.send('42/engine,1["play","look",[]]');
      const [look] = await read(older, "43/engine,1");
      const { protocol, transport: shown } = look as {
        readonly protocol: number;
        readonly transport: unknown;
      };
      assertEquals([protocol, shown], [3, { name: transport, readyState: "open", protocol: 3 }]);
    },
  },
  {
    name: "an older client ends with the reason of its end, as every client does",
    profile: "older",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const both = await pair(context);
      await both.older[Symbol.asyncDispose]();
      const reason = "transport close";
      await context.server.report({ tag: both.tag, kind: "disconnect", reason });
    },
  },
  {
    name: "a request of the other revision tells both in its context, on sessions of both",
    profile: "older",
    modes: ["polling"],
    async run(context): Promise<void> {
      for (const [protocol, previousProtocol] of [[4, 3], [3, 4]]) {
        const tag = context.tag();
        const own = { EIO: String(previousProtocol), transport: "polling", tag };
        const opened = await fetchText(engineUrl(context.server.url, own));
        const [, sid = ""] = /"sid":"([^"]+)"/.exec(opened.text) ?? [];
        const other = { EIO: String(protocol), transport: "polling", tag, sid };
        const refused = await fetchText(engineUrl(context.server.url, other));
        assertEquals([refused.status, refused.text], [400, '{"code":3,"message":"Bad request"}']);
        const told = await context.server.report({ tag, kind: "connection_error" });
        assertEquals([told["code"], told["message"], told["context"]], [
          3,
          "Bad request",
          { name: "PROTOCOL_MISMATCH", protocol, previousProtocol },
        ]);
      }
    },
  },
  {
    name: "connection_error tells the revision that is not let in",
    modes: ["polling"],
    async run(context): Promise<void> {
      const tag = context.tag();
      const query = { EIO: "3", transport: "polling", tag };
      const refused = await fetchText(engineUrl(context.server.url, query));
      const message = "Unsupported protocol version";
      assertEquals([refused.status, refused.text], [400, JSON.stringify({ code: 5, message })]);
      const told = await context.server.report({ tag, kind: "connection_error" });
      assertEquals([told["code"], told["message"], told["context"]], [5, message, { protocol: 3 }]);
    },
  },
  {
    name: "connection_error tells what a request says in the place of a revision that is known",
    profile: "older",
    modes: ["polling"],
    needs: "revision-must-be-named",
    async run(context): Promise<void> {
      for (const [EIO, expected] of [["5", { protocol: "5" }], [undefined, {}]] as const) {
        const tag = context.tag();
        const query = { transport: "polling", tag, ...(EIO ? { EIO } : {}) };
        const refused = await fetchText(engineUrl(context.server.url, query));
        const message = "Unsupported protocol version";
        assertEquals([refused.status, refused.text], [400, JSON.stringify({ code: 5, message })]);
        const told = await context.server.report({ tag, kind: "connection_error" });
        assertEquals([told["code"], told["message"], told["context"]], [5, message, expected]);
      }
    },
  },
  {
    name: "connection_error tells the origin of a page that may not poll with scripts",
    profile: "older",
    modes: ["polling"],
    needs: "jsonp-of-known-pages",
    async run(context): Promise<void> {
      for (
        const [headers, origin] of [
          [{}, "null"],
          [{ Referer: "http://other.example/page" }, "http://other.example"],
        ] as const
      ) {
        const tag = context.tag();
        const query = { EIO: "3", transport: "polling", j: "0", tag };
        const refused = await fetchText(engineUrl(context.server.url, query), { headers });
        assertEquals([refused.status, refused.text], [403, '{"code":4,"message":"Forbidden"}']);
        const told = await context.server.report({ tag, kind: "connection_error" });
        const expected = { name: "ORIGIN_NOT_ALLOWED", origin };
        assertEquals([told["code"], told["message"], told["context"]], [4, "Forbidden", expected]);
      }
    },
  },
  {
    name: "engine.opts tells whether allowEIO3 is set",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await context.start({ allowEIO3: true });
      for (const [asked, expected] of [[server, true], [context.server, false]] as const) {
        const client = await context.connect("/engine", {}, asked);
        const { allowEIO3 } = await play(client, "opts") as { readonly allowEIO3: unknown };
        assertEquals(allowEIO3, expected);
      }
    },
  },
];

export const olderClientCases: readonly ContractCase[] = [
  ...broadcastCases,
  ...bulkCases,
  ...protocolCases,
];
