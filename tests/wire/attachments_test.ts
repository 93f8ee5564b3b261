import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { PacketError } from "../../src/base/errors.ts";
import { extractAttachments, hasBinary, restoreAttachments } from "../../src/wire/attachments.ts";

const BYTES = new Uint8Array([1, 2, 3, 4]);

function nested(levels: number, inner: unknown): unknown {
  let value = inner;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

/** Runs with `Object.prototype.__proto__` as on Node and Bun; Deno has it switched off. */
function withPrototypeSetter<T>(action: () => T): T {
  const own = Object.getOwnPropertyDescriptor(Object.prototype, "__proto__");
  Object.defineProperty(Object.prototype, "__proto__", {
    configurable: true,
    get(): unknown {
      return Object.getPrototypeOf(this);
    },
    set(value: object): void {
      Object.setPrototypeOf(this, value);
    },
  });
  try {
    return action();
  } finally {
    if (own === undefined) Reflect.deleteProperty(Object.prototype, "__proto__");
    else Object.defineProperty(Object.prototype, "__proto__", own);
  }
}

Deno.test("hasBinary finds every kind of binary data at any depth", () => {
  const kinds = [BYTES, BYTES.buffer, new Float64Array(1), new DataView(BYTES.buffer)];
  for (const kind of kinds) {
    assert(hasBinary([kind]));
    assert(hasBinary(["x", { a: [null, { b: kind }] }]));
    assert(hasBinary(["x", { toJSON: () => ({ kind }) }]));
  }
});

Deno.test("hasBinary is false for what holds none", () => {
  const values = [1, "x", null, undefined, true, 1n, Symbol("x"), () => 1, new Date(), [], {}];
  assertEquals(hasBinary(values), false);
  assertEquals(hasBinary([new Map([[1, BYTES]]), new Set([BYTES])]), false);
  assertEquals(hasBinary([Object.create({ inherited: BYTES })]), false);
  assertEquals(hasBinary([new SharedArrayBuffer(1)]), false);
});

Deno.test("extractAttachments puts placeholders where binary data was, in order", () => {
  const input = ["x", { b: BYTES, c: [BYTES.subarray(1, 3)] }] as const;
  const { data, attachments } = extractAttachments(input);
  assertEquals(data, [
    "x",
    { b: { _placeholder: true, num: 0 }, c: [{ _placeholder: true, num: 1 }] },
  ]);
  assertEquals(attachments, [BYTES, new Uint8Array([2, 3])]);
});

Deno.test("extractAttachments takes exactly the bytes of a view, and copies them", () => {
  const buffer = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]).buffer;
  const views = [
    new Uint8Array(buffer, 2, 3),
    new Uint16Array(buffer, 2, 2),
    new DataView(buffer, 7, 1),
    buffer,
  ];
  const { attachments } = extractAttachments(views);
  new Uint8Array(buffer).fill(9);
  assertEquals(attachments.map((attachment) => [...attachment]), [
    [2, 3, 4],
    [2, 3, 4, 5],
    [7],
    [0, 1, 2, 3, 4, 5, 6, 7],
  ]);
  for (const attachment of attachments) {
    assertEquals(Object.getPrototypeOf(attachment), Uint8Array.prototype);
    assertEquals(attachment.buffer.byteLength, attachment.byteLength);
  }
});

Deno.test("extractAttachments copies bytes out of shared memory", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(5);
  const { attachments } = extractAttachments([shared]);
  assert(attachments[0]?.buffer instanceof ArrayBuffer);
  assertEquals(attachments, [new Uint8Array([5, 5])]);
});

Deno.test("extractAttachments never changes what it was given", () => {
  const inner = Object.freeze({ b: BYTES, list: Object.freeze([BYTES, 1]) });
  const input = Object.freeze(["x", inner]);
  const { data } = extractAttachments(input);
  assertNotStrictEquals(data, input);
  assertStrictEquals(inner.b, BYTES);
  assertEquals([...BYTES], [1, 2, 3, 4]);
});

Deno.test("extractAttachments keeps an own __proto__ as data", () => {
  const holder: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
  const { data } = withPrototypeSetter(() => extractAttachments([holder, BYTES]));
  assertEquals(
    JSON.stringify(data),
    '[{"__proto__":{"polluted":true}},{"_placeholder":true,"num":0}]',
  );
  assertEquals(({} as { polluted?: boolean }).polluted, undefined);
});

Deno.test("extractAttachments leaves inherited properties out", () => {
  const holder = Object.assign(Object.create({ inherited: BYTES }), { own: BYTES });
  const { data, attachments } = extractAttachments([holder]);
  assertEquals(data, [{ own: { _placeholder: true, num: 0 } }]);
  assertEquals(attachments.length, 1);
});

