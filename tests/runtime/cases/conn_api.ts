/**
 * Cases: what `socket.conn` shows, takes and tells; its events in their order.
 */
import { assert, assertEquals } from "@std/assert";
import { RawPolling } from "../../support/raw_engine.ts";
import { play } from "../api_clients.ts";
import { next, upgraded } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";
import { came, JOIN, linesOf, OPENED, story, watched, withoutFlushes } from "../watched_session.ts";

const eventCases: readonly ContractCase[] = [
  {
    name: "conn tells of packets, of their messages, then handlers get them, then of answers",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const session = await watched(context);
      await session.send('42/engine,["hello","x"]');
      await session.receive(1);
      await session.send(
        '451-/engine,["hello",{"_placeholder":true,"num":0}]',
        Uint8Array.of(1, 2),
      );
      await session.receive(2);
      await session.leave();
      assertEquals(withoutFlushes(await story(context.server, session.tag)), [
        ...OPENED,
        ...came('2/engine,["hello","x"]'),
        "handler x",
        'packetCreate message 2/engine,["welcome","x"]',
        ...came('51-/engine,["hello",{"_placeholder":true,"num":0}]'),
        ...came("<1,2>"),
        "handler <1,2>",
        'packetCreate message 51-/engine,["welcome",{"_placeholder":true,"num":0}]',
        "packetCreate message <1,2>",
        "socket transport close",
        "close transport close closed closed",
      ]);
    },
  },
  {
    name: "conn tells of a drain after each flush, which shows what packetCreate has shown",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const session = await watched(context);
      for (const word of ["one", "two", "three"]) {
        await session.send(`42/engine,["hello","${word}"]`, '42/engine,["hello","again"]');
        await session.receive(2);
      }
      await session.leave();
      const lines = await story(context.server, session.tag);
      const flushes = lines.filter((line) => line.startsWith("flush "));
      for (const [index, line] of lines.entries()) {
        if (line.startsWith("flush ")) assertEquals(lines[index + 1], "drain 0");
        if (line.startsWith("drain")) assert(lines[index - 1]?.startsWith("flush "), line);
      }
      const created = lines.filter((line) => line.startsWith("packetCreate "));
      assertEquals(
        flushes.flatMap((line) => line.slice("flush ".length).split(" | ")),
        created.map((line) => line.slice("packetCreate ".length)),
      );
      assertEquals(created.length, 7);
    },
  },
  {
    name: "conn tells of a ping, of its pong and of the heartbeat",
    modes: ["polling", "websocket"],
    profile: "brisk",
    async run(context): Promise<void> {
      const session = await watched(context);
      // Answers the pings that come before it.
      const echo = session.receive(1);
      await context.server.report({ kind: "line", tag: session.tag, line: "heartbeat 0" });
      await session.send('42/engine,["hello","x"]');
      await echo;
      await session.leave();
      const lines = withoutFlushes(await story(context.server, session.tag));
      const start = OPENED.length;
      assertEquals(lines.slice(start, start + 3), [
        "packetCreate ping",
        "packet pong",
        "heartbeat 0",
      ]);
    },
  },
  {
    name: "conn tells of an upgrade when it is probed and when it is done, with the transport",
    modes: ["upgrade"],
    async run(context): Promise<void> {
      const tag = context.tag();
      const session = await RawPolling.start(context.server.url, { watch: "engine", tag });
      await session.join(`4${JOIN}`);
      await session.post('42/engine,1["play","transport of before",[]]');
      await using socket = await session.openUpgrade();
      socket.send("2probe");
      assertEquals(await socket.text(), "3probe");
      socket.send("5");
      assertEquals(await socket.next(), '43/engine,1[["polling","closed","websocket","open"]]');
      const lines = withoutFlushes(linesOf(context.server, tag));
      assertEquals(lines.slice(OPENED.length + 3), [
        "upgrading websocket open false, conn polling true false",
        "upgrade websocket open true, conn websocket false true",
        'packetCreate message 3/engine,1[["polling","closed","websocket","open"]]',
      ]);
    },
  },
  {
    name: "conn sends raw messages, and calls back when each was handed to the transport",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const session = await watched(context);
      await session.send('42/engine,1["play","send raw",[]]');
      const bytes = context.mode === "polling" ? "bAQI=" : Uint8Array.of(1, 2);
      const sent = ["4one", "4two", bytes, "4three", "4four", "43/engine,1[true]"];
      assertEquals(await session.receive(6), sent);
      await session.leave();
      const lines = await story(context.server, session.tag);
      assertEquals(
        lines.filter((line) => line.startsWith("sent ")),
        ["one", "two", "bytes"].map((name) => `sent ${name} ${context.mode} true`),
      );
      for (const [name, text] of [["one", "one"], ["two", "two"], ["bytes", "<1,2>"]] as const) {
        const left = lines.findIndex((line) => line.startsWith("flush ") && line.includes(text));
        assert(left > -1 && lines.indexOf(`sent ${name} ${context.mode} true`) > left, name);
      }
    },
  },
  {
    name: "conn sends nothing after its end, and calls nobody back",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const session = await watched(context);
      await session.send('42/engine,1["play","send after the end",[]]');
      const lines = await story(context.server, session.tag);
      // A later session shows that nothing came behind the end.
      await watched(context);
      assertEquals(linesOf(context.server, session.tag), lines);
      assertEquals(lines.filter((line) => line.includes("late")), []);
    },
  },
  {
    name: "conn hands binary packets and messages over as Buffer",
    needs: "buffers",
    async run(context): Promise<void> {
      const client = await context.connect("/engine");
      if (context.mode === "upgrade") await upgraded(client);
      await play(client, "note kinds");
      client.emit("hello", Uint8Array.of(1, 2));
      await next(client, "welcome");
      assertEquals(await play(client, "noted"), Array(4).fill("Buffer"));
    },
  },
];

