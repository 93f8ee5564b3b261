/**
 * Cases: what is sent arrives, whole and in order, both ways.
 */
import { assert, assertEquals } from "@std/assert";
import { RawPolling } from "../../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../../support/raw_tcp.ts";
import { eventually } from "../../support/waiting.ts";
import { lack } from "../capabilities.ts";
import {
  ask,
  type CaseContext,
  type ClientSocket,
  collect,
  next,
  upgraded,
} from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

/** Strings that break careless encoders, by what is special about them. */
const TEXTS: Readonly<Record<string, string>> = {
  empty: "",
  emoji: "👩‍👩‍👧‍👦🏳️‍🌈",
  combining: "e\u0301\u0323",
  lineSeparators: "\u2028\u2029\u0085",
  nul: "a\u0000b",
  recordSeparator: "a\x1eb",
  controls: "\x01\x1b\x7f\x80\x9f",
  byteOrderMark: "\ufeffx\ufffe",
  loneHigh: "\ud83d",
  loneLow: "\udca9x",
  swapped: "\udca9\ud83d",
  quotes: `"\\'/`,
  looksBinary: "bAQIDBA==",
  placeholder: '{"_placeholder":true,"num":0}',
};

/** Size in bytes of a large message. */
const LARGE = 900_000;

const plainCases: readonly ContractCase[] = [
  {
    name: "values of JSON come back as they went",
    async run(context): Promise<void> {
      const client = await context.connect();
      const sent = [
        { nested: { list: [1, [2, [3, {}]], []], nothing: null }, yes: true, no: false },
        [-1.5, 0, 1e21, 5e-324, Number.MAX_SAFE_INTEGER],
        "text",
        null,
      ];
      client.emit("echo", ...sent);
      assertEquals(await next(client, "echo"), sent);
    },
  },
  {
    name: "values that JSON does not know become what JSON.stringify makes of them",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.emit("echo", undefined, NaN, { skipped: undefined }, new Date(0));
      assertEquals(await next(client, "echo"), [null, null, {}, "1970-01-01T00:00:00.000Z"]);
    },
  },
  {
    name: "every kind of text arrives unit by unit, as value and as key",
    async run(context): Promise<void> {
      const client = await context.connect();
      for (const [kind, text] of Object.entries(TEXTS)) {
        const there = await ask(client, "inspect", text);
        assertEquals(there, { units: Array.from(text, (unit) => unit.codePointAt(0)) }, kind);
        client.emit("echo", text, { [text]: text });
        assertEquals(await next(client, "echo"), [text, { [text]: text }], kind);
      }
    },
  },
  {
    name: "events of any name reach their listeners, or nobody",
    async run(context): Promise<void> {
      const client = await context.connect();
      const names = ["", "é 🎉", "__proto__", "constructor", "toString", "error", "0"];
      for (const name of names) client.emit(name, "nobody listens");
      for (const name of names) {
        const heard = next(client, name);
        client.emit("say", name, ["heard", 1]);
        assertEquals(await heard, ["heard", 1], name);
      }
      const numeric = 7 as unknown as string; // the protocol allows numbers, the types do not
      assertEquals(await ask(client, numeric, "x"), "seven");
    },
  },
  {
    name: "send is the event 'message', on both ends",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.emit("send back", "a", 1);
      assertEquals(await next(client, "message"), ["a", 1]);
      client.send("b", 2);
      assertEquals(await next(client, "message-back"), ["b", 2]);
    },
  },
];

