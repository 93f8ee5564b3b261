/**
 * Where the msgpack parser differs from socket.io-msgpack-parser 3.0.2 on purpose, as data.
 *
 * Invariants
 * - Every difference has a reason, and an example that shows it; a test fails when the example no
 *   longer differs.
 * - The differential tests accept these differences and no others.
 */

/** A difference in what is read from a peer: ours refuses, the published parser does not. */
export interface MsgpackDecodeDifference {
  readonly name: string;
  /** Why the published behaviour is not followed. */
  readonly reason: string;
  /** What our error says. */
  readonly message: RegExp;
  /** What stands for the second argument of an event in a frame that shows the difference. */
  readonly example: readonly number[];
}

const NIL = 0xc0;

/** The values after which `maxElements` ends a frame, and some more: an array of 32 bits of nils. */
function manyNils(): readonly number[] {
  const count = 1_000_001;
  const size = [24, 16, 8, 0].map((shift) => (count >>> shift) & 0xff);
  return [0xdd, ...size, ...new Array<number>(count).fill(NIL)];
}

/** An array of binary data without bytes, of as many pieces as `maxElements` does not allow. */
function manyBins(): readonly number[] {
  const count = 250_001;
  const size = [24, 16, 8, 0].map((shift) => (count >>> shift) & 0xff);
  return [0xdd, ...size, ...new Array<readonly number[]>(count).fill([0xc4, 0]).flat()];
}

/** What frames from peers are refused for. */
export const MSGPACK_DECODE_DIFFERENCES: readonly MsgpackDecodeDifference[] = [
  {
    name: "__proto__ as a key",
    reason: "it sets the prototype of the object in the published parser, on Node and Bun",
    message: /keys must be text or numbers, and not __proto__$/,
    example: [0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 0x81, 0xa1, 0x61, 0x01],
  },
  {
    name: "keys of other kinds",
    reason: "no encoder of objects writes them; the published parser makes text of whatever it is",
    message: /keys must be text or numbers, and not __proto__$/,
    example: [0x81, NIL, 0x01],
  },
  {
    name: "malformed UTF-8",
    reason:
      "text that is damaged is refused on a WebSocket too; the published parser delivers U+FFFD",
    message: /expected text in UTF-8$/,
    example: [0xa1, 0xff],
  },
  {
    name: "deep nesting",
    reason: "maxDepth; the published parser recurses until the stack overflows, wherever that is",
    message: /maxDepth is 2000, found 2001$/,
    example: [...new Array<number>(2_000).fill(0x91), NIL],
  },
  {
    name: "many values",
    reason: "maxElements; a value of one byte takes up to 64 when it is decoded",
    message: /maxElements is 1000000, found 1000010$/,
    example: manyNils(),
  },
  {
    name: "many pieces of binary data",
    reason: "maxElements, for which each counts as four: an empty one takes 208 bytes",
    message: /maxElements is 1000000, found 100000[1-4]$/,
    example: manyBins(),
  },
];

/** A difference in what is written. */
export interface MsgpackEncodeDifference {
  readonly name: string;
  /** Why the published behaviour is not followed. */
  readonly reason: string;
  /** A value that shows the difference. */
  readonly example: () => unknown;
  /** What the published parser reads of our frame; `refused` when there is no frame. */
  readonly godwit: unknown;
}

const REFUSED = "refused";

/** An array in as many others, which the published encoder still writes. */
function nested(levels: number): unknown {
  let value: unknown = null;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

/** What is sent to peers in another form, or not at all. */
export const MSGPACK_ENCODE_DIFFERENCES: readonly MsgpackEncodeDifference[] = [
  {
    name: "view of a part of a buffer",
    reason: "only what was given is sent; the published encoder sends the whole buffer around it",
    example: () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
    godwit: new Uint8Array([2, 3]).buffer,
  },
  {
    name: "half a surrogate pair",
    reason: "U+FFFD, as in a WebSocket; the published encoder joins it with whatever follows",
    example: () => "\ud800x",
    godwit: "\ufffdx",
  },
  {
    name: "half a surrogate pair in a key",
    reason: "as in a value",
    example: () => ({ "x\udc00": 1 }),
    godwit: { "x\ufffd": 1 },
  },
  {
    name: "whole numbers of more than 64 bits",
    reason:
      "a float, which holds them; the published encoder sends what is left of them in 64 bits",
    example: () => [1e300, -1e300, 2 ** 64],
    godwit: [1e300, -1e300, 2 ** 64],
  },
  {
    name: "Blob",
    reason:
      "a Blob is read asynchronously, and emit takes a snapshot; the published encoder sends {}",
    example: () => new Blob(["x"]),
    godwit: REFUSED,
  },
  {
    name: "deep nesting",
    reason: "2,000 levels everywhere; the published encoder goes on until the stack overflows",
    example: () => nested(2_000),
    godwit: REFUSED,
  },
];
