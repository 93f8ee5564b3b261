import {
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { AckTimeoutError, StateError } from "../../src/base/errors.ts";
import { BroadcastOperator } from "../../src/socket/broadcaster.ts";
import {
  type Broadcast,
  checkEventName,
  LocalBroadcastOperator,
  splitAck,
  TO_ALL,
} from "../../src/socket/broadcast_operator.ts";
import { DistantSocket } from "../../src/socket/distant_socket.ts";
import { type Connected, joined, type RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";
import { RecordingHome, socketDetails } from "../support/recording_home.ts";

/** One tick of the wheel: how late a deadline may be. */
const TICK_MS = 50;

/** What the last broadcast without acknowledgement was. */
function lastSent(home: RecordingHome): Broadcast | undefined {
  return home.sent.at(-1)?.[1];
}

Deno.test("BroadcastOperator targets everybody, without flags, when nothing is said", () => {
  const home = new RecordingHome();
  const operator = new LocalBroadcastOperator(home);
  assertEquals(operator.emit("hello", 1, "a"), true);
  assertEquals(home.sent, [[["hello", 1, "a"], TO_ALL]]);
  assertInstanceOf(operator, BroadcastOperator);
});

Deno.test("BroadcastOperator unites rooms, in any form", () => {
  const home = new RecordingHome();
  new LocalBroadcastOperator(home).to("a").to(["b", "c"]).in("d").in(["a"]).emit("x");
  new LocalBroadcastOperator(home).except("a").except(["b", "a"]).emit("x");
  assertEquals(home.sent.map(([, { rooms, except }]) => [[...rooms], [...except]]), [
    [["a", "b", "c", "d"], []],
    [[], ["a", "b"]],
  ]);
});

Deno.test("BroadcastOperator takes an empty list of rooms for no room", () => {
  const home = new RecordingHome();
  new LocalBroadcastOperator(home).to([]).emit("x");
  assertEquals(lastSent(home)?.rooms, new Set());
});

Deno.test("BroadcastOperator keeps room names as they are, numbers too", () => {
  const home = new RecordingHome();
  // Programs without types name rooms by numbers.
  const rooms = [7, "7"] as unknown as string[];
  new LocalBroadcastOperator(home).to(rooms).emit("x");
  assertEquals([...lastSent(home)?.rooms ?? []], rooms);
});

Deno.test("BroadcastOperator does not change: each modifier gives a new one", () => {
  const home = new RecordingHome();
  const base = new LocalBroadcastOperator(home).to("a");
  const derived = [
    base.to("b"),
    base.in("b"),
    base.except("c"),
    base.volatile,
    base.local,
    base.timeout(5),
  ];
  for (const operator of derived) assertNotStrictEquals(operator, base);
  base.emit("x");
  assertEquals(lastSent(home), { ...TO_ALL, rooms: new Set(["a"]) });
  for (const operator of derived) operator.emit("x");
  const a = new Set(["a"]);
  const ab = new Set(["a", "b"]);
  assertEquals(home.sent.slice(1).map(([, broadcast]) => broadcast), [
    { ...TO_ALL, rooms: ab },
    { ...TO_ALL, rooms: ab },
    { ...TO_ALL, rooms: a, except: new Set(["c"]) },
    { ...TO_ALL, rooms: a, volatile: true },
    { ...TO_ALL, rooms: a, local: true },
    { ...TO_ALL, rooms: a, timeoutMs: 5 },
  ]);
});

Deno.test("BroadcastOperator accepts compress, and may be used again and again", () => {
  const home = new RecordingHome();
  const operator = new LocalBroadcastOperator(home).compress(false).volatile;
  operator.emit("x");
  operator.compress(true).emit("y");
  assertEquals(home.sent.map(([, { volatile }]) => volatile), [true, true]);
});

Deno.test("BroadcastOperator asks for answers when the last argument is a function", () => {
  const home = new RecordingHome();
  const calls: unknown[] = [];
  const operator = new LocalBroadcastOperator(home).to("a").timeout(5);
  operator.emit("ask", 1, function (this: unknown, ...args: unknown[]): void {
    calls.push([this, ...args]);
  });
  const rooms = new Set(["a"]);
  assertEquals(home.asked.map(([args, broadcast]) => [args, broadcast]), [
    [["ask", 1], { ...TO_ALL, rooms, timeoutMs: 5 }],
  ]);
  assertEquals(home.sent, []);
  home.asked[0]?.[2](null, ["answer"]);
  assertEquals(calls, [[operator, null, ["answer"]]]);
});

Deno.test("BroadcastOperator.emitWithAck gives the answers, or rejects with the error", async () => {
  const home = new RecordingHome();
  const operator = new LocalBroadcastOperator(home).timeout(5);
  const good = operator.emitWithAck("ask", 1);
  const bad = operator.emitWithAck("ask", 2).catch((error) => error);
  const error = new AckTimeoutError(["a"]);
  home.asked[0]?.[2](null, ["a", "b"]);
  home.asked[1]?.[2](error, ["a"]);
  assertEquals([await good, await bad], [["a", "b"], error]);
});

Deno.test("BroadcastOperator selects sockets to find, to move and to disconnect", async () => {
  const home = new RecordingHome();
  const operator = new LocalBroadcastOperator(home).to("a").except("b").local;
  const found = await operator.fetchSockets();
  operator.socketsJoin("c");
  operator.socketsJoin(["c", "d"]);
  operator.socketsLeave("c");
  operator.socketsLeave([]);
  operator.disconnectSockets();
  operator.disconnectSockets(true);
  const selection = { ...TO_ALL, rooms: new Set(["a"]), except: new Set(["b"]), local: true };
  assertStrictEquals(found, home.found);
  assertEquals(home.bulk, [
    ["find", selection],
    ["join", selection, ["c"]],
    ["join", selection, ["c", "d"]],
    ["leave", selection, ["c"]],
    ["leave", selection, []],
    ["disconnect", selection, false],
    ["disconnect", selection, true],
  ]);
});

Deno.test("BroadcastOperator hands on a copy of a list of rooms", () => {
  const home = new RecordingHome();
  const rooms = ["a"];
  new LocalBroadcastOperator(home).socketsJoin(rooms);
  rooms.push("b");
  assertEquals(home.bulk, [["join", TO_ALL, ["a"]]]);
});

Deno.test("BroadcastOperator.allSockets gives the ids of the sockets that are found", async () => {
  const home = new RecordingHome();
  for (const id of ["s1", "s2"]) {
    home.found.push(new DistantSocket(home, socketDetails(id)));
  }
  assertEquals(await new LocalBroadcastOperator(home).allSockets(), new Set(["s1", "s2"]));
});

Deno.test("checkEventName refuses reserved names and symbols", () => {
  const reserved = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
  ];
  for (const name of reserved) {
    const error = assertThrows(() => checkEventName(name), StateError);
    assertEquals(error.message, `"${name}" is a reserved event name`);
  }
  assertThrows(() => checkEventName(Symbol("x")), TypeError, "must be a string, found a symbol");
  for (const name of ["connection", "error", "message", "", "toString"]) checkEventName(name);
});

Deno.test("splitAck takes a function off the end only, and changes nothing", () => {
  const callback = (): void => {};
  const given = [1, callback];
  assertEquals(splitAck(given), { args: [1], ack: callback });
  assertEquals(given, [1, callback]);
  assertEquals(splitAck([callback, 1]), { args: [callback, 1], ack: undefined });
  assertEquals(splitAck([]), { args: [], ack: undefined });
});

Deno.test("Reserved names are refused at every emit, and nothing is sent", async () => {
  const { io, members: [{ socket, client }] } = await group(1);
  const nsp = io.of("/");
  const emitters = [socket, io, nsp, io.to("a"), socket.broadcast];
  for (const emitter of emitters) {
    assertThrows(() => emitter.emit("disconnect"), StateError, '"disconnect" is a reserved');
    assertThrows(() => emitter.emit(Symbol("x") as unknown as string), TypeError);
  }
  assertEquals(await client.take(), []);
});

type Members = readonly [Omit<Connected, "io">, ...Omit<Connected, "io">[]];

/** A server with some members of its main namespace. */
async function group(size: number): Promise<{ io: TestServer; members: Members }> {
  const io = new TestServer();
  const first = await joined(io);
  const rest = [];
  for (let count = 1; count < size; count++) rest.push(await joined(io));
  return { io, members: [first, ...rest] };
}

function takeAll(members: readonly { readonly client: RawClient }[]): Promise<unknown[]> {
  return Promise.all(members.map(({ client }) => client.take()));
}

Deno.test("A broadcast with acknowledgements gives all answers in the order they came", async () => {
  const { io, members } = await group(3);
  const calls: unknown[] = [];
  io.timeout(1000).emit("ask", "x", (...args: unknown[]) => calls.push(args));
  assertEquals(await takeAll(members), members.map(() => ['20["ask","x"]']));
  for (const index of [2, 0]) await members[index]?.client.send(`30["a${index}","more"]`);
  assertEquals(calls, []);
  await members[1]?.client.send("30[[1]]");
  assertEquals(calls, [[null, ["a2", "a0", [1]]]]);
  await io.world.advance(2000);
  assertEquals(calls.length, 1);
});

Deno.test("A broadcast whose recipient does not answer gives an error and the answers", async () => {
  const { io, members } = await group(2);
  const calls: unknown[][] = [];
  const promise = io.timeout(1000).emitWithAck("first").catch((error) => error);
  io.timeout(1000).emit("second", (...args: unknown[]) => calls.push(args));
  await members[1]?.client.send('30["a"]', '31["b"]');
  await io.world.advance(1000 + TICK_MS);
  const first = await promise;
  assertInstanceOf(first, AckTimeoutError);
  assertEquals([first.message, first.responses], ["operation has timed out", ["a"]]);
  assertEquals(calls.map(([error, responses]) => [String(error), responses]), [
    ["AckTimeoutError: operation has timed out", ["b"]],
  ]);
});

Deno.test("A broadcast takes no answer twice, late, or from who was not asked", async () => {
  const { io, members: [asked, silent, stranger] } = await group(3);
  const calls: unknown[][] = [];
  io.except(stranger?.socket.id ?? "").timeout(1000)
    .emit("ask", (...args: unknown[]) => calls.push(args));
  await asked.client.send('30["a"]', '30["twice"]');
  await stranger?.client.send('30["forged"]');
  assertEquals(calls, []);
  await io.world.advance(1000 + TICK_MS);
  await silent?.client.send('30["late"]');
  assertEquals(calls.map(([, responses]) => responses), [["a"]]);
});

Deno.test("A broadcast to nobody gives no answers, without an error and without a wait", async () => {
  const { io } = await group(1);
  const calls: unknown[] = [];
  io.to("nobody").timeout(1000).emit("ask", (...args: unknown[]) => calls.push(args));
  await io.world.microtasks();
  assertEquals(calls, [[null, []]]);
  assertEquals(await io.to("nobody").timeout(1000).emitWithAck("ask"), []);
});

Deno.test("A broadcast whose recipient disconnects ends in its error, with the rest", async () => {
  const { io, members: [one, two] } = await group(2);
  const calls: unknown[][] = [];
  io.timeout(1000).emit("ask", (...args: unknown[]) => calls.push(args));
  await one.client.send('30["a"]');
  await two?.client.leave();
  await io.world.advance(1000 + TICK_MS);
  assertEquals(calls.map(([error, responses]) => [String(error), responses]), [
    ["AckTimeoutError: operation has timed out", ["a"]],
  ]);
});

Deno.test("A broadcast with acknowledgements needs a limit of time", async () => {
  const { io, members: [{ socket, client }] } = await group(1);
  assertThrows(() => io.emit("ask", () => {}), StateError, "timeout(ms)");
  assertThrows(() => socket.broadcast.emit("ask", () => {}), StateError, "timeout(ms)");
  const outcome = await io.to("a").emitWithAck("ask").catch((error) => error);
  assertInstanceOf(outcome, StateError);
  assertEquals(await client.take(), []);
});

Deno.test("socket.timeout and volatile go over to the broadcast that follows", async () => {
  const { io, members: [one, two] } = await group(2);
  const calls: unknown[] = [];
  one.socket.timeout(1000).to(two?.socket.id ?? "").emit("ask", (...args: unknown[]) => {
    calls.push(args);
  });
  await two?.client.send('30["a"]');
  assertEquals(calls, [[null, ["a"]]]);
  if (two?.client.webSocket !== undefined) two.client.webSocket.bufferedAmount = 1;
  one.socket.volatile.broadcast.emit("lost");
  one.socket.broadcast.emit("kept");
  if (two?.client.webSocket !== undefined) two.client.webSocket.drain();
  await io.world.advance(100);
  assertEquals(await two?.client.take(), ['20["ask"]', '2["kept"]']);
});
