/** Tests of events between servers, over an adapter of a cluster. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { AdapterContext } from "../../src/socket/adapter.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import { Cluster } from "../support/cluster_adapter.ts";
import { joined } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A callback of a server-side event. */
type Reply = (answer?: unknown) => void;

/** Three servers of a cluster, and what the listeners of each heard. */
function startThree(): {
  readonly cluster: Cluster;
  readonly servers: readonly [TestServer, TestServer, TestServer];
  readonly heard: unknown[][];
} {
  const cluster = new Cluster();
  const servers = cluster.start(3) as [TestServer, TestServer, TestServer];
  const heard: unknown[][] = [];
  servers.forEach((io, index) => {
    io.on("hello", (...args: unknown[]) => heard.push([index, ...args]));
  });
  return { cluster, servers, heard };
}

Deno.test("serverSideEmit is heard by the namespace on all other servers, and not by the sender", async () => {
  const { servers: [first, second], heard } = startThree();
  assertEquals(first.serverSideEmit("hello", 1, { deep: ["x"] }), true);
  assertEquals(heard, [[1, 1, { deep: ["x"] }], [2, 1, { deep: ["x"] }]]);
  assertEquals(second.of("/").serverSideEmit("hello"), true);
  assertEquals(heard.slice(2), [[0], [2]]);
  await first.world.settle();
  assertEquals(first.world.errors, []);
});

Deno.test("serverSideEmit is for servers: no client hears it", async () => {
  const { servers: [first, second], heard } = startThree();
  const { client, socket } = await joined(second);
  socket.on("hello", () => heard.push(["socket"]));
  first.serverSideEmit("hello");
  assertEquals(await client.take(), []);
  assertEquals(heard, [[1], [2]]);
});

Deno.test("serverSideEmit of a namespace is heard by that namespace alone", () => {
  const { servers, heard } = startThree();
  servers.forEach((io, index) => {
    io.of("/a").on("hello", (...args: unknown[]) => heard.push(["/a", index, ...args]));
  });
  servers[2].of("/a").serverSideEmit("hello", 1);
  assertEquals(heard, [["/a", 0, 1], ["/a", 1, 1]]);
});

Deno.test("serverSideEmit with a callback gives the answers of all other servers, without an error", async () => {
  const { servers } = startThree();
  servers.forEach((io, index) => {
    io.on("ask", (what: unknown, reply: Reply) => reply([what, index]));
  });
  const calls: unknown[] = [];
  servers[0].serverSideEmit("ask", "x", (...args: unknown[]) => calls.push(args));
  await servers[0].world.settle();
  assertEquals(calls, [[null, [["x", 1], ["x", 2]]]]);
  assertEquals(await servers[1].serverSideEmitWithAck("ask", "y"), [["y", 0], ["y", 2]]);
});

Deno.test("A server answers once, however often its listeners reply", async () => {
  const { servers: [first, second, third] } = startThree();
  for (const answer of ["one", "two"]) second.on("ask", (reply: Reply) => reply(answer));
  second.on("ask", (reply: Reply) => reply());
  third.on("ask", (reply: Reply) => reply("third"));
  assertEquals(await first.serverSideEmitWithAck("ask"), ["one", "third"]);
});

Deno.test("A listener of server-side events has the namespace as this, and no reply that nobody wants", () => {
  const { servers: [first, second] } = startThree();
  const seen: unknown[] = [];
  second.of("/a").on("tell", function (this: unknown, ...args: unknown[]): void {
    seen.push(this, args);
  });
  first.of("/a").serverSideEmit("tell", 1);
  assertStrictEquals<unknown>(seen[0], second.of("/a"));
  assertEquals(seen[1], [1]);
});

Deno.test("A callback of a server-side event gets the answers as soon as the last has come", async () => {
  const { cluster, servers: [first, second, third] } = startThree();
  const replies: Reply[] = [];
  for (const io of [second, third]) io.on("ask", (reply: Reply) => replies.push(reply));
  const calls: unknown[] = [];
  first.serverSideEmit("ask", (...args: unknown[]) => calls.push(args));
  replies[1]?.("late listener");
  await first.world.settle();
  assertEquals(calls, []);
  replies[0]?.("later listener");
  await first.world.settle();
  assertEquals(calls, [[null, ["late listener", "later listener"]]]);
  assertEquals(cluster.clock.waiting, 0);
});

Deno.test("serverSideEmitWithAck rejects when a server does not answer in time", async () => {
  const { cluster, servers: [first, second] } = startThree();
  second.on("ask", (reply: Reply) => reply("second"));
  const wanted = "Only 1 of 2 servers have answered";
  const calls: unknown[] = [];
  first.serverSideEmit("ask", (error: Error, answers: unknown) => {
    calls.push([error.message, answers]);
  });
  const promise = first.serverSideEmitWithAck("ask");
  const outcome = assertRejects(() => promise, Error, wanted);
  await cluster.clock.advanceAsync(500);
  await outcome;
  assertEquals(calls, [[wanted, []]]);
  assertEquals(first.world.errors, []);
});

Deno.test("A listener of server-side events that fails is reported where it runs, and the next is called", async () => {
  const { servers: [first, second, third], heard } = startThree();
  const failures = [
    () => {
      throw new Error("sync");
    },
    () => Promise.reject(new Error("async")),
  ];
  for (const fail of failures) second.of("/a").on("hello", fail);
  second.of("/a").on("hello", () => heard.push(["next"]));
  first.of("/a").serverSideEmit("hello");
  await second.world.settle();
  const reports = second.world.errors.map(({ message, args: [error] }) => [
    message.includes("/a") && message.includes("hello"),
    String(error),
  ]);
  assertEquals(reports, [[true, "Error: sync"], [true, "Error: async"]]);
  assertEquals([heard, first.world.errors, third.world.errors], [[["next"]], [], []]);
});

Deno.test("A server that is closed is asked no more", async () => {
  const { servers: [first, second], heard } = startThree();
  await second.close();
  first.serverSideEmit("hello");
  assertEquals(heard, [[2]]);
  assertEquals(await first.fetchSockets(), []);
});

Deno.test("Reserved names that come from another server are told to nobody", () => {
  const contexts: AdapterContext[] = [];
  const io = new TestServer({
    adapter: (context) => {
      contexts.push(context);
      return memoryAdapter(context);
    },
  });
  const heard: unknown[] = [];
  for (const name of ["connect", "connection", "new_namespace", "handler_error"] as const) {
    io.on(name, () => void heard.push(name));
  }
  io.on("hello", (...values: unknown[]) => void heard.push(values));
  const [context] = contexts;
  for (const name of ["connect", "connection", "new_namespace", "handler_error", 7, "hello"]) {
    context?.local.serverSideEvent([name, "value"]);
  }
  assertEquals(heard, [["value"]]);
});

Deno.test("serverSideEmitWithAck rejects with an error, whatever its adapter has rejected with", async () => {
  for (const reason of [undefined, "text", Object.freeze(new Error("frozen"))]) {
    const io = new TestServer({
      adapter: (context) =>
        Object.assign(memoryAdapter(context), { serverSideEmit: () => Promise.reject(reason) }),
    });
    await assertRejects(() => io.serverSideEmitWithAck("ask"), Error);
  }
});
