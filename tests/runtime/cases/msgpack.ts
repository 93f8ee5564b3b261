/**
 * Cases: the msgpack parser of this package with clients that have the published one, and the other way
 * round.
 */
import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import * as ours from "@godwit/io/msgpack";
import * as published from "socket.io-msgpack-parser";
import { RawWebSocket } from "../../support/raw_engine.ts";
import { lack } from "../capabilities.ts";
import {
  ask,
  type CaseContext,
  type ClientOptions,
  type ClientSocket,
  connected,
  disconnected,
  next,
  refused,
  upgraded,
} from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

/** Options of servers: what they are named in `app_options.ts`. */
const OURS = { named: "msgpack parser", maxHttpBufferSize: 2_000_000 };
const PUBLISHED = { named: "published msgpack parser" };

/** What msgpack carries and JSON does not, beside what both do. */
const SENT = {
  list: [1, "é😀", null, -1.5, 2 ** 40, [[{}]]],
  when: new Date(1_600_000_000_000),
  nothing: undefined,
  bytes: [Buffer.from([1, 2, 255]), { deep: Buffer.alloc(0) }],
};

/** A client of the published package with the published parser, connected to a server with ours. */
async function connect(context: CaseContext): Promise<ClientSocket> {
  const server = await context.start(OURS);
  const client = await context.connect("/", { parser: published }, server);
  if (context.mode === "upgrade") await upgraded(client);
  return client;
}

/** Plain bytes of binary data of any kind. */
function bytesOf(value: unknown): readonly number[] {
  assert(value instanceof Uint8Array || value instanceof ArrayBuffer, Deno.inspect(value));
  return [...new Uint8Array(value)];
}

function assertEchoed(back: unknown): void {
  const { bytes, ...rest } = back as typeof SENT;
  const { bytes: _, ...sent } = SENT;
  assertEquals(rest, sent);
  const [first, { deep } = { deep: undefined }] = bytes as [unknown, { deep: unknown }];
  assertEquals([bytesOf(first), bytesOf(deep)], [[1, 2, 255], []]);
}

const exchangeCases: readonly ContractCase[] = [
  {
    name: "msgpack: events and acknowledgements go both ways, with dates and nested binaries",
    async run(context): Promise<void> {
      const client = await connect(context);
      assertEchoed(await ask(client, "echo", SENT));
      client.emit("echo", SENT, "last");
      const [event, last] = await next(client, "echo");
      assertEchoed(event);
      assertEquals(last, "last");
      client.on("question", (given, answer) => answer({ given }));
      const outcome = await ask(client, "ask", "question", [SENT]) as {
        readonly answer: readonly [{ readonly given: unknown }];
      };
      assertEchoed(outcome.answer[0].given);
    },
  },
  {
    name: "msgpack: binary reaches handlers as with the default parser, an ArrayBuffer as itself",
    async run(context): Promise<void> {
      const client = await connect(context);
      const kind = lack(context.target.name, "buffers") ? "Uint8Array" : "Buffer";
      const { buffer } = new Uint8Array(3);
      assertEquals(
        await ask(client, "kinds", Buffer.from([1]), { deep: [Buffer.alloc(0), buffer] }, buffer),
        [kind, { deep: [kind, "ArrayBuffer"] }, "ArrayBuffer"],
      );
      // Passed on, a Buffer is a Buffer again.
      assert(await ask(client, "echo", Buffer.from([1])) instanceof Buffer);
    },
  },
  {
    name: "msgpack: texts and binaries of 900 KB go both ways",
    async run(context): Promise<void> {
      const client = await connect(context);
      const text = "0123456789abcdé".repeat(60_000);
      assert(await ask(client, "echo", text) === text, "Expected the same text back");
      const bytes = Buffer.from(text);
      const back = await ask(client, "echo", bytes);
      assert(back instanceof Uint8Array && bytes.equals(back), "Expected the same bytes back");
    },
  },
  {
    name: "msgpack: data of nearly 2,000 levels goes both ways",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const client = await connect(context);
      let data: unknown = "innermost";
      for (let level = 0; level < 1_990; level++) data = level % 2 === 0 ? [data] : { data };
      assertEquals(JSON.stringify(await ask(client, "echo", data)), JSON.stringify(data));
    },
  },
];

const namespaceCases: readonly ContractCase[] = [
  {
    name: "msgpack: namespaces, refusals, broadcasts and the end of a namespace",
    async run(context): Promise<void> {
      const server = await context.start(OURS);
      const options: ClientOptions = { parser: published };
      const client = await context.connect("/orders", options, server);
      assertEquals(await ask(client, "echo", "é"), "é");
      const main = await context.join(client, "/");
      assertEquals((await refused(main.io.socket("/unknown"))).message, "Invalid namespace");
      const guarded = context.client("/guarded", { ...options, auth: { token: "guess" } }, server);
      const { message, data } = await refused(guarded);
      assertEquals([message, typeof data], ["wrong token", "object"]);
      const other = await context.connect("/orders", options, server);
      const heard = next(other, "news");
      await ask(client, "cast", { by: "socket" }, "news", [Uint8Array.of(7)]);
      assertEquals((await heard).map(bytesOf), [[7]]);
      const reason = disconnected(client);
      client.emit("leave namespace");
      assertEquals(await reason, "io server disconnect");
      assertEquals(await ask(main, "echo", "still here"), "still here");
    },
  },
  {
    name: "msgpack: a client with this package's parser meets a server with the published one",
    needs: "buffers", // the published decoder reads nothing else
    async run(context): Promise<void> {
      const server = await context.start(PUBLISHED);
      const client = await context.connect("/", { parser: ours }, server);
      if (context.mode === "upgrade") await upgraded(client);
      assertEchoed(await ask(client, "echo", SENT));
      assertEquals((await refused(client.io.socket("/unknown"))).message, "Invalid namespace");
    },
  },
];

/** Frames that end the session that sends them, and no other. */
const HOSTILE: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {
  "text": '42["echo","x"]',
  "nothing": new Uint8Array(0),
  "an array of 4,294,967,295 values": Uint8Array.of(0xdd, 255, 255, 255, 255),
  "arrays in one another": new Uint8Array(100_000).fill(0x91),
  "a packet of an unknown type": Uint8Array.of(
    0x82,
    0xa4,
    ...chars("type"),
    9,
    0xa3,
    ...chars("nsp"),
    0xa1,
    0x2f,
  ),
};

function chars(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const hostileCases: readonly ContractCase[] = [
  {
    name: "msgpack: a hostile frame ends the session that it came from, and no other",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const server = await context.start(OURS);
      const witness = await context.connect("/", { parser: published }, server);
      const [connect = new Uint8Array(0)] = new ours.Encoder().encode({ type: 0, nsp: "/" });
      for (const [kind, frame] of Object.entries(HOSTILE)) {
        const session = await RawWebSocket.start(server.url);
        session.send(connect);
        assert(await session.frame() instanceof Uint8Array, kind);
        session.send(frame);
        await session.ended();
        assertEquals(await ask(witness, "echo", kind), kind);
      }
      await connected(witness);
    },
  },
];

export const msgpackCases: readonly ContractCase[] = [
  ...exchangeCases,
  ...namespaceCases,
  ...hostileCases,
];
