/**
 * Where Godwit's default codecs differ from the published parsers on purpose, as data.
 *
 * Invariants
 * - Every difference has a reason, and an example that shows it; a test fails when the example no
 *   longer differs.
 * - The differential tests accept these differences and no others.
 */

/** A difference in what is read from a peer. */
export interface DecodeDifference {
  readonly name: string;
  /** Why the published behaviour is not followed. */
  readonly reason: string;
  /** The first text frames concerned. */
  readonly pattern: RegExp;
  /** What Godwit does instead: refuse, accept, drop the acknowledgement id, or give empty data. */
  readonly godwit: "refused" | "accepted" | "without id" | "empty data";
  /** A frame that shows the difference, and how many empty attachments follow it. */
  readonly example: { readonly text: string; readonly attachments: number };
}

/** Type, attachments and namespace: what comes before an acknowledgement id. */
const HEAD = String.raw`(?:[0-4]|[56]\d+-)(?:\/[^,]*(?:,|$))?`;

/** Socket.IO packets, against socket.io-parser 4.2.7. */
export const SOCKET_DECODE_DIFFERENCES: readonly DecodeDifference[] = [
  {
    name: "empty type",
    reason: "an empty or blank type is no type; the published parser reads it as CONNECT",
    pattern: /^(?:\s|$)/,
    godwit: "refused",
    example: { text: "", attachments: 0 },
  },
  {
    name: "attachment count",
    reason: "the count is plain digits; the published parser takes any text that Number takes",
    pattern: /^[56](?!\d+-)/,
    godwit: "refused",
    example: { text: '51e0-["x",{"_placeholder":true,"num":0}]', attachments: 1 },
  },
  {
    name: "missing data",
    reason: "an event has a name and an ack has arguments; handlers would get undefined",
    pattern: new RegExp(String.raw`^(?:[23]|[56]\d+-)(?:\/[^,]*(?:,|$))?\d*$`),
    godwit: "refused",
    example: { text: "2", attachments: 0 },
  },
  {
    name: "blank in ack id",
    reason: "an id is plain digits; the published parser reads white space as a part of it",
    pattern: new RegExp(String.raw`^${HEAD}\d*\s`),
    godwit: "refused",
    example: { text: '2 ["x"]', attachments: 0 },
  },
  {
    name: "large ack id",
    reason: "an id that is no safe integer cannot be sent back as it came",
    pattern: new RegExp(String.raw`^${HEAD}\d{16,}`),
    godwit: "refused",
    example: { text: '29007199254740993["x"]', attachments: 0 },
  },
  {
    name: "id without meaning",
    reason: "only events and acks have an id; the types of other packets have no place for it",
    pattern: /^[014](?:\/[^,]*,)?\d/,
    godwit: "without id",
    example: { text: '05{"token":1}', attachments: 0 },
  },
  {
    name: "long namespace",
    reason: "names are bounded by maxNamespaceLength before anything keeps them",
    pattern: /^(?:[0-4]|[56]\d+-)\/[^,]{1024,}/,
    godwit: "refused",
    example: { text: `0/${"a".repeat(1024)}`, attachments: 0 },
  },
  {
    name: "fractional placeholder",
    reason: "a placeholder names an attachment; the published parser delivers undefined for 0.5",
    pattern: /^[56]\d+-.*\d(?:\.|[eE])/s,
    godwit: "refused",
    example: { text: '51-["x",{"_placeholder":true,"num":0.5}]', attachments: 1 },
  },
  {
    name: "deep nesting",
    reason: "attachments are put back without recursion; the published parser overflows the stack",
    pattern: /^[56]\d+-.*\[{2000}/s,
    godwit: "accepted",
    example: { text: `51-["x",${"[".repeat(50_000)}${"]".repeat(50_000)}]`, attachments: 1 },
  },
];

/** Engine.IO packets and payloads, against engine.io-parser 5.2.3. */
export const ENGINE_DECODE_DIFFERENCES: readonly DecodeDifference[] = [
  {
    name: "malformed base64",
    reason: "damaged data must not be delivered; the published parser skips what it cannot read",
    pattern: /^b/,
    godwit: "refused",
    example: { text: "bAQ*=", attachments: 0 },
  },
  {
    name: "message without data",
    reason: "a message always has data, be it empty; the published parser leaves it undefined",
    pattern: /^4$/,
    godwit: "empty data",
    example: { text: "4", attachments: 0 },
  },
];

/** A difference in what is written; the encoder's tests build an example for each name. */
export interface EncodeDifference {
  readonly name: string;
  /** Why the published behaviour is not followed. */
  readonly reason: string;
}

/** Socket.IO packets, against socket.io-parser 4.2.7. */
export const SOCKET_ENCODE_DIFFERENCES: readonly EncodeDifference[] = [
  {
    name: "own __proto__ beside binary data",
    reason: "an own key is data; where assigning to __proto__ sets a prototype (Node, Bun), the " +
      "published encoder loses what is under it",
  },
  {
    name: "Blob",
    reason: "a Blob is read asynchronously, and emit takes a snapshot; use its arrayBuffer()",
  },
  {
    name: "deep nesting",
    reason:
      "2,000 levels everywhere, then a RangeError that says why; the published encoder goes " +
      "on until the stack overflows",
  },
  {
    name: "data that turns into undefined",
    reason: "the published encoder writes the word undefined, which no peer can read",
  },
  {
    name: "binary data that vanishes",
    reason: "what held bytes when looked at and none when taken is written without attachments; " +
      "the published encoder announces 0 attachments, which no peer accepts",
  },
  {
    name: "shared memory",
    reason: "attachments are copies, so what the caller changes after encode is not sent",
  },
];