Deno.test("extractAttachments calls toJSON once, and not on what toJSON gives", () => {
  class Wrapped {
    toJSON(): unknown {
      return { toJSON: undefined, again: new Inner(), b: BYTES };
    }
  }
  class Inner {
    readonly kept = 1;
    toJSON(): unknown {
      return this;
    }
  }
  const { data } = extractAttachments([new Wrapped()]);
  assertEquals(JSON.stringify(data), '[{"again":{"kept":1},"b":{"_placeholder":true,"num":0}}]');
});

Deno.test("A Blob or File anywhere is a TypeError that tells what to do", () => {
  const file = new File(["x"], "x.txt");
  for (const data of [[new Blob(["x"])], ["x", { a: [file] }]]) {
    assertThrows(() => hasBinary(data), TypeError, "arrayBuffer()");
    assertThrows(() => extractAttachments([BYTES, ...data]), TypeError, "arrayBuffer()");
  }
  const foreign = {
    size: 1,
    arrayBuffer: () => undefined,
    get [Symbol.toStringTag]() {
      return "Blob";
    },
  };
  assertThrows(() => hasBinary([foreign]), TypeError);
  assertEquals(hasBinary([{ size: 1, arrayBuffer: () => undefined }]), false);
  assertEquals(hasBinary([{ size: 1, [Symbol.toStringTag]: "Blob" }]), false);
});

Deno.test("Data deeper than 2,000 levels is a RangeError, data within is not", () => {
  assertEquals(hasBinary([nested(1_990, 1)]), false);
  assertEquals(extractAttachments([nested(1_990, BYTES)]).attachments.length, 1);
  assertThrows(() => hasBinary([nested(2_001, 1)]), RangeError, "2000 levels");
  assertThrows(() => extractAttachments([nested(2_001, BYTES)]), RangeError, "2000 levels");
});

Deno.test("Data that contains itself is a RangeError, with binary data or without", () => {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle.self = [cycle, cycle];
  assertThrows(() => hasBinary([cycle]), RangeError, "must not contain itself");
  assertThrows(() => extractAttachments([BYTES, cycle]), RangeError, "must not contain itself");
  const endless = { toJSON: (): unknown => [endless] };
  assertThrows(() => hasBinary([endless]), RangeError);
});

Deno.test("restoreAttachments puts attachments back at any depth without recursion", () => {
  const depth = 200_000;
  const data: unknown[] = JSON.parse(
    "[".repeat(depth) + '{"_placeholder":true,"num":0}' + "]".repeat(depth),
  );
  restoreAttachments(data, [BYTES]);
  let value: unknown = data;
  while (Array.isArray(value)) value = value[0];
  assertStrictEquals(value, BYTES);
});

Deno.test("restoreAttachments gives the same attachment to two placeholders, and ignores the rest", () => {
  const data: unknown[] = JSON.parse(
    '["x",{"a":{"_placeholder":true,"num":1,"more":1}},{"_placeholder":true,"num":1},' +
      '{"_placeholder":false,"num":0},{"_placeholder":"true","num":0}]',
  );
  restoreAttachments(data, [new Uint8Array(1), BYTES]);
  assertEquals(data, [
    "x",
    { a: BYTES },
    BYTES,
    { _placeholder: false, num: 0 },
    { _placeholder: "true", num: 0 },
  ]);
});

Deno.test("restoreAttachments never sets a prototype", () => {
  const data: object[] = JSON.parse(
    '[{"__proto__":{"_placeholder":true,"num":0}},{"__proto__":{"a":{"_placeholder":true,"num":0}}}]',
  );
  withPrototypeSetter(() => restoreAttachments(data, [BYTES]));
  for (const holder of data) {
    assertEquals(Object.getPrototypeOf(holder), Object.prototype);
    assertEquals(Object.keys(holder), ["__proto__"]);
  }
  assertStrictEquals(Object.getOwnPropertyDescriptor(data[0], "__proto__")?.value, BYTES);
});

Deno.test("restoreAttachments refuses numbers that name no attachment", () => {
  for (const num of ['"splice"', '"0"', "-1", "1", "0.5", "null", "1e9", "[]", "[0]", "true"]) {
    const data: unknown[] = JSON.parse(`[{"_placeholder":true,"num":${num}}]`);
    assertThrows(() => restoreAttachments(data, [BYTES]), PacketError, "must be 0–0");
  }
  const data: unknown[] = JSON.parse('[{"_placeholder":true}]');
  assertThrows(() => restoreAttachments(data, [BYTES]), PacketError);
});
