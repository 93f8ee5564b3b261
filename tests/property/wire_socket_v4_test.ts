/** Properties of the Socket.IO packets of clients of revision 3, beside socket.io-parser 3.4.5. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Frame } from "../../src/wire/engine_packet.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import { SOCKET_V4_DECODE_DIFFERENCES } from "../wire/known_differences_v3.ts";
import { decodeOurs, encodeOurs, type Outcome } from "../wire/published.ts";
import { decodeSocketV4, encodeSocketV4 } from "../wire/published_v3.ts";

const RUNS = { numRuns: 1_500 };
/** Decoders take ten attachments. */
const MAX_FRAMES = 11;
const QUERIES = { namespaceQueries: true };

const bytes = fc.uint8Array({ maxLength: 8 }).map((array) => new Uint8Array(array));

/** Values that come back from JSON as they were, with binary data among them. */
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string({ unit: "binary" }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    bytes,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie("tree"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const json = fc.json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text));

const nsp = fc.constantFrom("/", "/admin", "/a/b", "/é");
const nspWithQuery = fc.oneof(nsp, fc.constantFrom("/admin?token=a", "/a?x=%2C&y", "/?x=1", "/é?"));
const id = fc.option(fc.nat(), { nil: undefined });

const event = fc.tuple(nsp, id, fc.constantFrom("x", "", 7), fc.array(tree, { maxLength: 3 })).map(
  ([nsp, ack, name, rest]): SocketPacket => {
    const data = [name, ...rest] as const;
    return ack === undefined ? { type: "event", nsp, data } : { type: "event", nsp, data, id: ack };
  },
);
const ack = fc.tuple(nsp, fc.nat(), fc.array(tree, { maxLength: 3 })).map((
  [nsp, number, data],
): SocketPacket => ({ type: "ack", nsp, data, id: number }));

/** What clients send. */
const fromClient: fc.Arbitrary<SocketPacket> = fc.oneof(
  event,
  ack,
  nspWithQuery.map((nsp): SocketPacket => ({ type: "connect", nsp })),
  nspWithQuery.map((nsp): SocketPacket => ({ type: "disconnect", nsp })),
);

/** What servers send: a refusal may be any JSON. */
const fromServer: fc.Arbitrary<SocketPacket> = fc.oneof(
  event,
  ack,
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

/** Text that is nearly a packet, put together from likely and unlikely pieces. */
const nearlyPacket = fc.tuple(
  fc.constantFrom("0", "1", "2", "3", "4", "5", "6", "7", "", " ", "b"),
  fc.constantFrom("", "", "1-", "2-", "0-", "10-", "11-", "1e0-", "+1-", " 1-", "1", "-", "01-"),
  fc.constantFrom("", "", "/", "/a,", "/a", "/,", ",", "/a?b=c,", "/a?b", "/?,", "/é,"),
  fc.constantFrom("", "", "1", "12", "007", "-1", "1.5", " ", "1 ", "9007199254740993", "1e3"),
  fc.oneof(
    fc.json({ maxDepth: 2 }),
    tree.map((value) => JSON.stringify(["x", value])),
    fc.constantFrom('["x"]', "[]", "{}", '"m"', "null", '["connect"]', "[1]", "[null]", "[", ""),
    fc.constantFrom(-1, 0, 1, 0.5, "0", null).map((num) =>
      JSON.stringify(["x", { _placeholder: true, num }])
    ),
  ),
).map((pieces) => pieces.join(""));

/** A valid text with one place changed. */
const mutated = fc.tuple(fromClient, fc.nat(), fc.nat(2), fc.string({ maxLength: 3 })).map(
  ([packet, position, removed, inserted]) => {
    const [text] = encodeOurs(packet);
    assert(typeof text === "string");
    const at = position % (text.length + 1);
    return text.slice(0, at) + inserted + text.slice(at + removed);
  },
);

Deno.test("Any text gives what the published decoder gives, but for the known differences", () => {
  const text = fc.oneof(nearlyPacket, mutated, fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(text, fc.array(bytes, { maxLength: 3 }), (first, rest) => {
      const frames: readonly Frame[] = [first, ...rest];
      const [ours, theirs] = [decodeOurs(frames, QUERIES), decodeSocketV4(frames)];
      if (explain(first, ours, theirs) !== undefined) return;
      if (ours.kind === "refused" || theirs.kind === "refused") {
        assertEquals(ours.kind, theirs.kind, JSON.stringify(frames));
      } else assertEquals(ours, theirs, JSON.stringify(frames));
    }),
    RUNS,
  );
});

/** The difference that explains why two outcomes are not the same, if one does. */
function explain(text: string, ours: Outcome, theirs: Outcome): string | undefined {
  return SOCKET_V4_DECODE_DIFFERENCES.find(({ pattern, godwit }) => {
    if (!pattern.test(text)) return false;
    if (godwit === "refused") return ours.kind === "refused" && theirs.kind !== "refused";
    if (godwit === "accepted") return theirs.kind === "refused";
    if (ours.kind !== "packet" || theirs.kind !== "packet") return false;
    const { id: _, ...rest } = theirs.packet;
    return JSON.stringify(rest) === JSON.stringify(ours.packet);
  })?.name;
}

function isOddError(data: unknown): boolean {
  return typeof data !== "string" && typeof data !== "object";
}

function withoutUnset(packet: SocketPacket): object {
  if (packet.type !== "connect_error" || packet.data !== null) return packet;
  const { data: _, ...rest } = packet;
  return rest;
}
