/** Tests that what is emitted is what was there when it was emitted, whatever happens to it later. */
import { assertEquals, assertThrows } from "@std/assert";
import { Decoder, Encoder } from "socket.io-parser";
import type { Parser } from "../../src/wire/parser_codec.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import {
  type ClientOptions,
  type Connected,
  connected,
  type RawClient,
} from "../support/in_process_client.ts";

/** Arguments that a program may change right after it has emitted them. */
interface Mutable {
  readonly args: readonly unknown[];
  /** Changes everything that can be changed. */
  spoil(): void;
}

function mutable(): Mutable {
  const object: Record<string, unknown> = { text: "old", list: [1, { deep: "old" }] };
  const list: unknown[] = ["old", ["old"]];
  const bytes = Uint8Array.of(0, 1, 2, 3);
  const view = new DataView(Uint8Array.of(0, 4, 5, 0).buffer, 1, 2);
  const buffer = Uint8Array.of(6, 7).buffer;
  const words = Uint16Array.of(0x0908);
  const nested = { in: [bytes.subarray(1, 3)] };
  return {
    args: [object, list, nested, view, buffer, words],
    spoil(): void {
      object.text = "new";
      (object.list as unknown[])[1] = "new";
      list.length = 0;
      nested.in.push(Uint8Array.of(99));
      for (const each of [bytes, view.buffer, buffer, words.buffer]) {
        new Uint8Array(each instanceof ArrayBuffer ? each : each.buffer).fill(255);
      }
    },
  };
}

/** What a client must get of those arguments, after a packet's head such as `54-["x",`. */
function expected(start: string, end: string): readonly Frame[] {
  const hole = (num: number): string => `{"_placeholder":true,"num":${num}}`;
  const text = '{"text":"old","list":[1,{"deep":"old"}]},["old",["old"]]';
  return [
    `${start}${text},{"in":[${hole(0)}]},${hole(1)},${hole(2)},${hole(3)}${end}`,
    Uint8Array.of(1, 2),
    Uint8Array.of(4, 5),
    Uint8Array.of(6, 7),
    Uint8Array.of(8, 9),
  ];
}

/** A way to send, and the head of the packet that it makes. */
interface Way {
  readonly name: string;
  readonly head: string;
  send(connection: Connected, ...args: readonly unknown[]): void;
}

const ways: readonly Way[] = [
  {
    name: "socket.emit",
    head: '54-["x",',
    send: ({ socket }, ...args): void => void socket.emit("x", ...args),
  },
  {
    name: "socket.send",
    head: '54-["message",',
    send: ({ socket }, ...args): void => void socket.send(...args),
  },
  {
    name: "socket.emit with acknowledgement",
    head: '54-0["x",',
    send: ({ socket }, ...args): void => void socket.emit("x", ...args, () => {}),
  },
  {
    name: "io.emit",
    head: '54-["x",',
    send: ({ io }, ...args): void => void io.emit("x", ...args),
  },
  {
    name: "a broadcast to rooms",
    head: '54-["x",',
    send: ({ io, socket }, ...args): void => void io.to([socket.id, "a"]).emit("x", ...args),
  },
  {
    name: "a broadcast with acknowledgements",
    head: '54-0["x",',
    send: ({ io }, ...args): void => void io.timeout(100).emit("x", ...args, () => {}),
  },
];

/** A path on which a packet may go to the client. */
interface Path {
  readonly name: string;
  readonly options: ClientOptions;
  /** Before the emit. */
  prepare(client: RawClient): Promise<void> | void;
  /** After the emit and the change. */
  finish(client: RawClient): Promise<void> | void;
}

const nothing = (): void => {};