const binaryCases: readonly ContractCase[] = [
  {
    name: "nested binaries arrive byte for byte at the server",
    async run(context): Promise<void> {
      const client = await context.connect();
      const whole = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
      const seen = await ask(client, "inspect", {
        list: [Uint8Array.of(1, 2, 3), { deep: Uint8Array.of(255, 0) }],
        empty: new Uint8Array(0),
        buffer: Uint8Array.of(9, 8).buffer,
        view: whole.subarray(10, 13),
        whole,
      });
      assertEquals(seen, {
        list: [{ bytes: [1, 2, 3] }, { deep: { bytes: [255, 0] } }],
        empty: { bytes: [] },
        buffer: { bytes: [9, 8] },
        view: { bytes: [10, 11, 12] },
        whole: { bytes: [...whole] },
      });
    },
  },
  {
    name: "nested binaries come back in events and in acknowledgements",
    async run(context): Promise<void> {
      const client = await context.connect();
      const sent = { a: [Uint8Array.of(0, 128, 255)], b: { c: new Uint8Array(0) }, d: "text" };
      client.emit("echo", "before", sent);
      const [before, event] = await next(client, "echo") as [string, typeof sent];
      assertEquals(before, "before");
      const acknowledged = await ask(client, "echo", sent) as typeof sent;
      for (const back of [event, acknowledged]) {
        assertEquals(bytesOf(back.a[0]), [0, 128, 255]);
        assertEquals(bytesOf(back.b.c), []);
        assertEquals(back.d, "text");
      }
    },
  },
  {
    name: "a binary answer of the client reaches the server's callback",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.on("question", (given, answer) => answer({ given, more: [Uint8Array.of(4, 5)] }));
      const outcome = await ask(client, "ask", "question", [Uint8Array.of(6)]) as {
        answer: [{ given: unknown; more: unknown[] }];
      };
      assertEquals(bytesOf(outcome.answer[0].given), [6]);
      assertEquals(bytesOf(outcome.answer[0].more[0]), [4, 5]);
    },
  },
  {
    name: "ten binaries in one event, the most that the parser takes, arrive in their places",
    async run(context): Promise<void> {
      const client = await context.connect();
      const parts = Array.from({ length: 10 }, (_, i) => Uint8Array.of(i, i + 100));
      const seen = await ask(client, "inspect", parts);
      assertEquals(seen, parts.map((part) => ({ bytes: [...part] })));
    },
  },
];

/** What handlers see as the class of a binary value. */
function binaryClass({ target }: CaseContext): string {
  return lack(target.name, "buffers") ? "Uint8Array" : "Buffer";
}

/** Binary is what programs of the runtime expect, wherever it comes in. */
const classCases: readonly ContractCase[] = [
  {
    name: "binary reaches handlers as the class of the runtime, also nested and beside text",
    async run(context): Promise<void> {
      const client = await context.connect();
      const bytes = Uint8Array.of(1, 2);
      const kind = binaryClass(context);
      assertEquals(
        await client.emitWithAck("kinds", bytes, { list: [bytes, "text"], empty: bytes.slice(2) }),
        [kind, { list: [kind, "text"], empty: kind }],
      );
    },
  },
  {
    name: "binary in acknowledgements of clients has that class too",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.on("question", (answer) => answer({ parts: [Uint8Array.of(4), 5] }));
      const kind = { parts: [binaryClass(context), 5] };
      const outcome = await ask(client, "ask for kinds", "question");
      // By callback, by promise, and from a broadcast, whose answers are a list.
      assertEquals(outcome, [kind, kind, [kind]]);
    },
  },
];

const largeCases: readonly ContractCase[] = [
  {
    name: "a text of 900 KB goes both ways",
    async run(context): Promise<void> {
      const client = await context.connect();
      const text = "0123456789abcdé".repeat(LARGE / 15);
      assert(await ask(client, "echo", text) === text, "Expected the same text back");
    },
  },
  {
    name: "a binary of 900 KB goes both ways",
    async run(context): Promise<void> {
      const client = await context.connect();
      const sent = Uint8Array.from({ length: LARGE }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
      const back = await ask(client, "echo", sent) as Uint8Array;
      assertEquals(back.length, LARGE);
      assert(sent.every((byte, i) => back[i] === byte), "Expected the same bytes back");
    },
  },
];

const burstCases: readonly ContractCase[] = [
  {
    name: "20 MB that the server emits in one turn arrive whole and in order",
    async run(context): Promise<void> {
      const client = await context.connect();
      const drops: string[] = [];
      client.on("drop", (index: number, bytes: Uint8Array) => {
        drops.push(`${index}: ${bytes.length} times ${bytes.at(-1)}`);
      });
      client.emit("pour", 40, 500_000);
      const expected = Array.from({ length: 40 }, (_, i) => `${i}: 500000 times ${i}`);
      // The reference takes 5 s of a quiet machine for it on polling.
      await eventually("40 drops", () => drops.length >= 40 ? true : undefined, 60_000);
      assertEquals(drops, expected);
    },
  },
  {
    name: "a client that reads slowly gets everything in the end, in order",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const client = await context.connect();
      using tcp = await RawTcp.open(context.server.port);
      await tcp.upgrade("/socket.io/?EIO=4&transport=websocket");
      await tcp.readUntil("}");
      await tcp.write(clientFrame(0x81, "40"));
      await tcp.readUntil('40{"sid":"');
      // To the end of the frame: bytes of the id must not be read as the head of the next one.
      await tcp.readUntil('"}');
      await tcp.write(clientFrame(0x81, '42["pour",30,500000]'));
      // Others are served while it does not read, and the system's buffers fill.
      for (let i = 0; i < 100; i++) await ask(client, "echo", "meanwhile");
      const seen: string[] = [];
      while (seen.length < 60) {
        const { first = 0, payload = new Uint8Array(0) } = await tcp.readFrame() ?? {};
        if (first !== 0x82) seen.push(new TextDecoder().decode(payload));
        else seen.push(`${payload.length} times ${payload.at(-1)}`);
      }
      const expected = Array.from({ length: 30 }, (_, i) => [
        `451-["drop",${i},{"_placeholder":true,"num":0}]`,
        `500000 times ${i}`,
      ]);
      assertEquals(seen, expected.flat());
    },
  },
];

