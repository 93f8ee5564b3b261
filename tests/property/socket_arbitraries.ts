/** What a Socket.IO packet may be, for the properties of its codec in every revision. */
import { assert } from "@std/assert";
import fc from "fast-check";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import type { DecodeDifference } from "../wire/known_differences.ts";
import { encodeOurs, type Outcome } from "../wire/published.ts";

/** Binary data, at the beginning of its buffer. */
export const bytes: fc.Arbitrary<Uint8Array<ArrayBuffer>> = fc.uint8Array({ maxLength: 12 })
  .map((array) => new Uint8Array(array));

/**
 * Values that come back from JSON as they were, with binary data among them.
 *
 * @param most items of an array, and members of an object
 */
export function plainTree(most: number): fc.Arbitrary<unknown> {
  return fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.string({ unit: "binary" }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      bytes,
      fc.array(tie("tree"), { maxLength: most }),
      fc.dictionary(fc.string({ maxLength: 3 }), tie("tree"), {
        maxKeys: most,
        noNullPrototype: true,
      }),
    ),
  })).tree;
}

/** What the packets of `eventsAndAcks` are made of. */
export interface PacketParts {
  readonly namespace: fc.Arbitrary<string>;
  /** The name of an event. */
  readonly name: fc.Arbitrary<string | number>;
  readonly value: fc.Arbitrary<unknown>;
}

/** Events, some of which ask for an acknowledgement, and acknowledgements. */
export function eventsAndAcks({ namespace, name, value }: PacketParts): fc.Arbitrary<SocketPacket> {
  const id = fc.option(fc.nat(), { nil: undefined });
  const values = fc.array(value, { maxLength: 3 });
  const event = fc.tuple(namespace, id, name, values).map(
    ([nsp, ack, first, rest]): SocketPacket => {
      const data = [first, ...rest] as const;
      return ack === undefined
        ? { type: "event", nsp, data }
        : { type: "event", nsp, data, id: ack };
    },
  );
  const ack = fc.tuple(namespace, fc.nat(), values).map((
    [nsp, number, data],
  ): SocketPacket => ({ type: "ack", nsp, data, id: number }));
  return fc.oneof(event, ack);
}

/** Text that is nearly a packet, put together from likely and unlikely pieces. */
export function nearlyPacketOf(
  namespaces: readonly string[],
  value: fc.Arbitrary<unknown>,
): fc.Arbitrary<string> {
  const json = fc.oneof(
    fc.json({ maxDepth: 2 }),
    value.map((value) => JSON.stringify(["x", value])),
    fc.constantFrom('["x"]', "[]", "{}", '"m"', "null", '["connect"]', "[1]", "[null]", "[", ""),
    fc.constantFrom(-1, 0, 1, 0.5, "0", null).map((num) =>
      JSON.stringify(["x", { _placeholder: true, num }])
    ),
  );
  return fc.tuple(
    fc.constantFrom("0", "1", "2", "3", "4", "5", "6", "7", "", " ", "b"),
    fc.constantFrom("", "", "1-", "2-", "0-", "10-", "11-", "1e0-", "+1-", " 1-", "1", "-", "01-"),
    fc.constantFrom("", "", ...namespaces),
    fc.constantFrom("", "", "1", "12", "007", "-1", "1.5", " ", "1 ", "9007199254740993", "1e3"),
    json,
  ).map((pieces) => pieces.join(""));
}

/** The text of a packet with one place changed. */
export function mutatedOf(packets: fc.Arbitrary<SocketPacket>): fc.Arbitrary<string> {
  return fc.tuple(packets, fc.nat(), fc.nat(2), fc.string({ maxLength: 3 })).map(
    ([packet, position, removed, inserted]) => {
      const [text] = encodeOurs(packet);
      assert(typeof text === "string");
      const at = position % (text.length + 1);
      return text.slice(0, at) + inserted + text.slice(at + removed);
    },
  );
}

/** The difference that explains why two outcomes are not the same, if one does. */
export function explain(
  differences: readonly DecodeDifference[],
  text: string,
  ours: Outcome,
  theirs: Outcome,
): string | undefined {
  return differences.find(({ pattern, godwit }) => {
    if (!pattern.test(text)) return false;
    if (godwit === "refused") return ours.kind === "refused" && theirs.kind !== "refused";
    if (godwit === "accepted") return theirs.kind === "refused";
    if (ours.kind !== "packet" || theirs.kind !== "packet") return false;
    const { id: _, ...rest } = theirs.packet;
    return JSON.stringify(rest) === JSON.stringify(ours.packet);
  })?.name;
}
