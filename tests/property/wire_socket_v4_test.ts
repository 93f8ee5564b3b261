/** Properties of the Socket.IO packets of clients of revision 3, beside socket.io-parser 3.4.5. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Frame } from "../../src/wire/engine_packet.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import { SOCKET_V4_DECODE_DIFFERENCES } from "../wire/known_differences_v3.ts";
import { decodeOurs, encodeOurs } from "../wire/published.ts";
import { decodeSocketV4, encodeSocketV4 } from "../wire/published_v3.ts";
import {
  bytes,
  eventsAndAcks,
  explain,
  mutatedOf,
  nearlyPacketOf,
  plainTree,
} from "./socket_arbitraries.ts";

const RUNS = { numRuns: 1_500 };
/** Decoders take ten attachments. */
const MAX_FRAMES = 11;
const QUERIES = { namespaceQueries: true };

const tree = plainTree(3);
const json = fc.json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text));

const nsp = fc.constantFrom("/", "/admin", "/a/b", "/é");
const nspWithQuery = fc.oneof(nsp, fc.constantFrom("/admin?token=a", "/a?x=%2C&y", "/?x=1", "/é?"));
const name = fc.constantFrom("x", "", 7);
const eventOrAck = eventsAndAcks({ namespace: nsp, name, value: tree });

/** What clients send. */
const fromClient: fc.Arbitrary<SocketPacket> = fc.oneof(
  { weight: 2, arbitrary: eventOrAck },
  nspWithQuery.map((nsp): SocketPacket => ({ type: "connect", nsp })),
  nspWithQuery.map((nsp): SocketPacket => ({ type: "disconnect", nsp })),
);

/** What servers send: a refusal may be any JSON. */
const fromServer: fc.Arbitrary<SocketPacket> = fc.oneof(
  { weight: 2, arbitrary: eventOrAck },
  nsp.map((nsp): SocketPacket => ({ type: "connect", nsp })),
  nsp.map((nsp): SocketPacket => ({ type: "disconnect", nsp })),
  fc.tuple(nsp, json).map(([nsp, data]): SocketPacket => ({ type: "connect_error", nsp, data })),
);

Deno.test("What a server sends is, byte by byte, what one of Socket.IO 2 sends", () => {
  fc.assert(
    fc.property(fc.oneof(fromServer, fromClient), (packet) => {
      assertEquals([...encodeOurs(packet)], [...encodeSocketV4(packet)]);
    }),
    RUNS,
  );
});

Deno.test("A client reads what a server sends as it was meant", () => {
  fc.assert(
    fc.property(fromServer, (packet) => {
      // Numbers and booleans cannot be read by this parser.
      const isOdd = packet.type === "connect_error" && isOddError(packet.data);
      const frames = encodeOurs(packet);
      if (isOdd || frames.length > MAX_FRAMES) return;
      const outcome = decodeSocketV4(frames);
      assertEquals<unknown>(outcome, { kind: "packet", packet: withoutUnset(packet) });
    }),
    RUNS,
  );
});

Deno.test("What a client sends is read as it was meant", () => {
  fc.assert(
    fc.property(fromClient, (packet) => {
      const frames = encodeSocketV4(packet);
      if (frames.length > MAX_FRAMES) return;
      assertEquals<unknown>(decodeOurs(frames, QUERIES), { kind: "packet", packet });
    }),
    RUNS,
  );
});

const nearlyPacket = nearlyPacketOf(
  ["/", "/a,", "/a", "/,", ",", "/a?b=c,", "/a?b", "/?,", "/é,"],
  tree,
);
const mutated = mutatedOf(fromClient);

Deno.test("Any text gives what the published decoder gives, but for the known differences", () => {
  const text = fc.oneof(nearlyPacket, mutated, fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(text, fc.array(bytes, { maxLength: 3 }), (first, rest) => {
      const frames: readonly Frame[] = [first, ...rest];
      const [ours, theirs] = [decodeOurs(frames, QUERIES), decodeSocketV4(frames)];
      if (explain(SOCKET_V4_DECODE_DIFFERENCES, first, ours, theirs) !== undefined) return;
      if (ours.kind === "refused" || theirs.kind === "refused") {
        assertEquals(ours.kind, theirs.kind, JSON.stringify(frames));
      } else assertEquals(ours, theirs, JSON.stringify(frames));
    }),
    RUNS,
  );
});

function isOddError(data: unknown): boolean {
  return typeof data !== "string" && typeof data !== "object";
}

function withoutUnset(packet: SocketPacket): object {
  if (packet.type !== "connect_error" || packet.data !== null) return packet;
  const { data: _, ...rest } = packet;
  return rest;
}
