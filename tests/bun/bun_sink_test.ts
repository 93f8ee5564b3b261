/** Unit tests of the sink over a WebSocket of Bun, with a double of that. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { TransportError } from "../../src/base/errors.ts";
import type { FrameSink } from "../../src/session/ports.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { BunSink } from "../../src/runtime/bun/bun_sink.ts";
import type { BunWebSocket } from "../../src/runtime/bun/bun_types.ts";

/** Behaves as a WebSocket of Bun does, as far as a sink uses it; nothing leaves but by `take`. */
class FakeBunWebSocket {
  readyState: 1 | 3 = 1;
  /** Frames that wait for the peer. */
  readonly queue: Frame[] = [];
  /** What happened, in order. */
  readonly log: string[] = [];
  /** Bytes above which messages are dropped; 0 for never. */
  limit = 0;
  /** How many bytes leave at once. */
  room = 0;
  onClose: (code: number, reason: string) => void = () => {};

  getBufferedAmount(): number {
    return this.readyState === 3 ? 0 : this.queue.reduce((sum, frame) => sum + frame.length, 0);
  }

  send(frame: Frame): number {
    if (this.readyState === 3) return 0;
    const waiting = this.getBufferedAmount();
    if (this.limit > 0 && waiting > this.limit) {
      this.log.push(`drop ${frame.length}`);
      return 0;
    }
    this.log.push(`send ${typeof frame === "string" ? frame : frame.length}`);
    if (waiting === 0 && frame.length <= this.room) return frame.length;
    this.queue.push(frame);
    return -1;
  }

  cork(callback: () => void): void {
    this.log.push("cork");
    callback();
  }

  close(code?: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.log.push(`close ${code}`);
    this.onClose(code ?? 1000, "");
  }

  terminate(): void {
    this.readyState = 3;
    this.log.push("terminate");
    this.onClose(1006, "");
  }

  /** The peer reads a frame. */
  take(): void {
    this.queue.shift();
  }
}

interface Opened {
  readonly socket: FakeBunWebSocket;
  readonly sink: BunSink;
  /** With what the session was told of the end. */
  readonly ends: (TransportError | undefined)[];
  readonly frames: Frame[];
}

/** A sink that is open; `limit` is what it is told. */
function open(limit: number): Opened {
  const socket = new FakeBunWebSocket();
  const ends: (TransportError | undefined)[] = [];
  const frames: Frame[] = [];
  let told: FrameSink | undefined;
  const sink = new BunSink({
    opened: (it) => void (told = it),
    frame: (frame) => void frames.push(frame),
    closed: (error) => void ends.push(error),
  });
  socket.onClose = (code, reason) => sink.ended(code, reason);
  // The double has what the sink uses.
  sink.opened(socket as unknown as BunWebSocket, limit);
  assertStrictEquals(told, sink);
  return { socket, sink, ends, frames };
}

const KILOBYTE = new Uint8Array(1_000);

Deno.test("BunSink sends one frame as it is, and several under one cork", () => {
  const { socket, sink } = open(0);
  socket.room = 100;
  sink.write(["one"]);
  sink.write(["two", "three"]);
  assertEquals(socket.log, ["send one", "cork", "send two", "send three"]);
  assertEquals(sink.bufferedAmount, 0);
});

Deno.test("BunSink takes an empty message that was sent at once for sent", () => {
  const { socket, sink, ends } = open(0);
  socket.send = (frame) => frame.length;
  sink.write([new Uint8Array(0)]);
  sink.write(["451-", new Uint8Array(0), new Uint8Array(0)]);
  assertEquals([sink.bufferedAmount, ends], [0, []]);
});

Deno.test("BunSink holds back what Bun would drop, and sends it in order when there is room", () => {
  const { socket, sink, ends } = open(1_500);
  socket.limit = 1_500;
  sink.write(["first", KILOBYTE, KILOBYTE, KILOBYTE, "", "last"]);
  sink.write(["later"]);
  assertEquals(socket.queue.length, 3);
  assertEquals(sink.bufferedAmount, 5 + 3_000 + 9);
  socket.take();
  sink.drained();
  assertEquals(socket.queue.length, 2);
  while (socket.queue.length > 0) {
    socket.take();
    sink.drained();
  }
  assertEquals(socket.log.filter((line) => line !== "cork"), [
    "send first",
    "send 1000",
    "send 1000",
    "send 1000",
    "send ",
    "send last",
    "send later",
  ]);
  assertEquals([sink.bufferedAmount, ends], [0, []]);
});

