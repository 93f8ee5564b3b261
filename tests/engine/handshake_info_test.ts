import { assert, assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type EngineRequest, snapshotRequest } from "../../src/engine/handshake_info.ts";

function snapshot(url: string, init?: RequestInit): EngineRequest {
  return snapshotRequest(new Request(url, init), { remoteAddress: "127.0.0.1" });
}

/** The keys and values of a record, whatever its prototype. */
function entries(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record);
}

Deno.test("snapshotRequest gives path and query without scheme, host and fragment", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["http://localhost/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=4&transport=polling"],
    ["https://a.example:8443/x", "/x"],
    ["http://[::1]:3000?a=1", "/?a=1"],
    ["http://localhost/a#b?c=1", "/a"],
    ["http://localhost/a?b=1#c?d=2", "/a?b=1"],
    ["http://localhost/a?b=http://c/d", "/a?b=http://c/d"],
    ["http://localhost//b//c", "//b//c"],
    ["data:,abc", "/"],
  ];
  for (const [url, expected] of cases) assertEquals(snapshot(url).url, expected);
});

Deno.test("snapshotRequest gives method, address and the Request as raw", () => {
  const request = new Request("http://localhost/", { method: "post", body: "x" });
  const result = snapshotRequest(request, { remoteAddress: "2001:db8::1" });
  assertEquals(result.method, "POST");
  assertEquals(result.remoteAddress, "2001:db8::1");
  assertStrictEquals(result.raw, request);
  assertFalse(request.bodyUsed);
});

Deno.test("snapshotRequest passes on the raw object that the runtime gives", () => {
  const raw = { kind: "incoming message" };
  const request = new Request("http://localhost/");
  assertStrictEquals(snapshotRequest(request, { remoteAddress: "", raw }).raw, raw);
});

Deno.test("snapshotRequest takes secure from the runtime, else from the scheme", () => {
  assertFalse(snapshot("http://localhost/").secure);
  assert(snapshot("https://localhost/").secure);
  const behindProxy = { remoteAddress: "", secure: true };
  assert(snapshotRequest(new Request("http://localhost/"), behindProxy).secure);
  const plain = { remoteAddress: "", secure: false };
  assertFalse(snapshotRequest(new Request("https://localhost/"), plain).secure);
});

Deno.test("snapshotRequest lower-cases header names and joins repeated ones", () => {
  const headers = new Headers([["X-One", "a"], ["x-one", "b"], ["Origin", "http://a.example"]]);
  headers.append("Set-Cookie", "c=1");
  headers.append("Set-Cookie", "d=2");
  assertEquals(entries(snapshot("http://localhost/", { headers }).headers), [
    ["origin", "http://a.example"],
    ["set-cookie", "c=1, d=2"],
    ["x-one", "a, b"],
  ]);
});

Deno.test("snapshotRequest keeps names of Object.prototype as ordinary own keys", () => {
  const headers = { "__proto__x": "0", "constructor": "1", "hasownproperty": "2" };
  const request = new Request(
    "http://localhost/?__proto__=a&constructor=b&__proto__[polluted]=c&toString=d",
    { headers: [...Object.entries(headers), ["__proto__", "3"]] },
  );
  const result = snapshotRequest(request, { remoteAddress: "" });
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
  const result = snapshot("http://localhost/?a=1", { headers: { b: "2" } });
  assertThrows(() => Object.assign(result, { method: "PUT" }), TypeError);
  assertThrows(() => Object.assign(result.query, { a: "2" }), TypeError);
  assertThrows(() => Object.assign(result.headers, { c: "3" }), TypeError);
});

Deno.test("snapshotRequest does not follow later changes of the request's headers", () => {
  const request = new Request("http://localhost/", { headers: { a: "1" } });
  const result = snapshotRequest(request, { remoteAddress: "" });
  request.headers.set("a", "2");
  assertEquals(result.headers["a"], "1");
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
