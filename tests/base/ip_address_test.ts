/** Tests of IP addresses and ranges, as text and as numbers. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  addressGroup,
  AddressRange,
  formatAddress,
  parseAddress,
} from "../../src/base/ip_address.ts";

/** The canonical text of an address; undefined if it is none. */
function canonical(text: string): string | undefined {
  const address = parseAddress(text);
  return address && formatAddress(address);
}

Deno.test("parseAddress reads both families, and writes them in one way", () => {
  const texts: Readonly<Record<string, string>> = {
    "192.0.2.1": "192.0.2.1",
    "0.0.0.0": "0.0.0.0",
    "255.255.255.255": "255.255.255.255",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::FFFF:c000:0201": "192.0.2.1",
    "0:0:0:0:0:ffff:192.0.2.1": "192.0.2.1",
    "::": "::",
    "::1": "::1",
    "1::": "1::",
    "2001:DB8:0:0:8:800:200C:417A": "2001:db8::8:800:200c:417a",
    "2001:0db8:0000:0000:0001:0000:0000:0001": "2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "1:2:3:4:5:6:7::": "1:2:3:4:5:6:7:0",
    "::192.0.2.1": "::c000:201",
    "64:ff9b::192.0.2.33": "64:ff9b::c000:221",
    "fe80::1%eth0": "fe80::1",
  };
  for (const [text, expected] of Object.entries(texts)) assertEquals(canonical(text), expected);
});

Deno.test("parseAddress takes nothing else", () => {
  const wrong = [
    "",
    " ",
    "unknown",
    "_hidden",
    "localhost",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.-4",
    "1.2.3.04",
    "0x7f.0.0.1",
    "1.2.3.4 ",
    "1.2.3.4:80",
    "1.2.3.4%eth0",
    "[::1]",
    ":",
    ":::",
    "1:::2",
    "::1::2",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "g::1",
    "1.2.3.4::",
    "::1.2.3",
    "1.2.3.4::1",
    "::1.2.3.4:5",
    "fe80::1%",
    `::${"0".repeat(80)}1`,
    "１.2.3.4",
  ];
  for (const text of wrong) assertEquals([text, canonical(text)], [text, undefined]);
});

Deno.test("formatAddress writes what parseAddress reads, whatever the address", () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), {
    minLength: 8,
    maxLength: 8,
  });
  fc.assert(fc.property(groups, (address) => {
    const text = formatAddress(address);
    assertEquals(parseAddress(text), address);
    assertEquals(canonical(text), text);
    assert(text.length <= 39);
  }));
  fc.assert(fc.property(fc.string(), (text) => void parseAddress(text)));
  fc.assert(fc.property(fc.ipV4(), (text) => assertEquals(canonical(text), text)));
  fc.assert(fc.property(fc.ipV6(), (text) => assert(parseAddress(text) !== undefined)));
});

Deno.test("addressGroup is an address of IPv4, and the /64 of one of IPv6", () => {
  const group = (text: string): string => addressGroup(parseAddress(text) ?? []);
  assertEquals(group("192.0.2.1"), "192.0.2.1");
  assertEquals(group("::ffff:192.0.2.1"), "192.0.2.1");
  assertEquals(group("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assertEquals(group("2001:db8:1:2:ffff:ffff:ffff:ffff"), group("2001:db8:1:2::"));
  assertEquals(group("2001:db8:1:3::") === group("2001:db8:1:2::"), false);
  assertEquals(group("::1"), "::/64");
});

Deno.test("AddressRange has the addresses that begin with its bits", () => {
  const has = (range: string, address: string): boolean | undefined =>
    AddressRange.parse(range)?.has(parseAddress(address) ?? []);
  const inside: readonly [range: string, address: string][] = [
    ["10.0.0.0/8", "10.255.255.255"],
    ["10.1.2.3/8", "10.9.9.9"],
    ["172.16.0.0/12", "172.31.0.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1", "::ffff:192.0.2.1"],
    ["::ffff:10.0.0.0/104", "10.1.2.3"],
    ["0.0.0.0/0", "203.0.113.9"],
    ["::/0", "2001:db8::1"],
    ["fd00::/8", "fdff::1"],
    ["2001:db8::/33", "2001:db8:7fff::1"],
    ["2001:db8::1/128", "2001:db8::1"],
  ];
  const outside: readonly [range: string, address: string][] = [
    ["10.0.0.0/8", "11.0.0.0"],
    ["172.16.0.0/12", "172.32.0.1"],
    ["192.0.2.1", "192.0.2.2"],
    ["0.0.0.0/0", "2001:db8::1"],
    ["::/0", "203.0.113.9"],
    ["::/64", "10.0.0.1"],
    ["fd00::/8", "fe00::1"],
    ["2001:db8::/33", "2001:db8:8000::1"],
    ["2001:db8::1/128", "2001:db8::2"],
  ];
  for (const [range, address] of inside) assertEquals([range, has(range, address)], [range, true]);
  for (const [range, address] of outside) {
    assertEquals([range, has(range, address)], [range, false]);
  }
});

Deno.test("AddressRange takes no other text", () => {
  for (
    const text of [
      "",
      "10.0.0.0/",
      "10.0.0.0/33",
      "10.0.0.0/-1",
      "::/129",
      "10/8",
      "a/8",
      "1::/8/8",
    ]
  ) {
    assertEquals([text, AddressRange.parse(text)], [text, undefined]);
  }
});