Deno.test("BunSink closes behind what it holds back", () => {
  const { socket, sink, ends } = open(500);
  socket.limit = 500;
  sink.write([KILOBYTE, KILOBYTE]);
  sink.close(1009);
  assertEquals([socket.readyState, ends], [1, []]);
  socket.take();
  sink.drained();
  assertEquals(socket.log, ["cork", "send 1000", "cork", "send 1000", "close 1009"]);
  assertEquals(ends, [undefined]);
});

Deno.test("BunSink cuts a peer off that does not take what is held back before a close", () => {
  const { socket, sink, ends } = open(500);
  socket.limit = 500;
  const original = globalThis.setTimeout;
  const timers: [() => void, number][] = [];
  // Called with a function and milliseconds.
  globalThis.setTimeout =
    ((callback: () => void, ms: number) =>
      timers.push([callback, ms])) as unknown as typeof setTimeout;
  try {
    sink.write([KILOBYTE, KILOBYTE]);
    sink.close();
  } finally {
    globalThis.setTimeout = original;
  }
  assertEquals(timers.map(([, ms]) => ms), [15_000]);
  timers[0]?.[0]();
  assertEquals([socket.log.at(-1), ends], ["terminate", [undefined]]);
});

Deno.test("BunSink lets a peer go that goes away, or is failed by Bun, while frames are held back", () => {
  for (const reason of ["", "WebSocket timed out from inactivity"]) {
    const { socket, sink, ends } = open(500);
    socket.limit = 500;
    sink.write([KILOBYTE, KILOBYTE]);
    sink.close();
    socket.readyState = 3;
    socket.onClose(1006, reason);
    assertEquals(ends.map((error) => error?.message), [reason === "" ? undefined : reason]);
    assertEquals(sink.bufferedAmount, 0);
    sink.drained();
    sink.write(["x"]);
    assertEquals(socket.log, ["cork", "send 1000"]);
  }
});

Deno.test("BunSink ends the session when Bun has dropped a message, and sends nothing after it", async () => {
  for (const dropped of [KILOBYTE, new Uint8Array(0)]) {
    const { socket, sink, ends } = open(0);
    socket.limit = 500;
    sink.write([KILOBYTE, dropped, "x"]);
    sink.write(["y"]);
    assertEquals([socket.readyState, ends], [1, []]);
    await Promise.resolve();
    assertEquals(socket.log, ["cork", "send 1000", `drop ${dropped.length}`, "close 1011"]);
    const [error] = ends;
    assertEquals([ends.length, error?.name, error?.transport], [1, "TransportError", "websocket"]);
    assert(error?.message.startsWith("Bun has dropped a message: "));
  }
});

Deno.test("BunSink takes what is lost with its peer for no drop", () => {
  const { socket, sink, ends } = open(0);
  socket.send = () => {
    socket.readyState = 3;
    return 0;
  };
  sink.write(["x", "y"]);
  assertEquals(ends, []);
  socket.onClose(1006, "");
  assertEquals(ends, [undefined]);
});

Deno.test("BunSink writes nothing and closes nothing once it is closed, or before it is open", () => {
  const { socket, sink, ends } = open(0);
  sink.close();
  sink.write(["x"]);
  sink.write(["x", "y"]);
  sink.close(1009);
  assertEquals([socket.log, ends], [["close undefined"], [undefined]]);

  const early = new BunSink({ opened: () => {}, frame: () => {}, closed: () => {} });
  early.write(["x"]);
  early.close();
  early.drained();
  assertEquals(early.bufferedAmount, 0);
});

Deno.test("BunSink tells a failure from an end by the reason that Bun gives", () => {
  for (
    const [code, reason, message] of [
      [1000, "", undefined],
      [1001, "bye", undefined],
      [1006, "", undefined],
      [1006, "Received too big message", "Received too big message"],
    ] as const
  ) {
    const { socket, ends } = open(0);
    socket.onClose(code, reason);
    assertEquals(ends.map((error) => error?.message), [message]);
  }
});
