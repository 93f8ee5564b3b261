import { assertEquals, assertStrictEquals } from "@std/assert";
import type {
  AckReceiver,
  Adapter,
  LocalDelivery,
  LocalSockets,
  OutgoingEvent,
  RoomEvents,
} from "../../src/socket/adapter.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import { socketDetails } from "../support/recording_home.ts";

const EVENT: OutgoingEvent = {
  packet: EncodedPacket.message(['2["hello"]']),
  args: ["hello"],
  volatile: false,
  ackId: 7,
  timeoutMs: 100,
};

const NOBODY: ReadonlySet<string> = new Set();
const TO_ALL = { rooms: NOBODY, except: NOBODY, local: false };

/** An adapter over a delivery that writes down what it was asked; `gone` are sockets that left. */
function adapterWith(gone: readonly string[] = []): {
  readonly adapter: Adapter;
  readonly log: unknown[];
} {
  const log: unknown[] = [];
  const local: LocalDelivery & LocalSockets = {
    packet: (parts) => EncodedPacket.message(parts),
    deliver: (id, event) => void log.push(["deliver", id, event]),
    deliverWithAck: (id, event, receiver) => {
      log.push(["deliverWithAck", id, event, receiver]);
      return !gone.includes(id);
    },
    question: () => EVENT,
    details: (id) => {
      log.push(["details", id]);
      return gone.includes(id) ? undefined : socketDetails(id);
    },
    join: (id, rooms) => void log.push(["join", id, rooms]),
    leave: (id, rooms) => void log.push(["leave", id, rooms]),
    disconnect: (id, close) => void log.push(["disconnect", id, close]),
    serverSideEvent: (args) => void log.push(["serverSideEvent", args]),
  };
  const adapter = memoryAdapter({
    namespace: "/test",
    local,
    sockets: local,
    handlerFailed: (error, event) => void log.push(["failed", String(error), event]),
  });
  return { adapter, log };
}

/** What room listeners were told. */
function watchRooms(adapter: Adapter): unknown[][] {
  const told: unknown[][] = [];
  const names: readonly (keyof RoomEvents)[] = [
    "create-room",
    "join-room",
    "leave-room",
    "delete-room",
  ];
  for (const name of names) {
    adapter.on(name, (...args: unknown[]) => void told.push([name, ...args]));
  }
  return told;
}

Deno.test("The memory adapter has joined and left when its methods return", () => {
  const { adapter } = adapterWith();
  assertStrictEquals(adapter.addAll("s1", new Set(["s1", "a"])), undefined);
  assertEquals(adapter.socketRooms("s1"), new Set(["s1", "a"]));
  assertEquals([...adapter.rooms.keys()], ["s1", "a"]);
  assertStrictEquals(adapter.del("s1", "a"), undefined);
  assertEquals(adapter.socketRooms("s1"), new Set(["s1"]));
  adapter.delAll("s1");
  assertEquals(adapter.socketRooms("s1"), undefined);
  assertEquals([adapter.rooms.size, adapter.sids.size], [0, 0]);
});

Deno.test("The memory adapter delivers one event object to each selected socket", () => {
  const { adapter, log } = adapterWith();
  for (const id of ["s1", "s2", "s3"]) adapter.addAll(id, new Set([id, "a"]));
  adapter.broadcast(EVENT, { ...TO_ALL, rooms: new Set(["a"]), except: new Set(["s2"]) });
  assertEquals(log, [["deliver", "s1", EVENT], ["deliver", "s3", EVENT]]);
  assertStrictEquals((log[0] as unknown[])[2], EVENT);
});

Deno.test("The memory adapter counts the sockets that were asked, once, after asking", () => {
  const { adapter, log } = adapterWith(["s2"]);
  for (const id of ["s1", "s2", "s3"]) adapter.addAll(id, new Set([id]));
  const receiver: AckReceiver = {
    sent: (count) => void log.push(["sent", count]),
    answered: () => void log.push("answered"),
  };
  adapter.broadcastWithAck(EVENT, TO_ALL, receiver);
  assertEquals(log, [
    ...["s1", "s2", "s3"].map((id) => ["deliverWithAck", id, EVENT, receiver]),
    ["sent", 2],
  ]);
});

Deno.test("The memory adapter counts nobody when nobody is selected", () => {
  const { adapter, log } = adapterWith();
  const receiver: AckReceiver = {
    sent: (count) => void log.push(["sent", count]),
    answered: () => {},
  };
  adapter.broadcastWithAck(EVENT, { ...TO_ALL, rooms: new Set(["none"]) }, receiver);
  assertEquals(log, [["sent", 0]]);
});

