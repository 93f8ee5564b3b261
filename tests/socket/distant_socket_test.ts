/** Tests of a socket of another server by itself; with a server behind it: `cluster_test.ts`. */
import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { StateError } from "../../src/base/errors.ts";
import { TO_ALL } from "../../src/socket/broadcast_operator.ts";
import { RemoteSocket } from "../../src/socket/broadcaster.ts";
import { DistantSocket } from "../../src/socket/distant_socket.ts";
import { RecordingHome, socketDetails } from "../support/recording_home.ts";

function distantSocket(): { readonly socket: DistantSocket; readonly home: RecordingHome } {
  const home = new RecordingHome();
  return { socket: new DistantSocket(home, socketDetails("s1")), home };
}

/** Whom everything that is done to the socket is for. */
const TO_IT = { ...TO_ALL, rooms: new Set(["s1"]), single: true };

Deno.test("DistantSocket tells what was told of it", () => {
  const { socket } = distantSocket();
  const { handshake, data } = socketDetails("s1");
  assertInstanceOf(socket, RemoteSocket);
  assertEquals([socket.id, socket.handshake, socket.data], ["s1", handshake, data]);
  assertEquals(socket.rooms, new Set(["s1", "a"]));
});

Deno.test("DistantSocket has rooms of its own, and asks nobody for what it tells", () => {
  const rooms = new Set(["s1"]);
  const home = new RecordingHome();
  const socket = new DistantSocket(home, { ...socketDetails("s1"), rooms });
  rooms.add("later");
  assertEquals(socket.rooms, new Set(["s1"]));
  assertEquals([home.sent, home.asked, home.bulk], [[], [], []]);
});

Deno.test("DistantSocket emits to the room of its id, for one answer", () => {
  const { socket, home } = distantSocket();
  assertEquals(socket.emit("hello", 1), true);
  socket.timeout(5).emit("ask", () => {});
  void socket.timeout(6).emitWithAck("ask", 2);
  assertEquals(home.sent, [[["hello", 1], TO_IT]]);
  assertEquals(home.asked.map(([args, broadcast]) => [args, broadcast]), [
    [["ask"], { ...TO_IT, timeoutMs: 5 }],
    [["ask", 2], { ...TO_IT, timeoutMs: 6 }],
  ]);
  socket.emit("hello");
  assertEquals(home.sent[1], [["hello"], TO_IT], "a limit of time is not kept");
});

Deno.test("DistantSocket refuses reserved names and wrong times", () => {
  const { socket, home } = distantSocket();
  assertThrows(
    () => socket.emit("disconnect"),
    StateError,
    '"disconnect" is a reserved event name',
  );
  assertThrows(() => socket.timeout(-1), TypeError, "Cannot set timeout");
  assertEquals(home.sent, []);
});

Deno.test("DistantSocket joins, leaves and is disconnected through the room of its id", () => {
  const { socket, home } = distantSocket();
  socket.join("b");
  socket.join(["c", "d"]);
  socket.leave("b");
  assertStrictEquals(socket.disconnect(), socket);
  assertStrictEquals(socket.disconnect(true), socket);
  assertEquals(home.bulk, [
    ["join", TO_IT, ["b"]],
    ["join", TO_IT, ["c", "d"]],
    ["leave", TO_IT, ["b"]],
    ["disconnect", TO_IT, false],
    ["disconnect", TO_IT, true],
  ]);
});
