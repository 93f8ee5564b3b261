/** Tests what clients of each revision say when they join, and what they are told when refused. */
import { assert, assertEquals } from "@std/assert";
import {
  authOf,
  describeRefusal,
  FAILURE,
  type Refusal,
  refusalData,
  withoutQuery,
} from "../../src/socket/dialect.ts";
import { REVISION_TRAITS, type RevisionTraits } from "../../src/wire/revision_traits.ts";
import type { SocketPacket } from "../../src/wire/socket_packet.ts";

const { 3: V3, 4: V4 } = REVISION_TRAITS;

function readAddress(
  packet: SocketPacket,
  traits: RevisionTraits,
): { readonly packet: SocketPacket; readonly auth: Record<string, unknown> } {
  return { packet: withoutQuery(packet, traits), auth: authOf(packet, traits) };
}

function connectTo(nsp: string, data?: Record<string, unknown>): SocketPacket {
  return data === undefined ? { type: "connect", nsp } : { type: "connect", nsp, data };
}

Deno.test("authOf takes auth from the data of revision 4, and leaves the name alone", () => {
  const data = { token: "a" };
  const { packet, auth } = readAddress(connectTo("/a?x=1", data), V4);
  assertEquals([packet.nsp, auth], ["/a?x=1", { token: "a" }]);
  assert(auth !== data);
  assertEquals(readAddress(connectTo("/a"), V4).auth, {});
});

Deno.test("authOf takes auth from the query behind a name of revision 3, and the name from before it", () => {
  const cases: readonly (readonly [given: string, nsp: string, auth: Record<string, unknown>])[] = [
    ["/", "/", {}],
    ["/admin", "/admin", {}],
    ["/admin?token=a", "/admin", { token: "a" }],
    ["/?token=a", "/", { token: "a" }],
    ["/admin?", "/admin", {}],
    ["/admin?a", "/admin", { a: "" }],
    ["/admin?a=1&b=2&a=3", "/admin", { a: "3", b: "2" }],
    ["/admin?a=%C3%A9%2C+x&%26=%3F", "/admin", { a: "é, x", "&": "?" }],
    ["/admin?a=b?c=d", "/admin", { a: "b?c=d" }],
    ["/admin?a=%zz", "/admin", { a: "%zz" }],
    ["/é?é=é", "/é", { é: "é" }],
  ];
  for (const [given, nsp, auth] of cases) {
    const read = readAddress(connectTo(given), V3);
    assertEquals<unknown>(read, { packet: { type: "connect", nsp }, auth }, given);
  }
});

Deno.test("authOf takes no auth from the data of revision 3", () => {
  assertEquals(readAddress(connectTo("/a", { token: "a" }), V3).auth, {});
  assertEquals(readAddress(connectTo("/a?b=c", { token: "a" }), V3).auth, { b: "c" });
});

Deno.test("withoutQuery takes the query off every packet of revision 3, and auth from no other", () => {
  const others: readonly SocketPacket[] = [
    { type: "disconnect", nsp: "/a?token=x" },
    { type: "event", nsp: "/a?token=x", data: ["x"], id: 1 },
    { type: "ack", nsp: "/a?token=x", data: [], id: 1 },
    { type: "connect_error", nsp: "/a?token=x", data: "no" },
  ];
  for (const packet of others) {
    assertEquals(readAddress(packet, V3), { packet: { ...packet, nsp: "/a" }, auth: {} });
    assertEquals(readAddress(packet, V4), { packet, auth: {} });
  }
});

Deno.test("No key of a query, or of data, reaches a prototype", () => {
  const query = "__proto__=x&constructor=y&toString=z&__proto__[polluted]=1";
  const { auth } = readAddress(connectTo(`/a?${query}`), V3);
  assertEquals(Object.keys(auth), ["__proto__", "constructor", "toString", "__proto__[polluted]"]);
  assertEquals(Object.getOwnPropertyDescriptor(auth, "__proto__")?.value, "x");
  assertEquals(Object.getPrototypeOf(auth), Object.prototype);
  const data = JSON.parse('{"__proto__":{"polluted":1}}');
  const read = readAddress(connectTo("/a", data), V4).auth;
  assertEquals([Object.keys(read), Object.getPrototypeOf(read)], [["__proto__"], Object.prototype]);
  assertEquals(({} as { polluted?: unknown }).polluted, undefined);
});

Deno.test("No key of a query, or of data, calls the setter that Node and Bun have for __proto__", () => {
  const set: unknown[] = [];
  const before = Object.getOwnPropertyDescriptor(Object.prototype, "__proto__");
  const setter = { configurable: true, set: (value: unknown) => set.push(value) };
  Object.defineProperty(Object.prototype, "__proto__", setter);
  try {
    const { auth } = readAddress(connectTo("/a?__proto__=x"), V3);
    const read = readAddress(connectTo("/a", JSON.parse('{"__proto__":1}')), V4).auth;
    assertEquals([Object.keys(auth), Object.keys(read), set], [["__proto__"], ["__proto__"], []]);
  } finally {
    Reflect.deleteProperty(Object.prototype, "__proto__");
    if (before !== undefined) Object.defineProperty(Object.prototype, "__proto__", before);
  }
});

Deno.test("authOf takes a query of 16,384 characters in linear time", () => {
  const token = "t".repeat(10_000);
  assertEquals(readAddress(connectTo(`/a?token=${token}`), V3).auth, { token });
  for (const unit of ["&", "?", "=", "a=&", "%", "%41", "__proto__&"]) {
    const start = performance.now();
    readAddress(connectTo(`/a?${unit.repeat(16_384 / unit.length)}`), V3);
    assert(performance.now() - start < 500, unit);
  }
});

Deno.test("describeRefusal keeps message and data of what a middleware gave, or its text", () => {
  const error = Object.assign(new Error("no"), { data: { code: 1 }, other: 2 });
  assertEquals(describeRefusal(error), { message: "no", data: { code: 1 } });
  assertEquals(describeRefusal(new Error("no")), { message: "no", data: undefined });
  assertEquals(describeRefusal({ data: [1] }), { message: undefined, data: [1] });
  assertEquals([describeRefusal("no"), describeRefusal(7)], [{ message: "no" }, { message: "7" }]);
});

Deno.test("refusalData is the refusal for revision 4, and its data or else its message for revision 3", () => {
  const cases: readonly (readonly [refusal: Refusal, plain: unknown])[] = [
    [{ message: "no" }, "no"],
    [{ message: "no", data: { code: 1 } }, { code: 1 }],
    [{ message: "no", data: "why" }, "why"],
    [{ message: "no", data: [1] }, [1]],
    // `4401` would be an acknowledgement id without data, and `4true` no packet at all.
    [{ message: "no", data: 401 }, "401"],
    [{ message: "no", data: true }, "true"],
    // As in the reference: what is false there is no data.
    [{ message: "no", data: 0 }, "no"],
    [{ message: "no", data: "" }, "no"],
    [{ message: "no", data: false }, "no"],
    [{ message: "no", data: null }, "no"],
    [{ message: undefined }, undefined],
    [FAILURE, "Internal server error"],
  ];
  for (const [refusal, plain] of cases) {
    assertEquals(refusalData(refusal, V3), plain);
    assertEquals(refusalData(refusal, V4), refusal);
  }
});
