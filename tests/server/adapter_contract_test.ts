/** Tests of what a server asks of its adapter: each call of a user, and the method that carries it. */
import { assert, assertEquals } from "@std/assert";
import type { Adapter, AdapterFactory, Selection } from "../../src/socket/adapter.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { joined } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A call of a method of the adapter, with what of its arguments can be compared. */
type Call = readonly [method: string, ...args: unknown[]];

const METHODS = [
  "serverCount",
  "addAll",
  "del",
  "delAll",
  "broadcast",
  "broadcastWithAck",
  "fetchSockets",
  "addSockets",
  "delSockets",
  "disconnectSockets",
  "serverSideEmit",
  "close",
] as const satisfies readonly (keyof Adapter)[];

/** A memory adapter that notes which of its methods are called. */
function recording(calls: Call[]): AdapterFactory {
  return (context) => {
    const adapter = memoryAdapter(context);
    for (const method of METHODS) {
      const original: (...args: never[]) => unknown = adapter[method];
      Reflect.set(adapter, method, (...args: never[]) => {
        calls.push([method, ...args.map(show)]);
        return Reflect.apply(original, adapter, args);
      });
    }
    return adapter;
  };
}

function show(value: unknown): unknown {
  if (value instanceof Set) return [...value];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if ("except" in value) {
    // It has the members of a selection.
    const { rooms, except, local } = value as Selection;
    return { rooms: [...rooms], except: [...except], local };
  }
  return "args" in value ? value.args : "a receiver";
}

const ALL = { rooms: [], except: [], local: false };
const SOME = { rooms: ["a"], except: ["b"], local: true };

Deno.test("Joining, leaving and ending go through addAll, del and delAll of the adapter", async () => {
  const calls: Call[] = [];
  const { socket } = await joined(new TestServer({ adapter: recording(calls) }));
  socket.join(["a", "b"]);
  socket.leave("a");
  socket.disconnect();
  assertEquals(calls, [
    ["addAll", socket.id, [socket.id]],
    ["addAll", socket.id, ["a", "b"]],
    ["del", socket.id, "a"],
    ["delAll", socket.id],
  ]);
});

Deno.test("Broadcasts go through broadcast and broadcastWithAck of the adapter", async () => {
  const calls: Call[] = [];
  const io = new TestServer({ adapter: recording(calls) });
  const { socket } = await joined(io);
  calls.length = 0;
  io.emit("x", 1);
  io.to("a").except("b").local.emit("y");
  socket.broadcast.emit("z");
  io.timeout(10).emit("ask", () => {});
  await io.world.advance(20);
  assertEquals(calls.filter(([method]) => method !== "serverCount"), [
    ["broadcast", ["x", 1], ALL],
    ["broadcast", ["y"], SOME],
    ["broadcast", ["z"], { ...ALL, except: [socket.id] }],
    ["broadcastWithAck", ["ask"], ALL, "a receiver"],
  ]);
  assert(calls.some(([method]) => method === "serverCount"));
});

Deno.test("What is done to many sockets goes through the adapter, with whom it is for", async () => {
  const calls: Call[] = [];
  const io = new TestServer({ adapter: recording(calls) });
  await io.in("a").except("b").local.fetchSockets();
  io.socketsJoin("c");
  io.socketsLeave(["c", "d"]);
  io.disconnectSockets(true);
  assertEquals(calls, [
    ["fetchSockets", SOME],
    ["addSockets", ALL, ["c"]],
    ["delSockets", ALL, ["c", "d"]],
    ["disconnectSockets", ALL, true],
  ]);
});

Deno.test("Events between servers go through serverSideEmit of the adapter, the end through close", async () => {
  const calls: Call[] = [];
  const io = new TestServer({ adapter: recording(calls) });
  io.serverSideEmit("tell", 1);
  assertEquals(await io.serverSideEmitWithAck("ask"), []);
  await io.close();
  assertEquals(calls, [
    ["serverSideEmit", ["tell", 1], false],
    ["serverSideEmit", ["ask"], true],
    ["close"],
  ]);
});
