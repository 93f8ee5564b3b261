/** Tests the frames that are written on Node with the receiver of `ws`, which is what is strict. */
import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import * as ws from "ws";
import { encodeFrames, FrameWriter } from "../../src/runtime/node/frame_writer.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";

/** The receiver of `ws`, which its types leave out. */
const { Receiver } = ws as unknown as {
  readonly Receiver: new (options: { readonly isServer: boolean; readonly maxPayload: number }) => {
    on(event: "message", listener: (data: Uint8Array, isBinary: boolean) => void): void;
    on(event: "error", listener: (error: Error) => void): void;
    write(chunk: Uint8Array, done: () => void): void;
  };
};

const MEGABYTE = 1_000_000;

/** Messages as a client of `ws` takes them out of these bytes. */
async function received(chunks: readonly Uint8Array[]): Promise<readonly Frame[]> {
  const receiver = new Receiver({ isServer: false, maxPayload: 100 * MEGABYTE });
  const messages: Frame[] = [];
  receiver.on("message", (data, isBinary) => {
    messages.push(isBinary ? new Uint8Array(data) : new TextDecoder().decode(data));
  });
  const failed = new Promise<never>((_resolve, reject) => receiver.on("error", reject));
  for (const chunk of chunks) {
    const taken = new Promise<void>((resolve) => receiver.write(Buffer.from(chunk), resolve));
    await Promise.race([taken, failed]);
  }
  return messages;
}

function bytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_value, index) => (index * 31) % 256);
}

/** A socket that writes down what happens to it. */
class RecordingStream {
  readonly events: (Uint8Array | "cork" | "uncork")[] = [];

  write(chunk: Uint8Array): void {
    this.events.push(chunk);
  }

  cork(): void {
    this.events.push("cork");
  }

  uncork(): void {
    this.events.push("uncork");
  }

  get chunks(): readonly Uint8Array[] {
    return this.events.filter((event): event is Uint8Array => typeof event !== "string");
  }
}

const LENGTHS = [0, 1, 125, 126, 16_383, 16_384, 65_535, 65_536, 3 * MEGABYTE];

for (const length of LENGTHS) {
  Deno.test(`encodeFrames() makes frames of ${length} bytes that ws reads`, async () => {
    const text = "a".repeat(length);
    assertEquals(await received(encodeFrames([text])), [text]);
    assertEquals(await received(encodeFrames([bytes(length)])), [bytes(length)]);
  });
}

Deno.test("encodeFrames() writes text as UTF-8, whatever its characters are", async () => {
  const texts = ["ä", "€", "😀", `${"x".repeat(124)}😀`, "\u0000\ufeff", "é".repeat(40_000)];
  assertEquals(await received(encodeFrames(texts)), texts);
});

Deno.test("encodeFrames() replaces lone surrogates, and the next frame is not displaced", async () => {
  assertEquals(await received(encodeFrames(["\ud83d!", "next"])), ["\ufffd!", "next"]);
});

Deno.test("encodeFrames() keeps the order of text, small and large bytes", async () => {
  const frames = ["one", bytes(3), bytes(70_000), "two 😀", bytes(0), bytes(20_000), bytes(9), ""];
  assertEquals(await received(encodeFrames(frames)), frames);
});

Deno.test("encodeFrames() gives nothing for no frames", () => {
  assertEquals(encodeFrames([]), []);
});

Deno.test("encodeFrames() reads a view, not the memory behind it", async () => {
  const view = bytes(40_000).subarray(100, 30_100);
  assertEquals(await received(encodeFrames([view, view.subarray(0, 5)])), [
    new Uint8Array(view),
    new Uint8Array(view.subarray(0, 5)),
  ]);
});

Deno.test("FrameWriter writes the frames of a turn at once", async () => {
  const stream = new RecordingStream();
  new FrameWriter().write(stream, ["2", "42[1]", bytes(100), "42[2]"]);
  assertEquals(stream.events.length, 1);
  assertEquals(await received(stream.chunks), ["2", "42[1]", bytes(100), "42[2]"]);
});

Deno.test("FrameWriter hands large bytes over as they are, in one corked write", async () => {
  const stream = new RecordingStream();
  const large = bytes(100_000);
  new FrameWriter().write(stream, ["before", large, "after"]);
  const [first, , payload] = stream.events;
  assertEquals([first, stream.events.at(-1)], ["cork", "uncork"]);
  assertStrictEquals(payload, large);
  assertEquals(await received(stream.chunks), ["before", large, "after"]);
});

Deno.test("FrameWriter writes nothing for no frames", () => {
  const stream = new RecordingStream();
  new FrameWriter().write(stream, []);
  assertEquals(stream.events, []);
});

Deno.test("FrameWriter gives recipients of the same frames the same bytes", async () => {
  const writer = new FrameWriter();
  const [one, two, three] = [new RecordingStream(), new RecordingStream(), new RecordingStream()];
  const data = bytes(10);
  writer.write(one, ["42[1]", data]);
  writer.write(two, ["42[1]", data]);
  writer.write(three, ["42[1]", bytes(11)]);
  assertStrictEquals(one.chunks[0], two.chunks[0]);
  assertEquals(await received(three.chunks), ["42[1]", bytes(11)]);
});

Deno.test("FrameWriter does not take a run for a longer one that begins alike", async () => {
  const writer = new FrameWriter();
  const stream = new RecordingStream();
  writer.write(stream, ["1", "2"]);
  writer.write(stream, ["1"]);
  writer.write(stream, ["1", "2", "3"]);
  assertEquals(await received(stream.chunks), ["1", "2", "1", "1", "2", "3"]);
});

Deno.test("FrameWriter keeps no large writes", () => {
  const writer = new FrameWriter();
  const [one, two] = [new RecordingStream(), new RecordingStream()];
  const text = "x".repeat(2 * MEGABYTE);
  writer.write(one, [text]);
  writer.write(two, [text]);
  assert(one.chunks[0] !== two.chunks[0]);
});
