/** What the tests of the vectors ask of every codec, whatever its revision. */
import { assertEquals, assertThrows } from "@std/assert";
import { PacketError, ProtocolError } from "../../src/base/errors.ts";
import type { Decoder } from "../../src/wire/codec.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { EngineCodec } from "../../src/wire/engine_codec.ts";
import type { EngineControlType, EnginePacket, Frame } from "../../src/wire/engine_packet.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";
import type { Vector } from "./vectors.ts";

/** The packet as a codec takes it. */
export function encoded(packet: EnginePacket): EncodedPacket {
  return packet.type === "message"
    ? EncodedPacket.message([packet.data])
    : EncodedPacket.control(packet.type as EngineControlType, packet.data);
}

/** Holds if a frame is read as its vector says. */
export function checkFrame(codec: EngineCodec, { input, output, error }: Vector): void {
  const read = (): EnginePacket => codec.decodeFrame(input as Frame);
  if (error !== undefined) assertThrows(read, PacketError);
  else assertEquals<unknown>(read(), output);
}

/** Holds if a payload is read as its vector says, the packets before an error included. */
export function checkPayload(codec: EngineCodec, { input, output, error }: Vector): void {
  const packets: EnginePacket[] = [];
  const read = (): void => {
    for (const packet of codec.decodePayload(input as Frame)) packets.push(packet);
  };
  if (error === undefined) read();
  else assertThrows(read, PacketError);
  assertEquals<unknown>(packets, output);
}

/** Holds if the frames of a packet are read as their vector says, and an error leaves nothing. */
export function checkPacket(decoder: Decoder, { input, output, error }: Vector): void {
  const read = (): SocketPacket | undefined => {
    let packet: SocketPacket | undefined;
    for (const frame of input as Frame[]) packet = decoder.push(frame);
    return packet;
  };
  if (error !== undefined) {
    assertThrows(read, ProtocolError);
    assertEquals(decoder.pendingBytes, 0);
    return;
  }
  const packet = read();
  if (output === null) assertEquals(packet, undefined);
  else {assertEquals<unknown>({ data: undefined, ...packet }, {
      data: undefined,
      ...output as object,
    });}
}
