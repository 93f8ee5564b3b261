/**
 * Binary data in the arguments of events and acks: out of them when sent, back in when received.
 *
 * Invariants
 * - Taking out never changes what it was given: what it changes is a copy, and so are the bytes.
 * - The copy has the shape that `JSON.stringify` is to see, `toJSON` methods already called, exactly
 *   as the published encoder builds it.
 * - Putting back changes only values that came from `JSON.parse`, never recurses, and never looks for
 *   a placeholder inside an attachment.
 * - A key such as `__proto__` is data on both ways and never sets a prototype.
 *
 * Source: Socket.IO protocol, revision 5, section "Packet encoding", binary attachments; advisory
 * GHSA-qm95-pgcg-qqfq (attachment numbers).
 */
import { asBytes, copyBytes } from "../base/bytes.ts";
import { PacketError } from "../base/errors.ts";
import { createObjectFor } from "../base/objects.ts";
import { MAX_ENCODE_DEPTH } from "./limits.ts";

/** Data without its binary parts. */
export interface Extraction {
  /** A copy of the data with a placeholder for each binary part. */
  readonly data: unknown;
  /** Copies of the binary parts, by placeholder number. */
  readonly attachments: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Whether some of these arguments hold binary data at any depth.
 *
 * @throws {TypeError} when a Blob or File comes before any binary data
 * @throws {RangeError} when the data is nested too deeply
 */
export function hasBinary(args: readonly unknown[]): boolean {
  for (let index = 0; index < args.length; index++) {
    const value = args[index];
    // Most arguments are primitives; those are done here, without a call.
    if (typeof value === "object" && value !== null && holdsBinary(value, 1, false)) return true;
  }
  return false;
}

/**
 * Takes the binary parts out.
 *
 * @throws {TypeError} when a Blob or File is among them: reading one takes time, a snapshot must not
 * @throws {RangeError} when the data is nested too deeply
 */
export function extractAttachments(data: readonly unknown[]): Extraction {
  const attachments: Uint8Array<ArrayBuffer>[] = [];
  return { data: withoutBinary(data, attachments, 0, false), attachments };
}

/**
 * Puts attachments where their placeholders are, in place.
 *
 * @param data what `JSON.parse` made; nobody else may hold it
 * @throws {PacketError} when a placeholder's number is not that of an attachment
 */
export function restoreAttachments(
  data: readonly unknown[],
  attachments: readonly Uint8Array<ArrayBuffer>[],
): void {
  // A list of work instead of recursion: the peer chooses the depth, and the stack is ours.
  const open: object[] = [data];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    // Values of JSON.parse are arrays and plain objects; both are looked at by key.
    const container = holder as Record<string | number, unknown>;
    const keys = Array.isArray(holder) ? holder.keys() : Object.keys(holder);
    for (const key of keys) {
      const value = container[key];
      if (typeof value !== "object" || value === null) continue;
      if (isPlaceholder(value)) container[key] = pick(value.num, attachments);
      else open.push(value);
    }
  }
}

interface Placeholder {
  readonly _placeholder: true;
  readonly num?: unknown;
}

function isPlaceholder(value: object): value is Placeholder {
  return (value as Partial<Placeholder>)._placeholder === true;
}

function pick(
  number: unknown,
  attachments: readonly Uint8Array<ArrayBuffer>[],
): Uint8Array<ArrayBuffer> {
  // Only a whole number that is an index: "splice", "0", 0.5 and -1 name no attachment.
  const attachment = Number.isInteger(number) ? attachments[number as number] : undefined;
  if (attachment === undefined) {
    throw new PacketError(
      `Cannot decode socket packet: placeholder number must be 0–${attachments.length - 1}`,
    );
  }
  return attachment;
}

/** As `hasBinary` for one object. `converted`: it came from a `toJSON` method. */
function holdsBinary(value: object, depth: number, converted: boolean): boolean {
  if (depth > MAX_ENCODE_DEPTH) throw depthError();
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === "object" && item !== null && holdsBinary(item, depth + 1, false)) {
        return true;
      }
    }
    return false;
  }
  if (isBinary(value)) return true;
  refuseBlob(value);
  const toJson = converted ? undefined : toJsonOf(value);
  if (toJson !== undefined) {
    const result = toJson.call(value);
    return typeof result === "object" && result !== null && holdsBinary(result, depth + 1, true);
  }
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "object" && item !== null && holdsBinary(item, depth + 1, false)) {
      return true;
    }
  }
  return false;
}

function withoutBinary(
  value: unknown,
  attachments: Uint8Array<ArrayBuffer>[],
  depth: number,
  converted: boolean,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_ENCODE_DEPTH) throw depthError();
  if (isBinary(value)) {
    attachments.push(copyBytes(asBytes(value)));
    return { _placeholder: true, num: attachments.length - 1 };
  }
  if (Array.isArray(value)) {
    const items = new Array<unknown>(value.length);
    for (let index = 0; index < value.length; index++) {
      items[index] = withoutBinary(value[index], attachments, depth + 1, false);
    }
    return items;
  }
  // JSON.stringify turns a date into text; looked into, a date would be an object without keys.
  if (Object.prototype.toString.call(value) === "[object Date]") return value;
  refuseBlob(value);
  const toJson = converted ? undefined : toJsonOf(value);
  if (toJson !== undefined) {
    return withoutBinary(toJson.call(value), attachments, depth + 1, true);
  }
  const copy = createObjectFor(Object.keys(value));
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    const item = (value as Record<string, unknown>)[key];
    setOwn(copy, key, withoutBinary(item, attachments, depth + 1, false));
  }
  return copy;
}

/** Sets an own member, whatever its key: `__proto__` sets no prototype. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") {
    target[key] = value;
    return;
  }
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function isBinary(value: object): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

type ToJson = (this: object) => unknown;

function toJsonOf(value: object): ToJson | undefined {
  const toJson = (value as { readonly toJSON?: unknown }).toJSON;
  return typeof toJson === "function" ? toJson as ToJson : undefined;
}

/**
 * Refuses a Blob; by shape, since one may come from another realm or from a package.
 *
 * @throws {TypeError} when the value is a Blob or File
 */
export function refuseBlob(value: object): void {
  const blob = value as {
    readonly arrayBuffer?: unknown;
    readonly size?: unknown;
    readonly [Symbol.toStringTag]?: unknown;
  };
  const tag = blob[Symbol.toStringTag];
  if (tag !== "Blob" && tag !== "File") return;
  if (typeof blob.arrayBuffer !== "function" || typeof blob.size !== "number") return;
  throw new TypeError(
    `Cannot encode socket packet: a ${tag} can only be read later, ` +
      "pass the bytes of its arrayBuffer() instead",
  );
}

/** What is thrown for data that is nested too deeply. */
export function depthError(): RangeError {
  return new RangeError(
    `Cannot encode socket packet: data must be at most ${MAX_ENCODE_DEPTH} levels deep ` +
      "and must not contain itself",
  );
}
