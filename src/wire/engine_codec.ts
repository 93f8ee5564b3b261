/**
 * The seam between sessions and the wire: how a revision of Engine.IO frames its packets.
 *
 * Invariants of every codec
 * - A codec is a value without state: it may serve any number of sessions.
 * - Decoding takes linear time and throws `PacketError` and nothing else.
 * - Encoded forms are kept in the packet, so a broadcast pays for each of them once.
 *
 * Source: Engine.IO protocol, revisions 3 and 4, section "Packet encoding".
 */
import type { EncodedPacket } from "./encoded_packet.ts";
import type { EnginePacket, Frame } from "./engine_packet.ts";

/** The framing of one Engine.IO revision. */
export interface EngineCodec {
  /** Bytes between two packets of a payload. */
  readonly separatorBytes: number;
  /**
   * Reads one WebSocket message.
   *
   * @throws {PacketError} when the frame is empty, of unknown type, or not valid base64
   */
  decodeFrame(frame: Frame): EnginePacket;
  /**
   * Reads the body of a POST packet by packet. Packets in front of a malformed one are yielded.
   *
   * @param body text, or bytes where the revision has binary payloads
   * @throws {PacketError} from the iterator, when it comes to a malformed packet
   */
  decodePayload(body: Frame): Iterable<EnginePacket>;
  /** The packet as WebSocket messages, in order. */
  webSocketFrames(packet: EncodedPacket): readonly Frame[];
  /** Bytes that the packet takes up in a payload, at most; separators between packets not counted. */
  payloadBytes(packet: EncodedPacket): number;
  /** The body of a GET's answer: text, or bytes where the revision has binary payloads. */
  encodePayload(packets: readonly EncodedPacket[]): Frame;
}
