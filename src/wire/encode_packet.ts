/**
 * A packet of Socket.IO as a packet of Engine.IO, encoded once.
 */
import type { Codec } from "./codec.ts";
import { EncodedPacket } from "./encoded_packet.ts";
import type { SocketPacket } from "./socket_packet.ts";

/**
 * Encodes a packet.
 *
 * @throws what the caller's data throws, see `Codec.encode`
 */
export function encodePacket(codec: Codec, packet: SocketPacket): EncodedPacket {
  const parts = codec.encode(packet);
  return packet.type === "event"
    ? EncodedPacket.event(parts, codec.toAscii)
    : EncodedPacket.message(parts, codec.toAscii);
}
