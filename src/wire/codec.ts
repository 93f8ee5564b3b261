/**
 * The seam between Socket.IO packets and Engine.IO messages: what a codec must do.
 *
 * Invariants of every codec
 * - `encode` takes a snapshot: what it returns shares no memory with the packet's data, and the data
 *   is not changed. It may throw what the caller's own data throws (a cycle, a BigInt).
 * - `push` throws `ProtocolError` and nothing else, whatever the peer sent.
 * - A decoder holds at most one unfinished packet, of bounded size; after an error it holds nothing.
 *
 * Source: Socket.IO protocol, revision 5, section "Packet encoding".
 */
import type { Frame } from "./engine_packet.ts";
import type { SocketPacket } from "./socket_packet.ts";

/** What a decoder has to expect beyond the protocol's newest revision. */
export interface DecoderOptions {
  /**
   * Whether a query may stand behind the name of a namespace, as in `/orders?token=a`: then the two
   * come together in `nsp`, and may be longer than a name.
   *
   * @default false
   */
  readonly namespaceQueries?: boolean;
}

/** Turns packets into messages, and makes decoders, one for each connection. */
export interface Codec {
  /** Writes a text message in ASCII alone, so that it is read as the same packet; where it can be done. */
  readonly toAscii?: (text: string) => string;
  /**
   * The packet as messages, in the order in which they must be sent.
   *
   * @throws {TypeError} when the data cannot be encoded: a cycle, a BigInt, a Blob
   * @throws {RangeError} when the data is nested too deeply
   */
  encode(packet: SocketPacket): readonly Frame[];
  /** A decoder for one connection. */
  createDecoder(options?: DecoderOptions): Decoder;
}

/**
 * Puts the packets of one connection together again.
 *
 * A frame nearly always completes one packet or none. A custom parser may find several in one frame:
 * who reads frames asks `next` until there is none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { jsonCodec } from "./json_codec.ts";
 *
 * const decoder = jsonCodec().createDecoder();
 * const packets = [];
 * for (let packet = decoder.push('2["hello"]'); packet; packet = decoder.next()) {
 *   packets.push(packet);
 * }
 * assertEquals(packets, [{ type: "event", nsp: "/", data: ["hello"] }]);
 * ```
 */
export interface Decoder {
  /**
   * Takes one message. Must not be called while `next` still gives packets of the last one.
   *
   * @returns the first packet that the message completes, or undefined when more messages are needed
   * @throws {ProtocolError} when the message is malformed or over a limit; the decoder is then reset
   */
  push(frame: Frame): SocketPacket | undefined;
  /**
   * A further packet of the last message, or undefined when there is none.
   *
   * @throws {ProtocolError} when what follows in that message is malformed; the decoder is then reset
   */
  next(): SocketPacket | undefined;
  /** Bytes held for a packet that is not complete, 0 when there is none. */
  readonly pendingBytes: number;
  /** Forgets an unfinished packet, and packets not yet taken. */
  reset(): void;
}
