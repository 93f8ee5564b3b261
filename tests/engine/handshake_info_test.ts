import { assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type EngineRequest,
  type RequestSource,
  snapshotRequest,
} from "../../src/engine/handshake_info.ts";

/** The plainest request that a runtime can give. */
const PLAIN: RequestSource = {
  url: "/",
  method: "GET",
  headers: [],
  remoteAddress: "127.0.0.1",
  secure: false,
  raw: undefined,
};

function snapshot(url: string, headers: RequestSource["headers"] = []): EngineRequest {
  return snapshotRequest({ ...PLAIN, url, headers });
}

/** The keys and values of a record, whatever its prototype. */
function entries(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record);
}

Deno.test("snapshotRequest gives path and query without scheme, host and fragment", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["http://localhost/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=4&transport=polling"],
    ["https://a.example:8443/x", "/x"],
    ["http://[::1]:3000/?a=1", "/?a=1"],
    ["http://[::1]:3000?a=1", "/?a=1"],
    ["http://localhost?a=/b", "/?a=/b"],
    ["http://localhost#/a?b", "/"],
    ["http://localhost", "/"],
    ["http://localhost/a#b?c=1", "/a"],
    ["http://localhost/a?b=1#c?d=2", "/a?b=1"],
    ["http://localhost/a?b=http://c/d", "/a?b=http://c/d"],
    ["http://localhost//b//c", "//b//c"],
    ["data:,abc", "/"],
    ["/socket.io/?EIO=4#a", "/socket.io/?EIO=4"],
    ["/", "/"],
    ["/?a=http://b/c", "/?a=http://b/c"],
    ["//b//c", "//b//c"],
    ["/#/a", "/"],
    ["*", "/"],
    ["", "/"],
    ["chat.example:443", "/"],
  ];
  for (const [url, expected] of cases) assertEquals(snapshot(url).url, expected, url);
});

Deno.test("snapshotRequest gives method, address, secure and raw as the runtime told them", () => {
  const raw = { kind: "incoming message" };
  const told = { method: "POST", remoteAddress: "2001:db8::1", secure: true, raw };
  const result = snapshotRequest({ ...PLAIN, ...told });
  assertEquals([result.method, result.remoteAddress, result.secure], ["POST", "2001:db8::1", true]);
  assertStrictEquals(result.raw, raw);
  assertFalse(snapshotRequest({ ...PLAIN, url: "https://localhost/" }).secure);
});

Deno.test("snapshotRequest joins repeated headers, in their order", () => {
  const headers = [["x-one", "a"], ["origin", "http://a.example"], ["set-cookie", "c=1"]] as const;
  const more = [["x-one", "b"], ["set-cookie", "d=2"], ["x-one", ""]] as const;
  assertEquals(entries(snapshot("/", [...headers, ...more]).headers), [
    ["x-one", "a, b, "],
    ["origin", "http://a.example"],
    ["set-cookie", "c=1, d=2"],
  ]);
});

Deno.test("snapshotRequest takes the headers of anything that gives them one by one", () => {
  function* pairs(): Generator<[string, string]> {
    yield ["a", "1"];
    yield ["b", "2"];
  }
  for (const headers of [pairs(), new Map(pairs()), new Headers([...pairs()])]) {
    assertEquals(entries(snapshot("/", headers).headers), [["a", "1"], ["b", "2"]]);
  }
});

Deno.test("snapshotRequest keeps names of Object.prototype as ordinary own keys", () => {
  const headers = { "__proto__x": "0", "constructor": "1", "hasownproperty": "2" };
  const url = "/?__proto__=a&constructor=b&__proto__[polluted]=c&toString=d";
  const result = snapshot(url, [...Object.entries(headers), ["__proto__", "3"]]);
  assertEquals(entries(result.query).toSorted(), [
    ["__proto__", "a"],
    ["__proto__[polluted]", "c"],
    ["constructor", "b"],
    ["toString", "d"],
  ]);
  assertEquals(entries(result.headers).toSorted(), [
    ["__proto__", "3"],
    ["__proto__x", "0"],
    ["constructor", "1"],
    ["hasownproperty", "2"],
  ]);
  assertStrictEquals(Object.getPrototypeOf(result.query), null);
  assertStrictEquals(Object.getPrototypeOf(result.headers), null);
});

Deno.test("snapshotRequest finds nothing under inherited names when the request has none", () => {
  const { query, headers } = snapshot("http://localhost/");
  for (const name of ["__proto__", "constructor", "toString", "sid"]) {
    assertStrictEquals(query[name], undefined);
    assertStrictEquals(headers[name], undefined);
  }
});

Deno.test("snapshotRequest lets the last of repeated query keys win", () => {
  const { query } = snapshot("http://localhost/?EIO=4&sid=a&EIO=3&sid=b&sid=");
  assertEquals(entries(query).toSorted(), [["EIO", "3"], ["sid", ""]]);
});

Deno.test("snapshotRequest does not throw on malformed percent-encoding", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a=%", "%"],
    ["a=%zz", "%zz"],
    ["a=%E0%A4", "\ufffd"],
    ["a=1+2%2B", "1 2+"],
    ["a", ""],
    ["a=b=c", "b=c"],
  ];
  for (const [query, expected] of cases) {
    assertEquals(snapshot(`http://localhost/?${query}`).query["a"], expected);
  }
});

Deno.test("snapshotRequest is frozen, its headers and its query too", () => {
  const result = snapshot("http://localhost/?a=1", [["b", "2"]]);
  assertThrows(() => Object.assign(result, { method: "PUT" }), TypeError);
  assertThrows(() => Object.assign(result.query, { a: "2" }), TypeError);
  assertThrows(() => Object.assign(result.headers, { c: "3" }), TypeError);
});

Deno.test("snapshotRequest does not follow later changes of what it was given", () => {
  const headers = new Map([["a", "1"]]);
  const source = { ...PLAIN, headers };
  const result = snapshotRequest(source);
  headers.set("a", "2").set("b", "3");
  Object.assign(source, { url: "/other", method: "PUT", remoteAddress: "" });
  assertEquals(entries(result.headers), [["a", "1"]]);
  assertEquals([result.url, result.method, result.remoteAddress], ["/", "GET", "127.0.0.1"]);
});

Deno.test("snapshotRequest reads a query of 100,000 keys", () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => `k${index}=${index}`);
  const { query } = snapshot(`http://localhost/?${keys.join("&")}`);
  assertEquals(Object.keys(query).length, 100_000);
  assertEquals(query["k99999"], "99999");
});

Deno.test("snapshotRequest parses any query as Object.fromEntries over URLSearchParams does", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const address = new URL("http://localhost/");
    address.search = text;
    const expected = Object.fromEntries(address.searchParams.entries());
    assertEquals(entries(snapshot(address.href).query), Object.entries(expected));
  }));
});
