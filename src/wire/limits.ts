/**
 * The bounds of the Socket.IO codecs: what one packet may make us hold or do.
 *
 * Invariants
 * - Every bound has a name, a unit and a default, and is checked before anything is kept.
 * - `Infinity` is the way to ask for no bound; nothing is unbounded by accident.
 *
 * Source: advisories GHSA-677m-j7p3-52f9 (attachment count) and GHSA-xfhh-g9f5-x4m4 (header length).
 */

import { LimitError } from "../base/errors.ts";

/** Bounds that a codec's decoders keep. */
export interface CodecLimits {
  /**
   * Attachments of one packet, from 0.
   *
   * @default 10, as `maxAttachments` of socket.io-parser since 4.2.6
   */
  readonly maxAttachments: number;
  /**
   * Bytes of all attachments of one packet together, from 0.
   *
   * @default 5,000,000: five frames of the default `maxHttpBufferSize`. The published parser bounds
   * each frame only, so ten attachments may hold ten times the largest frame there.
   */
  readonly maxAttachmentsBytes: number;
  /**
   * UTF-16 code units of a namespace's name, from 1; a query behind it is not counted, where one may
   * be, and has a limit of its own.
   *
   * @default 1,024: names come from the programmer, and none is near that; the published parser has
   * no bound but the frame's.
   */
  readonly maxNamespaceLength: number;
}

/** The bounds that hold when none are given. */
export const DEFAULT_CODEC_LIMITS: CodecLimits = Object.freeze({
  maxAttachments: 10,
  maxAttachmentsBytes: 5_000_000,
  maxNamespaceLength: 1_024,
});

/**
 * Arguments of an event or an acknowledgement, its name included. Not an option: they become the
 * arguments of a call, for which the stack has room for some 100,000.
 */
export const MAX_ARGUMENTS = 10_000;

/**
 * UTF-16 code units of the query behind a namespace's name, its question mark included. Not an option:
 * such clients have the same query in the URL of each request, whose head Node limits to as many bytes.
 */
export const MAX_NAMESPACE_QUERY_LENGTH = 16_384;

/** Digits of an acknowledgement id: as many as `Number.MAX_SAFE_INTEGER` has. Not an option. */
export const MAX_ACK_ID_DIGITS = 16;

/**
 * Levels of nesting that are searched for binary data when a packet is encoded. Not an option:
 * `JSON.stringify` itself gives up between 2,000 and 5,000 levels in Node 20.
 */
export const MAX_ENCODE_DEPTH = 2_000;

/**
 * The given bounds, with defaults for the rest.
 *
 * @throws {RangeError} when a bound is not a whole number in its range or `Infinity`
 */
export function resolveCodecLimits(limits: Partial<CodecLimits> = {}): CodecLimits {
  return Object.freeze({
    maxAttachments: bound(limits, "maxAttachments", 0),
    maxAttachmentsBytes: bound(limits, "maxAttachmentsBytes", 0),
    maxNamespaceLength: bound(limits, "maxNamespaceLength", 1),
  });
}

function bound(limits: Partial<CodecLimits>, name: keyof CodecLimits, minimum: number): number {
  const value = limits[name] ?? DEFAULT_CODEC_LIMITS[name];
  if ((Number.isSafeInteger(value) || value === Infinity) && value >= minimum) return value;
  throw new RangeError(
    `Cannot create codec: ${name} must be a whole number from ${minimum} or Infinity, ` +
      `found ${String(value)}`,
  );
}

/**
 * Checks the length of what a packet has in the place of a namespace's name.
 *
 * @param hasQueries whether a query may follow the name, which has a limit of its own
 * @throws {LimitError} when the name or the query is too long
 */
export function checkNsp(nsp: string, limits: CodecLimits, hasQueries: boolean): void {
  const mark = hasQueries ? nsp.indexOf("?") : -1;
  const nameLength = mark === -1 ? nsp.length : mark;
  if (nameLength > limits.maxNamespaceLength) {
    throw new LimitError("maxNamespaceLength", limits.maxNamespaceLength, nameLength);
  }
  const queryLength = nsp.length - nameLength;
  if (queryLength > MAX_NAMESPACE_QUERY_LENGTH) {
    throw new LimitError("maxNamespaceQueryLength", MAX_NAMESPACE_QUERY_LENGTH, queryLength);
  }
}