const orderCases: readonly ContractCase[] = [
  {
    name: "1,000 messages in each direction keep their order, also across an upgrade",
    async run(context): Promise<void> {
      const client = await context.connect();
      const arriving = collect(client, "tick", "end of ticks");
      const upgrading = context.mode === "upgrade" ? upgraded(client) : undefined;
      for (let step = 0; step < 1_000; step++) {
        client.emit("step", step);
        if (step % 100 === 99) client.emit("count", 100, () => {});
        // The upgrade starts with messages under way and ends in the middle of them.
        if (step === 599) await upgrading;
        else if (step % 100 === 99) await ask(client, "steps");
      }
      assertEquals(await ask(client, "steps"), 1_000);
      client.emit("say", "end of ticks", []);
      assertEquals(await arriving, Array.from({ length: 1_000 }, (_, i) => i));
    },
  },
  {
    name: "texts and binaries of one turn keep their order",
    async run(context): Promise<void> {
      const client = await context.connect();
      const arriving = collect(client, "part", "end of parts");
      assertEquals(await ask(client, "mixed"), "done");
      client.emit("say", "end of parts", []);
      assertEquals(await arriving, Array.from({ length: 20 }, (_, i) => i / 2));
    },
  },
  {
    name: "what the server emits in its connection handler comes first, in order",
    async run(context): Promise<void> {
      const client = context.client("/users");
      const welcomes: unknown[] = [];
      client.on("welcome", (value) => welcomes.push(value));
      assertEquals(await ask(client, "echo", "after"), "after");
      assertEquals(welcomes, ["first", "second", "third"]);
    },
  },
  {
    name: "what the client emits before it is connected arrives after it is, in order",
    async run(context): Promise<void> {
      const client = context.client();
      for (let step = 0; step < 20; step++) client.emit("step", step);
      assertEquals(await ask(client, "steps"), 20);
    },
  },
];

const volatileCases: readonly ContractCase[] = [
  {
    name: "volatile messages to an idle client arrive, a burst loses some but never the order",
    async run(context): Promise<void> {
      const client = await context.connect();
      await untilWhispered(client);
      const arriving = collect(client, "whisper", "end of whispers");
      const spoken = next(client, "spoken");
      assertEquals(await ask(client, "whisper", 50), 50);
      await spoken;
      client.emit("say", "end of whispers", []);
      const whispers = await arriving as number[];
      assertEquals(whispers, whispers.toSorted((a, b) => a - b));
    },
  },
  {
    name: "a volatile message to a client that does not poll is dropped, never queued",
    modes: ["polling"],
    async run(context): Promise<void> {
      const client = await context.connect();
      const idle = await RawPolling.start(context.server.url);
      const { sid } = JSON.parse((await idle.join()).slice(2)) as { sid: string };
      const target = { by: "namespace", to: sid };
      await ask(client, "cast", { ...target, volatile: true }, "dropped", []);
      await ask(client, "cast", target, "kept", []);
      await ask(client, "cast", { ...target, volatile: true }, "dropped too", []);
      assertEquals(await idle.packets(), ['42["kept"]']);
      await idle.post("1");
    },
  },
];

/** A poll or an upgrade may be under way, so one volatile message may be lost, but not for ever. */
async function untilWhispered(client: ClientSocket): Promise<void> {
  let heard = false;
  client.once("hello", () => heard = true);
  for (let attempt = 0; attempt < 50 && !heard; attempt++) {
    await ask(client, "cast", { by: "namespace", to: client.id, volatile: true }, "hello", []);
    await ask(client, "echo", "round trip");
  }
  assert(heard, "Expected a volatile message to arrive");
}

/** Bytes of whatever view the client hands out. */
function bytesOf(value: unknown): number[] {
  assert(ArrayBuffer.isView(value), `Expected binary, found ${typeof value}`);
  return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
}

export const messageCases: readonly ContractCase[] = [
  ...plainCases,
  ...binaryCases,
  ...classCases,
  ...largeCases,
  ...burstCases,
  ...orderCases,
  ...volatileCases,
];
