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
  /** Text for a polling payload, separators between its own packets included. */
  payloadPart: string | undefined;
  /** UTF-8 bytes of `payloadPart`, or -1 when not yet counted. */
  payloadPartBytes: number;
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
  #byteLength = -1;
  #owner: object | undefined;
  #forms: WireForms | undefined;
  #others: Map<object, WireForms> | undefined;

  private constructor(type: EnginePacketType, parts: readonly Frame[]) {
    this.type = type;
    this.parts = parts;
  }

  /**
   * A message. The parts belong to the packet from here on and must not be changed.
   *
   * @param parts text and binary parts in the order in which they are to be sent, at least one
   * @throws {TypeError} when there is no part
   */
  static message(parts: readonly Frame[]): EncodedPacket {
    if (parts.length === 0) {
      throw new TypeError("Cannot encode engine packet: a message needs at least one part");
    }
    return new EncodedPacket("message", parts);
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

function emptyForms(): WireForms {
  return { frames: undefined, payloadPart: undefined, payloadPartBytes: -1 };
}

function countBytes(parts: readonly Frame[]): number {
  if (parts.length === 0) return 1;
  let bytes = 0;
  for (const part of parts) {
    bytes += typeof part === "string" ? 1 + utf8Length(part) : part.byteLength;
  }
  return bytes;
}
