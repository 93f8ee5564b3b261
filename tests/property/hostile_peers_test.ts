import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ServerOptions } from "../../src/server/server_options.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { type Act, HostileWorld } from "./hostile_peers.ts";

const RUNS = { numRuns: 600 };

/** The longest line of a log, and what no line may hold. */
const MAX_LINE = 1_000;
const HIDDEN = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

const small = fc.nat(3);
const oddText = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom("\n[error] x", "\u202e", "__proto__", "x".repeat(3_000), "\u001b[31m", "%s %o"),
);

const namespace = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("", "", "/a,", "/dyn-1,") },
  fc.constantFrom("/dyn-2,", "/nobody,", "/__proto__,", "/a?x=1,"),
);
const eventName = fc.constantFrom(
  ...["echo", "ask", "askAll", "join", "leave", "shout", "kick", "kickAll", "throw", "reject"],
  ...["refuse", "error", "__proto__", "constructor", "nobody listens"],
);
const value = fc.oneof(
  oddText,
  fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as unknown),
);

/** Packets of Socket.IO that make sense, at some time or other. */
const packet = fc.oneof(
  fc.constantFrom("0", "0/dyn-2,", "0/a?x=1,", "0/nobody,", "0/__proto__,"),
  fc.tuple(namespace, oddText).map(([nsp, refuse]) => `0${nsp}${JSON.stringify({ refuse })}`),
  namespace.map((nsp) => `1${nsp}`),
  {
    weight: 8,
    arbitrary: fc.tuple(
      namespace,
      fc.constantFrom("", "0", "7"),
      eventName,
      fc.array(value, { maxLength: 2 }),
    ).map(([nsp, id, name, args]) => `2${nsp}${id}${JSON.stringify([name, ...args])}`),
  },
  fc.tuple(namespace, fc.nat(9), fc.array(value, { maxLength: 2 }))
    .map(([nsp, id, args]) => `3${nsp}${id}${JSON.stringify(args)}`),
  fc.tuple(namespace, fc.constantFrom("51-", "51-", "52-", "61-0", "50-", "511-"))
    .map(([nsp, head]) => `${head}${nsp}["echo",{"_placeholder":true,"num":0}]`),
);

/** One of them with a piece that is something else. */
const mutated = fc.tuple(packet, fc.nat(), fc.nat(3), oddText).map(
  ([text, place, removed, odd]) => {
    const start = place % (text.length + 1);
    return text.slice(0, start) + odd + text.slice(start + removed);
  },
);

/** Packets of Engine.IO. */
const enginePacket = fc.oneof(
  { weight: 8, arbitrary: packet.map((text) => `4${text}`) },
  { weight: 2, arbitrary: mutated.map((text) => `4${text}`) },
  fc.constantFrom("1", "2", "3", "3", "2probe", "5", "6", "b", "bAQID", "bAQIDBA==", "7", ""),
);
const frame: fc.Arbitrary<Frame> = fc.oneof(
  { weight: 4, arbitrary: enginePacket },
  fc.uint8Array({ maxLength: 9 }).map((bytes) => new Uint8Array(bytes)),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      transport: fc.constantFrom("polling", "websocket", "websocket", "polling", "pigeon"),
      eio: fc.constantFrom("4", "4", "4", "3", "5"),
      junk: fc.constantFrom("", "", "b64=1", "j=0", "t=1-0", "sid=", "__proto__=1", "EIO=3&EIO=4"),
    }),
  },
  fc.record({ do: fc.constant("get" as const), peer: small }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("post" as const),
      peer: small,
      packets: fc.array(enginePacket, { maxLength: 4 }),
    }),
  },
  fc.record({
    do: fc.constant("bytes" as const),
    peer: small,
    bytes: fc.uint8Array({ maxLength: 9 }),
  }),
  fc.record({ do: fc.constant("half" as const), peer: small, text: enginePacket }),
  fc.record({
    do: fc.constant("finish" as const),
    request: fc.nat(30),
    how: fc.constantFrom("end", "fail", "leave"),
  }),
  fc.record({ do: fc.constant("webSocket" as const), peer: small, opens: fc.boolean() }),
  { weight: 6, arbitrary: fc.record({ do: fc.constant("frame" as const), socket: small, frame }) },
  fc.record({ do: fc.constant("stall" as const), socket: small, stalls: fc.boolean() }),
  fc.record({
    do: fc.constant("drop" as const),
    socket: small,
    error: fc.constantFrom(undefined, "reset"),
  }),
  fc.record({
    do: fc.constant("method" as const),
    peer: small,
    method: fc.constantFrom("PUT", "OPTIONS", "DELETE", "HEAD"),
  }),
  fc.record({
    do: fc.constant("tick" as const),
    ms: fc.constantFrom(1, 600, 10_000, 26_000, 50_000),
  }),
  fc.record({ do: fc.constant("honest" as const) }),
);

/** A peer of each kind that has joined: acts go wrong by themselves soon enough. */
const BEGINNING: readonly Act[] = [
  { do: "open", transport: "polling", eio: "3", junk: "" },
  { do: "open", transport: "websocket", eio: "3", junk: "" },
  { do: "open", transport: "polling", eio: "4", junk: "" },
  { do: "post", peer: 0, packets: ["40", "40/a,", "40/dyn-1,"] },
  { do: "open", transport: "websocket", eio: "4", junk: "" },
  ...["40", "40/a,", "40/dyn-1,"].map((frame): Act => ({ do: "frame", socket: 0, frame })),
];

/** Limits that hostile peers go beyond, and an honest client does not. */
const LIMITS: readonly ServerOptions[] = [
  {},
  { bufferPolicy: "dropOldest", maxBufferedPackets: 3, maxBufferedBytes: 10_000 },
  { bufferPolicy: "dropNewest", maxBufferedPackets: 3, maxConnectionMemory: 50_000 },
  { handlerMode: "serial", maxPendingEvents: 2, maxConnectionMemory: 50_000 },
  { handlerMode: (event) => event.slice(0, 1), maxNamespaces: 2, maxDynamicNamespaces: 1 },
  {
    limits: {
      handshakes: { perAddress: { rate: 1_000 } },
      bytes: { perSocket: { rate: 100_000 } },
    },
  },
];

/** Where it is played. */
interface Place {
  readonly transport: "polling" | "websocket";
  readonly options: ServerOptions;
}

/** Plays, and looks at everything that may be left. */
async function play({ transport, options }: Place, acts: readonly Act[]): Promise<void> {
  const world = new HostileWorld(options);
  await world.start(transport);
  for (const it of [...BEGINNING, ...acts]) await world.play(it);
  await world.leave();
  await world.check();
  await world.end();
  const lines = world.io.world.logger.lines.flatMap(({ message, args }) => [
    message,
    ...args.filter((it) => typeof it === "string"),
  ]);
  assertEquals(lines.filter((line) => line.length > MAX_LINE || HIDDEN.test(line)), []);
}

for (const transport of ["polling", "websocket"] as const) {
  Deno.test(`Whatever peers do, an honest client by ${transport} is served, and nothing of them is left`, async () => {
    const acts = fc.array(act, { minLength: 1, maxLength: 40, size: "max" });
    const limits = fc.constantFrom(...LIMITS);
    const plays = fc.asyncProperty(
      acts,
      limits,
      (all, options) => play({ transport, options }, all),
    );
    await fc.assert(plays, RUNS);
  });
}
