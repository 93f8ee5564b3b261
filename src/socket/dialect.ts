/**
 * What clients of each revision say when they join a namespace, and what they are told when refused.
 *
 * Invariants
 * - Nothing here looks at the number of a revision: its traits say what to do.
 * - A query is data: no key of it reaches a prototype.
 *
 * Source: Socket.IO protocol, revisions 4 and 5; socket.io 2.5 and 4.8 for what clients are told.
 */
import { INTERNAL_ERROR } from "../base/wire_texts.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { RevisionTraits } from "../wire/revision_traits.ts";
import type { SocketPacket } from "../wire/socket_packet.ts";

/** A packet without the query that may stand behind the name of its namespace. */
export function withoutQuery(packet: SocketPacket, { auth }: RevisionTraits): SocketPacket {
  const mark = auth === "query" ? packet.nsp.indexOf("?") : -1;
  return mark < 0 ? packet : { ...packet, nsp: packet.nsp.slice(0, mark) };
}

/** What a client gives to get into a namespace; nothing with packets that do not ask for that. */
export function authOf(packet: SocketPacket, { auth }: RevisionTraits): Record<string, unknown> {
  if (packet.type !== "connect") return {};
  if (auth === "data") return { ...packet.data };
  const mark = packet.nsp.indexOf("?");
  return mark < 0 ? {} : parseQuery(packet.nsp.slice(mark + 1));
}

/** Why a client was not let in. */
export interface Refusal {
  readonly message: unknown;
  readonly data?: unknown;
}

/** What a client is told when its refusal cannot be told. */
export const FAILURE: Refusal = Object.freeze({ message: INTERNAL_ERROR });

/** What a client is told of the error that a middleware gave to `next`. */
export function describeRefusal(error: unknown): Refusal {
  if (typeof error !== "object" || error === null) return { message: String(error) };
  const { message, data } = error as Partial<Refusal>;
  return { message, data };
}

/**
 * The packet of a refusal, or of `FAILURE` where it cannot be sent: what is told is a user's, and may be of
 * any kind, and so may the parser.
 *
 * @param failed told of what cannot be encoded
 * @returns none when not even `FAILURE` can be
 */
export function encodeRefusal(
  told: () => Refusal,
  encode: (refusal: Refusal) => EncodedPacket,
  failed: (error: unknown) => void,
): EncodedPacket | undefined {
  for (const refusal of [told, () => FAILURE]) {
    try {
      return encode(refusal());
    } catch (error) {
      failed(error);
    }
  }
  return undefined;
}

/**
 * A refusal as clients of a revision expect it: the older ones get the data, or else the message. Those
 * read a number or a truth value, where data begins, as something else: they get it as text.
 */
export function refusalData(refusal: Refusal, { refusal: form }: RevisionTraits): unknown {
  if (form === "object") return refusal;
  const told = refusal.data || refusal.message;
  return typeof told === "number" || typeof told === "boolean" ? String(told) : told;
}

/** The last of repeated keys wins, as in the query of a handshake. */
function parseQuery(query: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(query));
}
