/**
 * The published msgpack parser as an oracle: the same questions put to it and to ours, the same kind
 * of answer.
 */
import { Buffer } from "node:buffer";
import * as published from "socket.io-msgpack-parser";
import { ProtocolError } from "../../src/base/errors.ts";
import { Decoder, Encoder, type ParserPacket } from "../../src/extra/msgpack.ts";

/** What became of a frame. */
export type FrameOutcome =
  | { readonly kind: "packet"; readonly packet: unknown }
  | { readonly kind: "refused"; readonly message: string };

const encoder = new Encoder({ binary: "ext" });
const publishedEncoder = new published.Encoder();

/** An event whose last argument is `value`. */
export function eventOf(value: unknown): ParserPacket {
  return { type: 2, nsp: "/", data: ["x", value] };
}

/** A frame with an event whose last argument is encoded already. */
export function eventFrame(argument: Iterable<number>): Uint8Array<ArrayBuffer> {
  const [whole = new Uint8Array(0)] = encoder.encode(eventOf(null));
  const bytes = Uint8Array.from(argument);
  const frame = new Uint8Array(whole.length - 1 + bytes.length);
  frame.set(whole.subarray(0, -1));
  frame.set(bytes, whole.length - 1);
  return frame;
}

/** Our one frame of a packet, all of it as the published encoder writes it on Node. */
export function encodeOurs(packet: ParserPacket): Uint8Array<ArrayBuffer> {
  const [frame, ...rest] = encoder.encode(packet);
  if (frame === undefined || rest.length > 0) throw new TypeError("Expected one frame");
  return frame;
}

/** The published encoder's one frame, as a plain `Uint8Array`. */
export function encodePublished(packet: unknown): Uint8Array<ArrayBuffer> {
  // Its declaration says ArrayBuffer; it gives an array of frames.
  const frames = publishedEncoder.encode(packet) as unknown as readonly Uint8Array[];
  return Uint8Array.from(frames[0] ?? []);
}

/** What our decoder makes of a frame; anything but a protocol error is thrown. */
export function decodeOurs(frame: Uint8Array): FrameOutcome {
  const decoder = new Decoder();
  const packets: unknown[] = [];
  decoder.on("decoded", (packet) => packets.push(packet));
  try {
    decoder.add(frame);
  } catch (error) {
    if (!(error instanceof ProtocolError) || packets.length > 0) throw error;
    return { kind: "refused", message: error.message };
  }
  return { kind: "packet", packet: packets[0] };
}

/** What the published decoder makes of a frame. */
export function decodePublished(frame: Uint8Array): FrameOutcome {
  const decoder = new published.Decoder();
  let packet: unknown;
  decoder.on("decoded", (value: unknown) => packet = value);
  try {
    // It reads Buffers only.
    decoder.add(Buffer.from(frame));
  } catch (error) {
    return { kind: "refused", message: String(error) };
  }
  return { kind: "packet", packet: plainBytes(packet) };
}

/** With plain `Uint8Array`s in the place of `Buffer`s, at any depth, in place. */
function plainBytes(root: unknown): unknown {
  const holder = { root };
  const open: object[] = [holder];
  for (let object = open.pop(); object !== undefined; object = open.pop()) {
    const members = object as Record<string, unknown>;
    for (const [key, value] of Object.entries(members)) {
      if (value instanceof Uint8Array) members[key] = Uint8Array.from(value);
      else if (typeof value === "object" && value !== null) open.push(value);
    }
  }
  return holder.root;
}