/** How sessions end: what the client sends, and for which reason. */
const ENDS: readonly (readonly [sent: string, reason: string])[] = [
  ["9", "parse error"],
  ["2", "transport error"],
  ['42/engine,["close",false]', "forced close"],
  ['42/engine,["close",true]', "forced close"],
];

const endCases: readonly ContractCase[] = [
  {
    name: "conn tells of its end, whatever the reason, after sockets were disconnected",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      for (const [sent, reason] of ENDS) {
        const session = await watched(context);
        await session.send(sent);
        // A close that was asked for waits for a GET.
        if (reason === "forced close") session.receive(1).catch(() => {});
        const lines = await story(context.server, session.tag);
        assertEquals(lines.at(-2), `socket ${reason}`, sent);
        assert(lines.at(-1)?.startsWith(`close ${reason} closed `), sent);
      }
    },
  },
  {
    name: "conn tells of the end of a peer that answers no ping",
    modes: ["polling", "websocket"],
    profile: "brisk",
    async run(context): Promise<void> {
      const session = await watched(context);
      const lines = withoutFlushes(await story(context.server, session.tag));
      assertEquals(lines.slice(OPENED.length, -1), ["packetCreate ping", "socket ping timeout"]);
      assert(lines.at(-1)?.startsWith("close ping timeout closed "));
    },
  },
];

const stateCases: readonly ContractCase[] = [
  {
    name: "conn shows its session: id, engine, request, address, state, transport, upgrade",
    async run(context): Promise<void> {
      const client = await context.connect("/engine");
      if (context.mode === "upgrade") {
        await upgraded(client);
        await play(client, "opts");
      }
      const { address, ...seen } = await play(client, "look") as Record<string, unknown>;
      assert(String(address).endsWith("127.0.0.1"), String(address));
      const isUpgraded = context.mode === "upgrade";
      assertEquals(seen, {
        id: client.io.engine.id,
        isOwnId: true,
        isSame: true,
        isOfEngine: true,
        protocol: 4,
        readyState: "open",
        isRequest: true,
        upgraded: isUpgraded,
        upgrading: false,
        transport: {
          name: isUpgraded ? "websocket" : context.mode,
          readyState: "open",
          protocol: 4,
        },
      });
    },
  },
  {
    name: "conn forgets its request when that is set to null, and goes on",
    async run(context): Promise<void> {
      const client = await context.connect("/engine");
      const [own, sockets, address, url] = await play(client, "forget request") as [
        unknown,
        unknown,
        string,
        string,
      ];
      assertEquals([own, sockets, url], [null, null, "string"]);
      assert(address.endsWith("127.0.0.1"), address);
    },
  },
  {
    name: "listeners of conn are called in their order, those of once and those removed too",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const client = await context.connect("/engine");
      await play(client, "note calls");
      const again = ["first", "on", "last"];
      const first = ["first", "first once", "on", "last", "once"];
      assertEquals(await play(client, "noted"), first);
      assertEquals(await play(client, "noted"), [...first, ...again]);
    },
  },
];

export const connApiCases: readonly ContractCase[] = [
  ...eventCases,
  ...endCases,
  ...stateCases,
];
