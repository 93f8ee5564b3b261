/** Unit tests of the one `websocket` option that is made of two. */
import { assertEquals } from "@std/assert";
import { BunSink } from "../../src/runtime/bun/bun_sink.ts";
import type { BunWebSocket, BunWebSocketHandlers } from "../../src/runtime/bun/bun_types.ts";
import { composeWebSocket } from "../../src/runtime/bun/websocket_handlers.ts";

const NEEDS = { maxPayloadBytes: 1_000_000, maxSilenceMs: 45_000 };

/** What Bun gets to see beside the handlers. */
function settings(
  own: BunWebSocketHandlers | undefined,
  needs: Partial<typeof NEEDS> = {},
): Record<string, unknown> {
  const entries = Object.entries(composeWebSocket(own, { ...NEEDS, ...needs }));
  return Object.fromEntries(entries.filter(([, value]) => typeof value !== "function"));
}

Deno.test("Without WebSockets of the user the limits are those of the server", () => {
  assertEquals(settings(undefined), {
    maxPayloadLength: 1_000_000,
    backpressureLimit: 0,
    idleTimeout: 120,
  });
});

Deno.test("With WebSockets of the user Bun's defaults hold for them, and their settings are kept", () => {
  assertEquals(settings({}), {
    maxPayloadLength: 16_777_216,
    backpressureLimit: 16_777_216,
    idleTimeout: 120,
  });
  const own = {
    data: 1,
    maxPayloadLength: 10,
    backpressureLimit: 5,
    closeOnBackpressureLimit: true,
    idleTimeout: 30,
    publishToSelf: true,
    sendPings: false,
    perMessageDeflate: true,
  };
  assertEquals(settings(own), { ...own, maxPayloadLength: 1_000_000, idleTimeout: 65 });
  assertEquals(settings({ maxPayloadLength: 2_000_000 })["maxPayloadLength"], 2_000_000);
});

Deno.test("The idle timeout is longer than a living peer is silent; 0 is for ever, whoever says so", () => {
  const idle = (own: number | undefined, maxSilenceMs: number): unknown =>
    settings(own === undefined ? undefined : { idleTimeout: own }, { maxSilenceMs })["idleTimeout"];
  assertEquals(idle(undefined, 700), 120);
  assertEquals(idle(1, 700), 21);
  assertEquals(idle(960, 700), 960);
  assertEquals(idle(0, 700), 0);
  assertEquals(idle(undefined, 200_001), 221);
  assertEquals(idle(undefined, 940_000), 960);
  assertEquals(idle(undefined, 940_001), 0);
  assertEquals(idle(30, 4_294_967_294), 0);
});

/** A WebSocket of the user that notes how it is closed. */
function theirs(): { readonly socket: BunWebSocket; readonly closes: unknown[] } {
  const closes: unknown[] = [];
  const socket = { data: undefined, close: (code?: number) => void closes.push(code) };
  // The handlers use no more of it.
  return { socket: socket as unknown as BunWebSocket, closes };
}

Deno.test("A message over the limit of the user closes, in whatever type it comes", () => {
  const messages: unknown[] = [];
  const handlers = composeWebSocket({
    maxPayloadLength: 4,
    message: (_socket, message) => void messages.push(message),
  }, NEEDS);
  const fine: readonly unknown[] = [
    "1234",
    "éé",
    new Uint8Array(4),
    new ArrayBuffer(4),
    new Blob(["1234"]),
  ];
  for (const message of fine) {
    const { socket, closes } = theirs();
    handlers.message?.(socket, message as string);
    assertEquals(closes, []);
  }
  assertEquals(messages, fine);
  for (
    const message of ["12345", "ééé", new Uint8Array(5), new ArrayBuffer(5), new Blob(["12345"])]
  ) {
    const { socket, closes } = theirs();
    handlers.message?.(socket, message as string);
    assertEquals(closes, [1009]);
  }
  assertEquals(messages.length, fine.length);
});

Deno.test("What the user's handlers give back is handed on, and each is called on its object", async () => {
  const own: BunWebSocketHandlers & { readonly seen: string[] } = {
    seen: [],
    async open(): Promise<void> {
      await Promise.resolve();
      this.seen.push("open");
    },
    async ping(): Promise<void> {
      await Promise.resolve();
      this.seen.push("ping");
    },
  };
  const handlers = composeWebSocket(own, NEEDS);
  const { socket } = theirs();
  await handlers.open?.(socket);
  // No Buffer is needed here.
  await handlers.ping?.(socket, new Uint8Array() as never);
  handlers.message?.(socket, "nobody listens");
  handlers.close?.(socket, 1000, "");
  handlers.drain?.(socket);
  assertEquals(own.seen, ["open", "ping"]);
  assertEquals(handlers.pong, undefined);
});

Deno.test("A WebSocket of the user is closed where the user has given no handlers", () => {
  const { socket, closes } = theirs();
  composeWebSocket({}, NEEDS).open?.(socket);
  assertEquals(closes, []);
  composeWebSocket(undefined, NEEDS).open?.(socket);
  assertEquals(closes, [1011]);
});

Deno.test("Events of our WebSockets reach their session alone", () => {
  const events: string[] = [];
  const unwanted = (name: string) => (): void => void events.push(`own ${name}`);
  const handlers = composeWebSocket({
    open: unwanted("open"),
    message: unwanted("message"),
    drain: unwanted("drain"),
    close: unwanted("close"),
    ping: unwanted("ping"),
    pong: unwanted("pong"),
  }, NEEDS);
  const sink = new BunSink({
    opened: () => void events.push("opened"),
    frame: (frame) => void events.push(`frame ${frame}`),
    closed: () => void events.push("closed"),
  });
  // The handlers use no more of it.
  const socket = { data: sink, readyState: 1 } as unknown as BunWebSocket;
  handlers.open?.(socket);
  handlers.message?.(socket, "text");
  handlers.drain?.(socket);
  handlers.ping?.(socket, new Uint8Array() as never);
  handlers.pong?.(socket, new Uint8Array() as never);
  handlers.close?.(socket, 1000, "");
  assertEquals(events, ["opened", "frame text", "closed"]);
});
