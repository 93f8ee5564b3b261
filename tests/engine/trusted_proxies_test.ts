/** Tests of the address of a client behind proxies. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { MAX_HOPS, TrustedProxies } from "../../src/engine/trusted_proxies.ts";

const CLIENT = "203.0.113.7";
const OWN = ["10.0.0.0/8", "fd00::/8"];

function address(trust: number | readonly string[], peer: string, header?: string): string {
  return new TrustedProxies(trust).clientAddress(peer, header);
}

Deno.test("TrustedProxies believes nobody unless told to", () => {
  assertEquals(address(0, "::ffff:10.0.0.1", CLIENT), "::ffff:10.0.0.1");
  assertEquals(address([], "10.0.0.1", CLIENT), "10.0.0.1");
  assertEquals(address(0, "", CLIENT), "");
});

Deno.test("TrustedProxies counts hops from the right", () => {
  const header = `192.0.2.66, ${CLIENT}, 10.0.0.3,10.0.0.2`;
  const addresses = [0, 1, 2, 3, 4, 5].map((hops) => address(hops, "10.0.0.1", header));
  assertEquals(addresses, [
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.3",
    CLIENT,
    "192.0.2.66",
    "192.0.2.66",
  ]);
  assertEquals(address(1, "", CLIENT), CLIENT);
  assertEquals(address(1, "10.0.0.1"), "10.0.0.1");
  assertEquals(address(1, "10.0.0.1", ""), "10.0.0.1");
});

Deno.test("TrustedProxies takes the nearest peer that is in no range", () => {
  assertEquals(address(OWN, "10.0.0.1", `192.0.2.66, ${CLIENT}, 10.0.0.2`), CLIENT);
  assertEquals(address(OWN, "::ffff:10.0.0.1", `${CLIENT}, fd00::2`), CLIENT);
  assertEquals(address(OWN, CLIENT, "192.0.2.66"), CLIENT);
  assertEquals(address(OWN, "", "192.0.2.66"), "");
  assertEquals(address(OWN, "10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
});

Deno.test("TrustedProxies reads ports and brackets, and writes addresses in one way", () => {
  const entries: Readonly<Record<string, string>> = {
    "203.0.113.7:4711": CLIENT,
    "::ffff:203.0.113.7": CLIENT,
    "[2001:DB8::7]": "2001:db8::7",
    "[2001:db8::7]:4711": "2001:db8::7",
    "2001:db8:0:0::7": "2001:db8::7",
    "\t203.0.113.7 ": CLIENT,
  };
  for (const [entry, expected] of Object.entries(entries)) {
    assertEquals(address(1, "10.0.0.1", `1.1.1.1, ${entry}`), expected);
  }
});

Deno.test("TrustedProxies stays with the proxy whose entry is no address", () => {
  const entries = ["", "unknown", "_gate", "1.2.3", "[1.2.3.4]", "[::1", "::1]", "1.2.3.4:port"];
  for (const entry of [...entries, "a".repeat(10_000), "1.2.3.4 5.6.7.8", '"1.2.3.4"']) {
    assertEquals(address(2, "10.0.0.1", `1.1.1.1, ${entry}, 10.0.0.2`), "10.0.0.2");
    assertEquals(address(OWN, "10.0.0.1", `1.1.1.1, ${entry}`), "10.0.0.1");
  }
});

Deno.test("TrustedProxies looks at the end of a huge header only", () => {
  const hops = Array.from({ length: 100_000 }, () => "10.0.0.2").join(",");
  assertEquals(address(OWN, "10.0.0.1", `${CLIENT},${hops}`), "10.0.0.2");
  assertEquals(address(OWN, "10.0.0.1", `${hops},${CLIENT}`), CLIENT);
  const padding = " ".repeat(1_000_000);
  assertEquals(address(OWN, "10.0.0.1", `${CLIENT},${padding}10.0.0.2`), "10.0.0.1");
  // The entry that the cut goes through would be another address without its beginning.
  const cut = `11${CLIENT.slice(1)}${",10.0.0.2".repeat(0)}${" ".repeat(MAX_HOPS * 80 - 10)}`;
  assertEquals(address(1, "10.0.0.1", cut), "10.0.0.1");
});

Deno.test("TrustedProxies is fooled by no header that a client makes up", () => {
  const trusted = fc.nat(0xffff).map((low) => `10.0.${low >> 8}.${low & 0xff}`);
  const outsider = fc.ipV4().filter((text) => !text.startsWith("10."));
  const lie = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), trusted, fc.constant(","));
  const lies = fc.array(lie, { maxLength: 50 }).map((list) => list.join(","));
  const proxies = fc.array(trusted, { minLength: 1, maxLength: MAX_HOPS });
  fc.assert(fc.property(outsider, lies, proxies, (client, header, chain) => {
    // Each proxy appends the address of the peer that it has seen.
    const seen = [client, ...chain.slice(0, -1)];
    const forwarded = [...(header === "" ? [] : [header]), ...seen].join(", ");
    const peer = chain.at(-1) ?? "";
    assertEquals(address(OWN, peer, forwarded), client);
    assertEquals(address(chain.length, peer, forwarded), client);
    // A client that comes without a proxy.
    assertEquals(address(OWN, client, forwarded), client);
  }));
});