Deno.test("The memory adapter gives the details of the selected sockets, without those gone", async () => {
  const { adapter, log } = adapterWith(["s2"]);
  for (const id of ["s1", "s2", "s3", "s4"]) adapter.addAll(id, new Set([id, "a"]));
  const found = await adapter.fetchSockets({
    rooms: new Set(["a"]),
    except: new Set(["s4"]),
    local: false,
  });
  assertEquals(found, [socketDetails("s1"), socketDetails("s3")]);
  assertEquals(log, [["details", "s1"], ["details", "s2"], ["details", "s3"]]);
});

Deno.test("The memory adapter moves and disconnects the selected sockets before it returns", () => {
  const { adapter, log } = adapterWith();
  for (const id of ["s1", "s2", "s3"]) adapter.addAll(id, new Set([id, "a"]));
  const selection = { rooms: new Set(["a"]), except: new Set(["s2"]), local: false };
  adapter.addSockets(selection, ["b", "c"]);
  adapter.delSockets(selection, ["b"]);
  adapter.disconnectSockets(selection, true);
  adapter.disconnectSockets({ ...selection, except: new Set(["s1", "s2"]) }, false);
  assertEquals(log, [
    ["join", "s1", ["b", "c"]],
    ["join", "s3", ["b", "c"]],
    ["leave", "s1", ["b"]],
    ["leave", "s3", ["b"]],
    ["disconnect", "s1", true],
    ["disconnect", "s3", true],
    ["disconnect", "s3", false],
  ]);
});

Deno.test("The memory adapter is alone: one server, and no answers of others", async () => {
  const { adapter, log } = adapterWith();
  assertStrictEquals(adapter.serverCount(), 1);
  assertEquals(await adapter.serverSideEmit(["hello", 1], true), []);
  assertEquals(log, []);
});

Deno.test("The memory adapter tells of rooms with room and socket", () => {
  const { adapter } = adapterWith();
  const told = watchRooms(adapter);
  adapter.addAll("s1", new Set(["a"]));
  adapter.addAll("s2", new Set(["a"]));
  adapter.del("s1", "a");
  adapter.delAll("s2");
  assertEquals(told.map(([name, room]) => [name, room]), [
    ["create-room", "a"],
    ["join-room", "a"],
    ["join-room", "a"],
    ["leave-room", "a"],
    ["leave-room", "a"],
    ["delete-room", "a"],
  ]);
  const ids = told.filter(([name]) => /join|leave/.test(String(name))).map(([, , id]) => id);
  assertEquals(ids, ["s1", "s2", "s1", "s2"]);
});

Deno.test("The memory adapter gives listeners of create-room and delete-room the room only", () => {
  const { adapter } = adapterWith();
  const told = watchRooms(adapter);
  adapter.addAll("s1", new Set(["a"]));
  adapter.delAll("s1");
  const whole = told.filter(([name]) => /create|delete/.test(String(name)));
  assertEquals(whole, [["create-room", "a"], ["delete-room", "a"]]);
});

Deno.test("The memory adapter has once and off for room events", () => {
  const { adapter } = adapterWith();
  const told: string[] = [];
  const always = (room: string): void => void told.push(`always ${room}`);
  adapter.on("create-room", always);
  adapter.once("create-room", (room) => void told.push(`once ${room}`));
  adapter.addAll("s1", new Set(["a", "b"]));
  adapter.off("create-room", always);
  adapter.addAll("s1", new Set(["c"]));
  assertEquals(told, ["always a", "once a", "always b"]);
});

Deno.test("The memory adapter reports a room listener that fails, and calls the next", async () => {
  const { adapter, log } = adapterWith();
  adapter.on("join-room", () => {
    throw new Error("sync");
  });
  // A room listener may be async, whatever its declared result.
  adapter.on("join-room", () => Promise.reject(new Error("async")) as unknown as void);
  adapter.on("join-room", (room, id) => void log.push(["join", room, id]));
  adapter.addAll("s1", new Set(["a"]));
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(log, [
    ["failed", "Error: sync", "join-room"],
    ["join", "a", "s1"],
    ["failed", "Error: async", "join-room"],
  ]);
  assertEquals(adapter.socketRooms("s1"), new Set(["a"]));
});

Deno.test("The memory adapter tells nobody after it was closed", () => {
  const { adapter } = adapterWith();
  const told = watchRooms(adapter);
  adapter.close();
  adapter.addAll("s1", new Set(["a"]));
  assertEquals(told, []);
});
