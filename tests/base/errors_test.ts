import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import {
  AckTimeoutError,
  describeValue,
  escapeHidden,
  HandshakeError,
  LimitError,
  PacketError,
  ProtocolError,
  quote,
  SocketIoError,
  StateError,
  toError,
  TransportError,
} from "../../src/base/errors.ts";

const cause = new Error("cause");

const ERRORS: readonly SocketIoError[] = [
  new StateError("message", { cause }),
  new PacketError("message", { cause }),
  new LimitError("maxAttachments", 10, 11, { cause }),
  new HandshakeError("message", { status: 3, httpStatus: 400, cause }),
  new TransportError("message", "websocket", { cause }),
  new AckTimeoutError(),
];

Deno.test("Every error has its name, a code of its own in kebab case and its cause", () => {
  for (const error of ERRORS) {
    assertInstanceOf(error, SocketIoError);
    assertEquals(error.name, error.constructor.name);
    assertEquals(String(error), `${error.name}: ${error.message}`);
    assert(error.stack?.startsWith(String(error)), error.stack ?? "no stack");
    assert(/^[a-z]+(-[a-z]+)*$/.test(error.code), error.code);
    assertEquals(Object.keys(error).includes("name"), false);
    if (!(error instanceof AckTimeoutError)) assertStrictEquals(error.cause, cause);
  }
  assertEquals(new Set(ERRORS.map((error) => error.code)).size, ERRORS.length);
});

Deno.test("The errors that are the peer's fault say how the session ends", () => {
  const faults = ERRORS.filter((error) => error instanceof ProtocolError);
  assertEquals(
    faults.map((error) => [error.name, error.closeReason]),
    [["PacketError", "parse error"], ["LimitError", "parse error"]],
  );
});

Deno.test("StateError takes a narrower code", () => {
  assertEquals(new StateError("no").code, "invalid-state");
  assertEquals(new StateError("no", { code: "server-closed" }).code, "server-closed");
});

Deno.test("PacketError knows where the fault is, if anybody does", () => {
  assertEquals(new PacketError("no", { offset: 7 }).offset, 7);
  assertEquals(new PacketError("no").offset, undefined);
});

Deno.test("LimitError names its limit and carries what HTTP has to answer", () => {
  const error = new LimitError("maxAttachments", 10, 11);
  assertEquals(error.message, "Cannot accept input: maxAttachments is 10, found 11");
  assertEquals(
    [error.limit, error.max, error.found, error.httpStatus],
    ["maxAttachments", 10, 11, 413],
  );
  const other = new LimitError("a", 1, 2, { closeReason: "transport error", httpStatus: 414 });
  assertEquals([other.closeReason, other.httpStatus], ["transport error", 414]);
});

Deno.test("HandshakeError carries number, status and context", () => {
  const context = { transport: "x" };
  const error = new HandshakeError("Transport unknown", { status: 0, httpStatus: 400, context });
  assertEquals([error.status, error.httpStatus, error.context], [0, 400, context]);
  assertEquals(new HandshakeError("no", { status: 3, httpStatus: 400 }).context, {});
});

Deno.test("AckTimeoutError has the known text, and responses only for a broadcast", () => {
  assertEquals(new AckTimeoutError().message, "operation has timed out");
  assertEquals("responses" in new AckTimeoutError(), false);
  assertEquals(new AckTimeoutError([1, 2]).responses, [1, 2]);
});

Deno.test("toError keeps errors and wraps whatever else was thrown", () => {
  assertStrictEquals(toError(cause), cause);
  const thrown = { reason: 1 };
  for (
    const [value, message] of [
      ["text", "text"],
      [undefined, "Thrown: undefined"],
      [null, "Thrown: null"],
      [thrown, "Thrown: an object"],
      [Symbol("s"), "Thrown: a symbol"],
      [Object.create(null), "Thrown: an object"],
    ] as const
  ) {
    const error = toError(value);
    assertEquals(error.message, message);
    assertStrictEquals(error.cause, value);
  }
});

Deno.test("quote cuts at 64 characters, or where it is told to", () => {
  assertEquals(quote("a".repeat(64)), `"${"a".repeat(64)}"`);
  assertEquals(quote("a".repeat(65)), `"${"a".repeat(64)}"…`);
  assertEquals(quote("abc", 2), '"ab"…');
  assertEquals(quote(""), '""');
});

Deno.test("quote lets nothing through that breaks, turns or hides a line", () => {
  assertEquals(quote('a"\n\r\0'), String.raw`"a\"\n\r\u0000"`);
  assertEquals(quote("\x1b[2J\x7f\x85"), String.raw`"\u001b[2J\u007f\u0085"`);
  assertEquals(quote("\u2028\u202e\u2066\u200f"), String.raw`"\u2028\u202e\u2066\u200f"`);
  // A pair that the cut tears apart.
  assertEquals(quote("a😀", 2), String.raw`"a\ud83d"…`);
  assertEquals(escapeHidden("a\tb é €"), String.raw`a\u0009b é €`);
});

Deno.test("describeValue tells what was found without showing what is inside", () => {
  const values = ["x\n", 1.5, NaN, true, null, undefined, 7n, Symbol("s"), () => {}, [1], { a: 1 }];
  assertEquals(values.map(describeValue), [
    String.raw`"x\n"`,
    "1.5",
    "NaN",
    "true",
    "null",
    "undefined",
    "7n",
    "a symbol",
    "a function",
    "an array",
    "an object",
  ]);
});
