/**
 * A codec around a parser of the reference's shape: the `parser` option of servers and clients.
 *
 * Invariants
 * - What the parser hands out is checked like any peer's packet: a parser may be lax, the floors above
 *   may not have to care.
 * - Whatever a parser throws while it reads is the peer's fault and becomes a `PacketError`; what it
 *   throws while it writes is the caller's.
 * - Packets leave in the order in which the parser gave them, and those in front of an error leave
 *   before the error does.
 * - Binary frames are copied when they leave the parser: they may be the user's own buffers.
 *
 * Source: Socket.IO documentation, "Custom parser"; the `Encoder` and `Decoder` of socket.io-parser.
 */
import { asBytes, copyBytes, utf8Length } from "../base/bytes.ts";
import { LimitError, PacketError, quote } from "../base/errors.ts";
import { report } from "../base/invoke.ts";
import type { Codec, Decoder, DecoderOptions } from "./codec.ts";
import type { Frame } from "./engine_packet.ts";
import { checkNsp, type CodecLimits, resolveCodecLimits } from "./limits.ts";
import { SOCKET_PACKET_DIGITS, type SocketPacket, toSocketPacket } from "./socket_packet.ts";

/** A packet as parsers see it. */
export interface ParserPacket {
  /** CONNECT 0, DISCONNECT 1, EVENT 2, ACK 3, CONNECT_ERROR 4, BINARY_EVENT 5, BINARY_ACK 6. */
  type: number;
  /** The namespace, `/` for the main one. */
  nsp: string;
  /** What the packet carries, if anything. */
  data?: unknown;
  /** The acknowledgement id, if any. */
  id?: number;
}

/** The writing half of a parser. */
export interface ParserEncoder {
  /** The packet as frames: strings, and binary data of any kind but Blobs. */
  encode(packet: ParserPacket): readonly unknown[];
}

/** The reading half of a parser. */
export interface ParserDecoder {
  /** Sets who is told of the packets. */
  on(event: "decoded", listener: (packet: unknown) => void): unknown;
  /** Takes one frame, and tells of the packets that it completes before it returns. */
  add(frame: unknown): unknown;
  /** Frees what is held. */
  destroy(): unknown;
}

/**
 * What the `parser` option takes: socket.io-parser, socket.io-msgpack-parser and their like.
 *
 * @example
 * ```ts
 * import { type ParserDecoder, type ParserEncoder, type ParserPacket, Server } from "@godwit/io";
 *
 * // writes a packet as one frame of JSON
 * class Encoder implements ParserEncoder {
 *   encode(packet: ParserPacket): readonly unknown[] {
 *     return [JSON.stringify(packet)];
 *   }
 * }
 *
 * // reads it again; what it throws ends the session of the client that sent the frame
 * class Decoder implements ParserDecoder {
 *   #decoded: (packet: unknown) => void = () => {};
 *
 *   on(_event: "decoded", listener: (packet: unknown) => void): void {
 *     this.#decoded = listener;
 *   }
 *
 *   add(frame: unknown): void {
 *     this.#decoded(JSON.parse(String(frame)));
 *   }
 *
 *   destroy(): void {}
 * }
 *
 * const io = new Server({ parser: { Encoder, Decoder } });
 * ```
 */
export interface Parser {
  /** Constructed once. */
  readonly Encoder: new () => ParserEncoder;
  /** Constructed for each connection. */
  readonly Decoder: new () => ParserDecoder;
}

/**
 * What is wrong with a would-be parser, or undefined when nothing is. Constructs one encoder and one
 * decoder to see.
 */
export function checkParser(value: unknown): string | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    return "parser must be an object with the classes Encoder and Decoder";
  }
  const { Encoder, Decoder } = value as { readonly Encoder?: unknown; readonly Decoder?: unknown };
  return checkClass("Encoder", Encoder, ["encode"]) ??
    checkClass("Decoder", Decoder, ["on", "add", "destroy"]);
}

/**
 * A codec that leaves the format to a parser.
 *
 * Packets are expected while a frame is added; one that a parser hands out later comes with the next
 * frame. Of the limits, `maxNamespaceLength` holds for each packet, and `maxAttachmentsBytes` for what
 * a parser was given since it last handed out a packet.
 *
 * @throws {TypeError} when `parser` is not one, see {@linkcode checkParser}
 * @throws {RangeError} when a limit is out of its range
 */
export function parserCodec(parser: Parser, options: Partial<CodecLimits> = {}): Codec {
  const problem = checkParser(parser);
  if (problem !== undefined) throw new TypeError(`Cannot create codec: ${problem}`);
  const limits = resolveCodecLimits(options);
  const encoder = new parser.Encoder();
  return Object.freeze({
    encode(packet: SocketPacket): readonly Frame[] {
      return toFrames(encoder.encode(toParserPacket(packet)));
    },
    createDecoder({ namespaceQueries = false }: DecoderOptions = {}): Decoder {
      return new ParserCodecDecoder(parser, limits, namespaceQueries);
    },
  });
}

function checkClass(name: string, value: unknown, methods: readonly string[]): string | undefined {
  if (typeof value !== "function") return `parser.${name} must be a class`;
  let instance: Record<string, unknown>;
  try {
    instance = new (value as new () => Record<string, unknown>)();
  } catch (error) {
    return `parser.${name} must be a class that can be constructed without arguments, ` +
      `it throws ${quote(String(error))}`;
  }
  const missing = methods.find((method) => typeof instance[method] !== "function");
  return missing === undefined ? undefined : `parser.${name} must have the method ${missing}`;
}

