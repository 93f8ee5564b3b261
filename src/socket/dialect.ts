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
import type { RevisionTraits } from "../wire/revision_traits.ts";
import type { SocketPacket } from "../wire/socket_packet.ts";

/** A packet, and what its client gave to get in. */
export interface AddressedPacket {
  readonly packet: SocketPacket;
  /** Empty but for packets that ask to be let in. */
  readonly auth: Record<string, unknown>;
}

/** Tells the namespace of a packet from the query that may stand behind its name. */
export function readAddress(
  packet: SocketPacket,
  { auth: place }: RevisionTraits,
): AddressedPacket {
  const isConnect = packet.type === "connect";
  if (place === "data") return { packet, auth: isConnect ? { ...packet.data } : {} };
  const mark = packet.nsp.indexOf("?");
  if (mark < 0) return { packet, auth: {} };
  const auth = isConnect ? parseQuery(packet.nsp.slice(mark + 1)) : {};
  return { packet: { ...packet, nsp: packet.nsp.slice(0, mark) }, auth };
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

/** A refusal as clients of a revision expect it: the older ones get the data, or else the message. */
export function refusalData(refusal: Refusal, { refusal: form }: RevisionTraits): unknown {
  return form === "object" ? refusal : refusal.data || refusal.message;
}

/** The last of repeated keys wins, as in the query of a handshake. */
function parseQuery(query: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(query));
}
