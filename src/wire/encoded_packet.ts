/**
 * An outgoing Engine.IO packet that is encoded once, however many sessions send it.
 *
 * Invariants
 * - A packet never changes what it says; only its caches fill up. One instance is shared by all
 *   recipients of a broadcast and by both transports.
 * - Every wire form is built at most once per codec, when first asked for.
 * - `byteLength` does not depend on the transport that is used in the end, so that a queue counts the
 *   same number when a packet comes in and when it leaves.
 *
 * Source: Engine.IO protocol, revision 4, section "Packet encoding".
 */
import { utf8Length } from "../base/bytes.ts";
import type { EngineControlType, EnginePacketType, Frame } from "./engine_packet.ts";

/** What a codec keeps in a packet. Only the codec that owns the forms reads or writes them. */
export interface WireForms {
  /** One entry for each WebSocket message. */
  frames: readonly Frame[] | undefined;
  /** Its part of a payload of text, with what separates its own packets. */
  payloadText: string | undefined;
  /** Its part of a binary payload. */
  payloadBinary: Uint8Array<ArrayBuffer> | undefined;
  /** Bytes of its part of a payload, at most; -1 when not yet counted. */
  payloadBytes: number;
}

/**
 * The acknowledgement that an event asks for.
 *
 * @example
 * ```ts
 * import { type AskedAck, type OutgoingEvent, Server } from "@godwit/io";
 *
 * const asked = ({ packet }: OutgoingEvent): AskedAck | undefined => packet.asks;
 *
 * console.log(new Server().of("/").name, asked.length);
 * ```
 */
export interface AskedAck {
  /** The namespace of the event. */
  readonly nsp: string;
  /** The id of the acknowledgement. */
  readonly id: number;
}

/** What is known of a packet beside its parts. */
interface PacketTraits {
  readonly toAscii?: ((text: string) => string) | undefined;
  readonly isEvent?: boolean;
  readonly asks?: AskedAck | undefined;
}

/**
 * A packet ready to be sent, with the wire forms that were asked for so far.
 *
 * @example
 * ```ts
 * import { type EncodedPacket, type OutgoingEvent, Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const inMemory = new Server().adapter();
 * const sent: EncodedPacket[] = [];
 *
 * const io = new Server({
 *   adapter: (context) =>
 *     Object.assign(inMemory(context), {
 *       broadcast: ({ packet }: OutgoingEvent) => void sent.push(packet),
 *     }),
 * });
 *
 * io.emit("hello", "world");
 * assertEquals(sent.map(({ parts }) => parts), [['2["hello","world"]']]);
 * ```
 */
export class EncodedPacket {
  /** What the packet is for. */
  readonly type: EnginePacketType;
  /**
   * What the packet carries. A message: its text and its attachments, in order; each is a packet of
   * its own on the wire. Any other packet: its text, or nothing.
   */
  readonly parts: readonly Frame[];
  /**
   * Writes a text part in ASCII alone, so that it says the same to its reader; undefined where nobody
   * knows how. For carriers that may spoil other characters.
   */
  readonly toAscii: ((text: string) => string) | undefined;
  /** Whether it is an event of Socket.IO: all else must not be dropped where packets are. */
  readonly isEvent: boolean;
  /** The acknowledgement that it asks for, if it is an event that does. */
  readonly asks: AskedAck | undefined;
  #byteLength = -1;
  #owner: object | undefined;
  #forms: WireForms | undefined;
  #others: Map<object, WireForms> | undefined;

  private constructor(
    type: EnginePacketType,
    parts: readonly Frame[],
    { toAscii, isEvent = false, asks }: PacketTraits = {},
  ) {
    this.type = type;
    this.parts = parts;
    this.toAscii = toAscii;
    this.isEvent = isEvent;
    this.asks = asks;
  }

  /**
   * A message. The parts belong to the packet from here on and must not be changed.
   *
   * @param parts text and binary parts in the order in which they are to be sent, at least one
   * @param toAscii writes a text part in ASCII alone, where its format has a way
   * @throws {TypeError} when there is no part
   */
  static message(
    parts: readonly Frame[],
    toAscii?: (text: string) => string,
  ): EncodedPacket {
    checkParts(parts);
    return new EncodedPacket("message", parts, { toAscii });
  }

  /**
   * A message that is an event of Socket.IO; otherwise as `message`.
   *
   * @param asks the acknowledgement that it asks for, if it does
   */
  static event(
    parts: readonly Frame[],
    toAscii?: (text: string) => string,
    asks?: AskedAck,
  ): EncodedPacket {
    checkParts(parts);
    return new EncodedPacket("message", parts, { toAscii, isEvent: true, asks });
  }

  /** A packet other than a message. */
  static control(type: EngineControlType, data?: string): EncodedPacket {
    return new EncodedPacket(type, data === undefined ? [] : [data]);
  }

  /**
   * Bytes on a WebSocket, frame headers not counted: UTF-8 and one byte for the type of each text
   * part, and binary parts as they are. Counted once, when first asked for.
   */
  get byteLength(): number {
    if (this.#byteLength < 0) this.#byteLength = countBytes(this.parts);
    return this.#byteLength;
  }

  /** The forms kept here for one codec. For codecs only. */
  wireForms(codec: object): WireForms {
    if (this.#owner === codec && this.#forms !== undefined) return this.#forms;
    if (this.#owner === undefined) {
      this.#owner = codec;
      return this.#forms = emptyForms();
    }
    this.#others ??= new Map();
    let forms = this.#others.get(codec);
    if (forms === undefined) this.#others.set(codec, forms = emptyForms());
    return forms;
  }
}

function checkParts(parts: readonly Frame[]): void {
  if (parts.length > 0) return;
  throw new TypeError("Cannot encode engine packet: a message needs at least one part");
}

function emptyForms(): WireForms {
  return {
    frames: undefined,
    payloadText: undefined,
    payloadBinary: undefined,
    payloadBytes: -1,
  };
}

function countBytes(parts: readonly Frame[]): number {
  if (parts.length === 0) return 1;
  let bytes = 0;
  for (const part of parts) {
    bytes += typeof part === "string" ? 1 + utf8Length(part) : part.byteLength;
  }
  return bytes;
}
