/**
 * The address of a client behind proxies: the `trustProxy` option, and `X-Forwarded-For`.
 *
 * Invariants
 * - The header is read from the right, which is what the nearest proxy has written, and only while
 *   whoever has written is trusted. What a client itself writes stands further to the left than its own
 *   address, so it is never looked at.
 * - An entry that is no address ends the search at the proxy that has written it: nobody gets away from
 *   their own address by a malformed one.
 * - The work is bounded: `MAX_HOPS` entries at most, of the last `MAX_CHARACTERS` characters.
 * - Without trust the address is the peer's, as the runtime tells it.
 *
 * Source: the de facto header as proxies write it, ports and brackets included; `proxy-addr` of Express
 * for the direction.
 */
import { AddressRange, formatAddress, type IpAddress, parseAddress } from "../base/ip_address.ts";

/** The most proxies that may stand in a row. */
export const MAX_HOPS = 32;

/** The longest entry is 64 characters and its port, brackets and comma. */
const MAX_CHARACTERS = MAX_HOPS * 80;

/** Which proxies are believed. */
export class TrustedProxies {
  readonly #hops: number;
  readonly #ranges: readonly AddressRange[];

  /** @param trust how many proxies there are, or their addresses and ranges, which were checked */
  constructor(trust: number | readonly string[]) {
    this.#hops = typeof trust === "number" ? trust : 0;
    this.#ranges = typeof trust === "number"
      ? []
      : trust.map((text) => AddressRange.parse(text)).filter((range) => range !== undefined);
  }

  /**
   * The address of the client.
   *
   * @param peer the address of the peer, as the runtime tells it; `""` when it does not
   * @param forwarded the header; several are joined by commas
   */
  clientAddress(peer: string, forwarded: string | undefined): string {
    if (forwarded === undefined || !this.#trusts(parseAddress(peer), 0)) return peer;
    let client = peer;
    let hops = 0;
    for (const entry of lastEntries(forwarded)) {
      const address = parseEntry(entry);
      if (address === undefined) break;
      client = formatAddress(address);
      if (!this.#trusts(address, ++hops)) break;
    }
    return client;
  }

  #trusts(address: IpAddress | undefined, hop: number): boolean {
    if (hop < this.#hops) return true;
    return address !== undefined && this.#ranges.some((range) => range.has(address));
  }
}

/** The entries from the last one on; the one that is cut off is no address. */
function lastEntries(header: string): readonly string[] {
  const entries = header.slice(-MAX_CHARACTERS).split(",");
  if (header.length > MAX_CHARACTERS) entries[0] = "";
  return entries.slice(-MAX_HOPS).reverse();
}

/** An entry is an address, in brackets or not, and may have a port. */
function parseEntry(entry: string): IpAddress | undefined {
  const text = entry.trim();
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1];
  if (bracketed !== undefined) return bracketed.includes(":") ? parseAddress(bracketed) : undefined;
  const withPort = /^([^:]*):\d{1,5}$/.exec(text)?.[1];
  return parseAddress(withPort ?? text);
}
