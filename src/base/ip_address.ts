/**
 * IP addresses and ranges of them, as text and as numbers.
 *
 * Invariants
 * - An address is eight groups of 16 bits; one of IPv4 is the IPv6 address that it is mapped to,
 *   `::ffff:a.b.c.d`. So the two spellings of one address are equal.
 * - What is not an address gives `undefined`. Numbers of IPv4 with a leading zero are none: some read
 *   them as octal.
 * - A range of IPv6 that is wider than all mapped addresses holds none of IPv4.
 *
 * Source: RFC 4291 section 2.2 (text), RFC 5952 section 4 (canonical text), RFC 4632 (CIDR).
 *
 * @module
 */

/** Eight numbers, 0 to 65,535. */
export type IpAddress = readonly number[];

/** The longest text that can be an address, zone included. */
const MAX_LENGTH = 64;

const GROUPS = 8;
const MAPPED: readonly number[] = Object.freeze([0, 0, 0, 0, 0, 0xffff]);
/** Bits of the prefix that all mapped addresses have. */
const MAPPED_BITS = 96;

/**
 * Reads an address; the zone of a link-local one is dropped.
 *
 * @example
 * ```ts
 * parseAddress("::ffff:192.0.2.1"); // the same as of "192.0.2.1"
 * parseAddress("192.0.2.256"); // undefined
 * ```
 */
export function parseAddress(text: string): IpAddress | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (!text.includes(":")) {
    const groups = parseV4(text);
    return groups && [...MAPPED, ...groups];
  }
  const [address = "", zone] = text.split("%", 2);
  return zone === "" ? undefined : parseV6(address);
}

/** Whether it is an address of IPv4. */
export function isV4(address: IpAddress): boolean {
  return MAPPED.every((group, index) => address[index] === group);
}

/** The canonical text of an address. */
export function formatAddress(address: IpAddress): string {
  return isV4(address) ? formatV4(address) : formatV6(address);
}

/**
 * What stands for everybody who has this address: itself, or the /64 of an IPv6 address, which is what
 * one network of one customer has at least.
 */
export function addressGroup(address: IpAddress): string {
  if (isV4(address)) return formatV4(address);
  return `${formatV6([...address.slice(0, 4), 0, 0, 0, 0])}/64`;
}

/** The addresses that begin with the same bits. */
export class AddressRange {
  readonly #address: IpAddress;
  readonly #bits: number;

  private constructor(address: IpAddress, bits: number) {
    this.#address = address;
    this.#bits = bits;
  }

  /** Reads an address, or a range such as `10.0.0.0/8` and `fc00::/7`. */
  static parse(text: string): AddressRange | undefined {
    const [prefix = "", length, ...rest] = text.split("/");
    const address = parseAddress(prefix);
    if (address === undefined || rest.length > 0) return undefined;
    if (length === undefined) return new AddressRange(address, GROUPS * 16);
    const isShort = !prefix.includes(":");
    const max = isShort ? 32 : GROUPS * 16;
    if (!/^\d{1,3}$/.test(length) || Number(length) > max) return undefined;
    return new AddressRange(address, Number(length) + (isShort ? MAPPED_BITS : 0));
  }

  /** Whether an address is one of them. */
  has(address: IpAddress): boolean {
    if (this.#bits < MAPPED_BITS && isV4(address)) return false;
    return this.#address.every((group, index) => {
      const ignored = Math.min(16, Math.max(0, 16 * (index + 1) - this.#bits));
      return (group ^ (address[index] ?? 0)) >> ignored === 0;
    });
  }
}

function parseV4(text: string): readonly [number, number] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) {
    return undefined;
  }
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  return Math.max(a, b, c, d) > 255 ? undefined : [a * 256 + b, c * 256 + d];
}

function parseV6(text: string): IpAddress | undefined {
  const [head = "", tail, ...rest] = text.split("::");
  if (rest.length > 0) return undefined;
  const before = parseGroups(head, tail === undefined);
  const after = parseGroups(tail ?? "", true);
  if (before === undefined || after === undefined) return undefined;
  const missing = GROUPS - before.length - after.length;
  // Two colons stand for a group of zeros at least.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...before, ...new Array<number>(missing).fill(0), ...after];
}

/** Groups between colons, of which the last may be an address of IPv4. */
function parseGroups(text: string, mayEndInV4: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const embedded = mayEndInV4 && isLast && part.includes(".") ? parseV4(part) : undefined;
    if (embedded !== undefined) groups.push(...embedded);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function formatV4(address: IpAddress): string {
  const [high = 0, low = 0] = address.slice(6);
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

/** The first of the longest runs of zeros becomes two colons, if it is longer than one. */
function formatV6(address: IpAddress): string {
  let start = 0;
  let length = 1;
  for (let from = 0; from < GROUPS; from++) {
    let to = from;
    while (to < GROUPS && address[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const groups = address.map((group) => group.toString(16));
  if (length === 1) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}
