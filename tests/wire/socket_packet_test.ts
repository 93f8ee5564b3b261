import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import { PacketError } from "../../src/base/errors.ts";
import {
  isEventData,
  RESERVED_EVENT_NAMES,
  SOCKET_PACKET_DIGITS,
  toSocketPacket,
} from "../../src/wire/socket_packet.ts";

Deno.test("toSocketPacket makes every type of packet", () => {
  assertEquals(toSocketPacket(0, "/", undefined, undefined), { type: "connect", nsp: "/" });
  assertEquals(toSocketPacket(0, "/a", undefined, { x: 1 }), {
    type: "connect",
    nsp: "/a",
    data: { x: 1 },
  });
  assertEquals(toSocketPacket(1, "/", undefined, undefined), { type: "disconnect", nsp: "/" });
  assertEquals(toSocketPacket(2, "/", 3, ["x"]), { type: "event", nsp: "/", data: ["x"], id: 3 });
  assertEquals(toSocketPacket(3, "/", 3, []), { type: "ack", nsp: "/", data: [], id: 3 });
  assertEquals(toSocketPacket(4, "/", undefined, "no"), {
    type: "connect_error",
    nsp: "/",
    data: "no",
  });
});

Deno.test("toSocketPacket makes events and acks of those with attachments", () => {
  assertEquals(toSocketPacket(5, "/", undefined, ["x"]).type, "event");
  assertEquals(toSocketPacket(6, "/", 1, []).type, "ack");
});

Deno.test("toSocketPacket leaves out an id that there is not", () => {
  assertFalse("id" in toSocketPacket(2, "/", undefined, ["x"]));
  assertFalse("id" in toSocketPacket(3, "/", undefined, []));
  assertFalse("id" in toSocketPacket(0, "/", 5, {}));
});

Deno.test("toSocketPacket refuses data of the wrong shape", () => {
  const wrong: readonly (readonly [number, unknown])[] = [
    [0, null],
    [0, []],
    [0, "x"],
    [0, new Uint8Array(1)],
    [1, {}],
    [1, null],
    [2, undefined],
    [2, {}],
    [2, []],
    [2, [null]],
    [2, [{}]],
    [2, [["x"]]],
    [2, [true]],
    [3, undefined],
    [3, {}],
    [4, []],
    [4, 1],
    [4, null],
    [7, ["x"]],
    [-1, ["x"]],
    [2.5, ["x"]],
    [NaN, ["x"]],
  ];
  for (const [type, data] of wrong) {
    assertThrows(() => toSocketPacket(type, "/", undefined, data), PacketError);
  }
});

Deno.test("toSocketPacket says what is wrong without repeating values", () => {
  const noName = assertThrows(
    () => toSocketPacket(2, "/", undefined, [{ toString: "foo" }]),
    PacketError,
  );
  assertEquals(
    noName.message,
    "Cannot decode socket packet: event name must be a string or a number, found object",
  );
  const reserved = assertThrows(() => toSocketPacket(2, "/", 1, ["disconnect"]), PacketError);
  assertEquals(
    reserved.message,
    'Cannot decode socket packet: event name "disconnect" is reserved',
  );
});

Deno.test("isEventData refuses the reserved names and no others", () => {
  assertEquals([...RESERVED_EVENT_NAMES].sort(), [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
  ]);
  for (const name of RESERVED_EVENT_NAMES) assertFalse(isEventData([name]));
  for (const name of ["", "connection", "Connect", "error", "toString", "__proto__", 0, -1.5]) {
    assertEquals(isEventData([name, null]), true);
  }
});

Deno.test("SOCKET_PACKET_DIGITS are those of the protocol", () => {
  assertEquals({ ...SOCKET_PACKET_DIGITS }, {
    connect: 0,
    disconnect: 1,
    event: 2,
    ack: 3,
    connect_error: 4,
  });
});
