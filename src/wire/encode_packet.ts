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
  if (packet.type !== "event") return EncodedPacket.message(parts, codec.toAscii);
  const { nsp, id } = packet;
  return EncodedPacket.event(parts, codec.toAscii, id === undefined ? undefined : { nsp, id });
}
