/**
 * The words of Socket.IO: what a packet is, and which shapes a peer may send.
 *
 * Invariants
 * - A packet is a readonly value; `type` comes first and decides the shape of the rest.
 * - Every packet that a codec hands out went through `toSocketPacket`, so the floors above need not
 *   look at shapes again: an event has a name, and the name is not one that a server reserves.
 * - Whether binary data is inside is a matter of the wire and not of the packet: BINARY_EVENT and
 *   BINARY_ACK do not exist here.
 *
 * Source: Socket.IO protocol, revision 5, section "Packet types"; advisory GHSA-cqmj-92xf-r6r9 (event
 * names that are not strings).
 */
import { LimitError, PacketError, quote } from "../base/errors.ts";
import { MAX_ARGUMENTS } from "./limits.ts";

/** The arguments of an event: its name, then the rest. */
export type EventData = readonly [string | number, ...unknown[]];

/** One Socket.IO packet. */
export type SocketPacket =
  | {
    readonly type: "connect";
    readonly nsp: string;
    readonly data?: Readonly<Record<string, unknown>>;
  }
  | { readonly type: "disconnect"; readonly nsp: string }
  | {
    readonly type: "event";
    readonly nsp: string;
    readonly data: EventData;
    /** Set when the sender wants an acknowledgement. */
    readonly id?: number;
  }
  | {
    readonly type: "ack";
    readonly nsp: string;
    readonly data: readonly unknown[];
    /** The id of the event that is acknowledged. */
    readonly id?: number;
  }
  | {
    readonly type: "connect_error";
    readonly nsp: string;
    readonly data: unknown;
  };

const CONNECT = 0;
const DISCONNECT = 1;
const EVENT = 2;
const ACK = 3;
const CONNECT_ERROR = 4;
/** The wire's type of an event with attachments. */
export const BINARY_EVENT = 5;
/** The wire's type of an acknowledgement with attachments. */
export const BINARY_ACK = 6;

/** The digits of the packet types on the wire. */
export const SOCKET_PACKET_DIGITS: Readonly<Record<SocketPacket["type"], number>> = Object.freeze({
  connect: CONNECT,
  disconnect: DISCONNECT,
  event: EVENT,
  ack: ACK,
  connect_error: CONNECT_ERROR,
});

/** Event names that no peer may send: they have a meaning of their own on one of the sides. */
export const RESERVED_EVENT_NAMES: ReadonlySet<string> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

/** Whether these are the arguments of an event that a peer may send. */
export function isEventData(data: unknown): data is EventData {
  if (!Array.isArray(data)) return false;
  const name: unknown = data[0];
  return typeof name === "string" ? !RESERVED_EVENT_NAMES.has(name) : typeof name === "number";
}

/**
 * A checked packet from the loose parts that were read.
 *
 * @param type the digit on the wire, 0 to 6; an event or ack with attachments is an event or ack
 * @param id the acknowledgement id, if any; only events and acks keep it
 * @throws {PacketError} when the data does not have the shape that the type asks for
 */
export function toSocketPacket(
  type: number,
  nsp: string,
  id: number | undefined,
  data: unknown,
): SocketPacket {
  switch (type) {
    case EVENT:
    case BINARY_EVENT:
      if (!isEventData(data)) throw eventError(data);
      checkArguments(data);
      return id === undefined ? { type: "event", nsp, data } : { type: "event", nsp, data, id };
    case ACK:
    case BINARY_ACK:
      if (!Array.isArray(data)) throw shapeError("an ack's data must be an array", data);
      checkArguments(data);
      return id === undefined ? { type: "ack", nsp, data } : { type: "ack", nsp, data, id };
    default:
      return toControlPacket(type, nsp, data);
  }
}

function toControlPacket(type: number, nsp: string, data: unknown): SocketPacket {
  switch (type) {
    case CONNECT:
      if (data === undefined) return { type: "connect", nsp };
      if (!isRecord(data)) throw shapeError("data of a connect must be an object", data);
      return { type: "connect", nsp, data };
    case DISCONNECT:
      if (data !== undefined) throw shapeError("a disconnect must not carry data", data);
      return { type: "disconnect", nsp };
    case CONNECT_ERROR:
      if (data !== undefined && typeof data !== "string" && !isRecord(data)) {
        throw shapeError("data of a connect_error must be an object or a string", data);
      }
      return { type: "connect_error", nsp, data };
    default:
      throw new PacketError(
        `Cannot decode socket packet: type must be 0–6, found ${quote(String(type))}`,
      );
  }
}

function checkArguments(data: readonly unknown[]): void {
  if (data.length > MAX_ARGUMENTS) {
    throw new LimitError("maxArguments", MAX_ARGUMENTS, data.length);
  }
}

/** The same test as the published parser's: plain objects, but no arrays, buffers or null. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

function eventError(data: unknown): PacketError {
  if (!Array.isArray(data)) return shapeError("an event's data must be an array", data);
  const name: unknown = data[0];
  return typeof name === "string"
    ? new PacketError(`Cannot decode socket packet: event name ${quote(name)} is reserved`)
    : shapeError("event name must be a string or a number", name);
}

/** Peers choose the value, so only its kind is said. */
function shapeError(expected: string, found: unknown): PacketError {
  const kind = found === undefined
    ? "nothing"
    : found === null
    ? "null"
    : Array.isArray(found)
    ? "array"
    : typeof found;
  return new PacketError(`Cannot decode socket packet: ${expected}, found ${kind}`);
}