function toParserPacket(packet: SocketPacket): ParserPacket {
  const result: ParserPacket = { type: SOCKET_PACKET_DIGITS[packet.type], nsp: packet.nsp };
  if (packet.type !== "disconnect" && packet.data !== undefined) result.data = packet.data;
  if ((packet.type === "event" || packet.type === "ack") && packet.id !== undefined) {
    result.id = packet.id;
  }
  return result;
}

function toFrames(encoded: unknown): readonly Frame[] {
  if (!Array.isArray(encoded) || encoded.length === 0) {
    // A promise is refused too: what it is rejected with is nobody's any more.
    report(encoded, "parser", { handlerFailed: () => {} }, "parser");
    throw new TypeError("Cannot encode socket packet: parser must give an array of frames");
  }
  return encoded.map(toFrame);
}

function toFrame(value: unknown): Frame {
  if (typeof value === "string") return value;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return copyBytes(asBytes(value));
  throw new TypeError("Cannot encode socket packet: parser must give strings and binary data only");
}

/**
 * Counted for each frame that a parser holds, beside its bytes, so that empty frames are bounded too:
 * about what an array slot and a view take.
 */
const FRAME_OVERHEAD_BYTES = 64;

class ParserCodecDecoder implements Decoder {
  readonly #parser: Parser;
  readonly #limits: CodecLimits;
  readonly #hasQueries: boolean;
  #decoder: ParserDecoder | undefined;
  #packets: SocketPacket[] = [];
  #failure: PacketError | LimitError | undefined;
  #pendingBytes = 0;

  constructor(parser: Parser, limits: CodecLimits, hasQueries: boolean) {
    this.#parser = parser;
    this.#limits = limits;
    this.#hasQueries = hasQueries;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  push(frame: Frame): SocketPacket | undefined {
    const bytes = typeof frame === "string" ? utf8Length(frame) : frame.byteLength;
    this.#pendingBytes += bytes + FRAME_OVERHEAD_BYTES;
    try {
      this.#decoder ??= this.#createDecoder();
      this.#add(this.#decoder, frame);
    } catch (error) {
      this.#failure ??= toPacketError(error);
    }
    const { maxAttachmentsBytes } = this.#limits;
    if (this.#pendingBytes > maxAttachmentsBytes) {
      this.#failure ??= new LimitError(
        "maxAttachmentsBytes",
        maxAttachmentsBytes,
        this.#pendingBytes,
      );
    }
    return this.next();
  }

  next(): SocketPacket | undefined {
    const packet = this.#packets.shift();
    if (packet !== undefined || this.#failure === undefined) return packet;
    const failure = this.#failure;
    this.reset();
    throw failure;
  }

  reset(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    this.#packets = [];
    this.#failure = undefined;
    this.#pendingBytes = 0;
    try {
      report(decoder?.destroy(), "parser", { handlerFailed: () => {} }, "parser");
    } catch {
      // It is dropped in any case; a parser that cannot clean up has nobody to tell.
    }
  }

  /** One that is async hands its packets out at once all the same; what it fails with ends the session. */
  #add(decoder: ParserDecoder, frame: Frame): void {
    const failed = (error: unknown): void => {
      if (this.#decoder === decoder) this.#failure ??= toPacketError(error);
    };
    report(decoder.add(frame), "parser", { handlerFailed: failed }, "parser");
  }

  #createDecoder(): ParserDecoder {
    const decoder = new this.#parser.Decoder();
    decoder.on("decoded", (value) => {
      // One that was reset may still speak; what follows an error is not to be trusted.
      if (this.#decoder === decoder && this.#failure === undefined) this.#receive(value);
    });
    return decoder;
  }

  /** Keeps errors for later: a parser could swallow what its listener throws. */
  #receive(value: unknown): void {
    try {
      const packet = checkPacket(value);
      checkNsp(packet.nsp, this.#limits, this.#hasQueries);
      this.#packets.push(packet);
      this.#pendingBytes = 0;
    } catch (error) {
      this.#failure = toPacketError(error);
    }
  }
}

function checkPacket(value: unknown): SocketPacket {
  if (typeof value !== "object" || value === null) {
    throw new PacketError("Cannot decode socket packet: parser must give an object");
  }
  const { type, nsp, id, data } = value as Readonly<Record<keyof ParserPacket, unknown>>;
  if (typeof type !== "number") {
    throw new PacketError("Cannot decode socket packet: type must be a number");
  }
  if (typeof nsp !== "string") {
    throw new PacketError("Cannot decode socket packet: namespace must be a string");
  }
  if (id === undefined || id === null) return toSocketPacket(type, nsp, undefined, data);
  if (!Number.isSafeInteger(id) || (id as number) < 0) {
    throw new PacketError("Cannot decode socket packet: ack id must be a safe integer from 0");
  }
  return toSocketPacket(type, nsp, id as number, data);
}

function toPacketError(error: unknown): PacketError | LimitError {
  if (error instanceof PacketError || error instanceof LimitError) return error;
  return new PacketError("Cannot decode socket packet: the parser refused it", { cause: error });
}