const paths: readonly Path[] = [
  { name: "polling", options: { transport: "polling" }, prepare: nothing, finish: nothing },
  {
    name: "polling without a waiting GET",
    options: { transport: "polling" },
    prepare(client): void {
      client.pause();
      // Takes the GET that waits.
      client.server.emit("before");
    },
    finish(client): void {
      client.inbox.splice(0);
      client.resume();
    },
  },
  {
    name: "WebSocket",
    options: { transport: "websocket" },
    prepare: nothing,
    finish: nothing,
  },
  {
    name: "a WebSocket that does not drain",
    options: { transport: "websocket" },
    prepare(client): void {
      if (client.webSocket !== undefined) client.webSocket.holds = true;
    },
    async finish(client): Promise<void> {
      await client.server.world.settle();
      client.webSocket?.drain();
    },
  },
  {
    name: "an upgrade",
    options: { transport: "polling" },
    prepare: (client) => client.probe(),
    finish: (client) => client.upgrade(),
  },
];

for (const path of paths) {
  for (const way of ways) {
    Deno.test(`A snapshot is sent by ${way.name} over ${path.name}`, async () => {
      const connection = await connected(path.options);
      const { client, io } = connection;
      await path.prepare(client);
      await io.world.settle();
      const { args, spoil } = mutable();
      way.send(connection, ...args);
      spoil();
      await path.finish(client);
      assertEquals(await client.take(), expected(way.head, "]"));
    });
  }

  Deno.test(`A snapshot is sent by an answer over ${path.name}`, async () => {
    const { client, socket, io } = await connected(path.options);
    const { args, spoil } = mutable();
    const answers: ((...values: readonly unknown[]) => void)[] = [];
    socket.on("ask", (answer: (...values: readonly unknown[]) => void) => answers.push(answer));
    await client.send('27["ask"]');
    await path.prepare(client);
    await io.world.settle();
    answers[0]?.(...args);
    spoil();
    await path.finish(client);
    assertEquals(await client.take(), expected("64-7[", "]"));
  });
}

Deno.test("A snapshot is sent by a custom parser too", async () => {
  // The published parser, whose type says less than it can do.
  const parser = { Encoder, Decoder } as unknown as Parser;
  for (const way of ways) {
    const connection = await connected({}, { parser });
    const { args, spoil } = mutable();
    way.send(connection, ...args);
    spoil();
    assertEquals(await connection.client.take(), expected(way.head, "]"));
  }
});

Deno.test("A snapshot is taken before listeners of outgoing events can change anything", async () => {
  const { client, socket, io } = await connected();
  socket.onAnyOutgoing((_name, value) => value.text = "new");
  socket.emit("x", { text: "old" });
  io.emit("x", { text: "old" });
  assertEquals(await client.take(), ['2["x",{"text":"old"}]', '2["x",{"text":"old"}]']);
});

Deno.test("A snapshot leaves what it is taken of as it was", async () => {
  const { client, socket } = await connected();
  const bytes = Uint8Array.of(1, 2);
  const given = Object.freeze({ list: Object.freeze([bytes]), date: new Date(0) });
  socket.emit("x", given);
  assertEquals(given, { list: [Uint8Array.of(1, 2)], date: new Date(0) });
  assertEquals((await client.take()).length, 2);
});

Deno.test("What a handler gets is its own: changing it changes nothing for others", async () => {
  const { client, socket } = await connected();
  const seen: unknown[] = [];
  socket.on("x", (bytes: Uint8Array) => {
    seen.push([...bytes]);
    bytes.fill(0);
    socket.emit("x", bytes);
    bytes.fill(9);
  });
  const sent = Uint8Array.of(1, 2);
  await client.send('51-["x",{"_placeholder":true,"num":0}]', sent.slice());
  assertEquals([seen, (await client.take())[1]], [[[1, 2]], Uint8Array.of(0, 0)]);
});

Deno.test("What cannot be encoded is thrown to the caller, at once, by every way to send", async () => {
  for (const way of ways) {
    const connection = await connected();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const value of [1n, cycle, new Blob(["x"]), { deep: [new File([], "x")] }]) {
      assertThrows(() => way.send(connection, value));
    }
    assertEquals([way.name, await connection.client.take()], [way.name, []]);
  }
});
