/**
 * The parser of msgpack: packets as binary frames, which clients read that have
 * `socket.io-msgpack-parser`. Server and clients must have the same parser.
 *
 * ```ts
 * import { Server } from "@godwit/io";
 * import * as parser from "@godwit/io/msgpack";
 *
 * const io = new Server({ parser });
 * ```
 *
 * What is written and read is, byte by byte, what `socket.io-msgpack-parser` 3.0.2 writes and reads on
 * Node; only binary data that is no `Buffer` is written as a `Buffer` is, which clients in browsers can
 * read. Frames are checked before they are decoded: see {@linkcode msgpackParser} for the bounds.
 *
 * @module
 */
import { asBytes } from "../base/bytes.ts";
import { describeValue, PacketError } from "../base/errors.ts";
import type { Parser, ParserDecoder, ParserEncoder, ParserPacket } from "../wire/parser_codec.ts";
import { decodeFrame } from "./msgpack/decode.ts";
import { encodeFrame } from "./msgpack/encode.ts";
import {
  type MsgpackOptions,
  type ResolvedMsgpackOptions,
  resolveMsgpackOptions,
} from "./msgpack/options.ts";

export type { Parser, ParserDecoder, ParserEncoder, ParserPacket } from "../wire/parser_codec.ts";
export type { MsgpackOptions } from "./msgpack/options.ts";

/** The revision of the Socket.IO protocol that the packets are of. */
export const protocol = 5 as const;

/** The numbers of the packet types. Binary data needs no types of its own. */
export const PacketType: {
  readonly CONNECT: 0;
  readonly DISCONNECT: 1;
  readonly EVENT: 2;
  readonly ACK: 3;
  readonly CONNECT_ERROR: 4;
} = { CONNECT: 0, DISCONNECT: 1, EVENT: 2, ACK: 3, CONNECT_ERROR: 4 };

/**
 * Writes packets as msgpack, one frame for each.
 *
 * @example
 * ```ts
 * import { Decoder, Encoder, PacketType } from "@godwit/io/msgpack";
 * import { assertEquals } from "@std/assert";
 *
 * const packet = { type: PacketType.EVENT, nsp: "/", data: ["moved", { x: 1, y: 2 }] };
 * const [frame] = new Encoder().encode(packet);
 *
 * const decoder = new Decoder();
 * decoder.on("decoded", (decoded) => assertEquals(decoded, packet));
 * decoder.add(frame);
 * ```
 */
export class Encoder implements ParserEncoder {
  readonly #options: ResolvedMsgpackOptions;

  /**
   * Without options it writes as the published encoder does, with all binary data as a `Buffer`.
   *
   * @throws {TypeError} when an option is wrong
   */
  constructor(options?: MsgpackOptions) {
    this.#options = resolveMsgpackOptions(options);
  }

  /**
   * The packet as one frame, which shares no memory with it.
   *
   * @throws {TypeError} when something has no form in msgpack: a BigInt, a symbol, a Blob, a function
   * inside an array
   * @throws {RangeError} when the data is nested more than 2,000 levels deep, or contains itself
   */
  encode(packet: ParserPacket): readonly Uint8Array<ArrayBuffer>[] {
    return [encodeFrame(packet, this.#options.binary)];
  }
}

/**
 * Reads packets from frames of msgpack. It has the methods that socket.io and socket.io-client call.
 *
 * @example
 * ```ts
 * import { Decoder } from "@godwit/io/msgpack";
 * import { assertThrows } from "@std/assert";
 *
 * const decoder = new Decoder({ maxElements: 1_000 });
 * // an array that says it has 4,294,967,295 values
 * const bomb = Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff);
 * assertThrows(() => decoder.add(bomb), Error, "maxElements is 1000");
 * ```
 */
export class Decoder implements ParserDecoder {
  readonly #options: ResolvedMsgpackOptions;
  readonly #listeners: Set<(packet: unknown) => void> = new Set();

  /**
   * Without options the default bounds hold.
   *
   * @throws {TypeError} when an option is wrong
   */
  constructor(options?: MsgpackOptions) {
    this.#options = resolveMsgpackOptions(options);
  }

  /** Sets who is told of the packets. */
  on(_event: "decoded", listener: (packet: unknown) => void): this {
    this.#listeners.add(listener);
    return this;
  }

  /** Takes a listener away. */
  off(_event: "decoded", listener: (packet: unknown) => void): this {
    this.#listeners.delete(listener);
    return this;
  }

  /** Takes a listener away. */
  removeListener(event: "decoded", listener: (packet: unknown) => void): this {
    return this.off(event, listener);
  }

  /**
   * Takes one frame, and tells of the packet in it before it returns.
   *
   * @throws {PacketError} when it is no packet in msgpack; text never is
   * @throws {LimitError} when it is over one of the bounds
   */
  add(frame: unknown): void {
    const packet = decodeFrame(toBytes(frame), this.#options);
    this.checkPacket(packet);
    for (const listener of [...this.#listeners]) listener(packet);
  }

  /**
   * Whether a decoded value has the members that its type asks for.
   *
   * @throws {PacketError} when it has not
   */
  checkPacket(decoded: unknown): void {
    const problem = packetProblem(decoded);
    if (problem !== undefined) throw new PacketError(`Cannot decode socket packet: ${problem}`);
  }

  /** Forgets its listeners; nothing else is held between frames. */
  destroy(): void {
    this.#listeners.clear();
  }
}

/**
 * The parser with bounds of one's own, for the option `parser` of servers and clients.
 *
 * @throws {TypeError} when an option is wrong
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { msgpackParser } from "@godwit/io/msgpack";
 *
 * const parser = msgpackParser({ maxDepth: 50, maxElements: 10_000 });
 * const io = new Server({ parser });
 * ```
 */
export function msgpackParser(options: MsgpackOptions = {}): Parser {
  const resolved = resolveMsgpackOptions(options);
  return Object.freeze({
    Encoder: class extends Encoder {
      constructor() {
        super(resolved);
      }
    },
    Decoder: class extends Decoder {
      constructor() {
        super(resolved);
      }
    },
  });
}

function toBytes(frame: unknown): Uint8Array {
  if (frame instanceof Uint8Array) return frame;
  if (frame instanceof ArrayBuffer || ArrayBuffer.isView(frame)) return asBytes(frame);
  throw new PacketError(
    `Cannot decode socket packet: expected binary data, found ${
      typeof frame === "string" ? "text" : describeValue(frame)
    }`,
  );
}

/** What is wrong with a decoded packet; undefined when nothing is. */
function packetProblem(decoded: unknown): string | undefined {
  if (!isMap(decoded)) return "a packet must be a map";
  const { type, nsp, data, id } = decoded;
  if (typeof nsp !== "string") return "namespace must be a string";
  if (id !== undefined && !Number.isInteger(id)) return "ack id must be a whole number";
  switch (type) {
    case PacketType.CONNECT:
      return data === undefined || isMap(data) ? undefined : "data of a connect must be a map";
    case PacketType.DISCONNECT:
      return data === undefined ? undefined : "a disconnect must not carry data";
    case PacketType.EVENT:
    case PacketType.ACK:
      return Array.isArray(data) ? undefined : "data of an event or ack must be an array";
    case PacketType.CONNECT_ERROR:
      return typeof data === "string" || isMap(data)
        ? undefined
        : "data of a connect_error must be a string or a map";
    default:
      return "type must be 0–4";
  }
}

/** As the published parser tells: an object that is no array, no date and no binary data. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === "[object Object]";
}
