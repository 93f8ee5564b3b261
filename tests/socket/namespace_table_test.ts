import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

type Answer = (error: Error | null, success: boolean) => void;

/** A server that writes down which namespaces are made. */
function watched(): { readonly io: TestServer; readonly made: string[] } {
  const io = new TestServer();
  const made: string[] = [];
  io.on("new_namespace", (nsp) => void made.push(nsp.name));
  return { io, made };
}

/** What a client gets that asks for these namespaces, without the ids. */
async function ask(io: TestServer, ...names: string[]): Promise<readonly string[]> {
  const client = await RawClient.open(io);
  await client.send(...names.map((name) => `0${name},`));
  return (await client.take()).map((packet) => String(packet).replace(/"sid":"[^"]*"/, "sid"));
}

const refused = (name: string): string => `4${name},{"message":"Invalid namespace"}`;
const granted = (name: string): string => `0${name},{sid}`;

Deno.test("io.of finds what is there, and makes what is not", () => {
  const { io, made } = watched();
  const chat = io.of("/chat");
  assertStrictEquals(io.of("/chat"), chat);
  assertStrictEquals(io.of("chat"), chat);
  assertStrictEquals(io.of("/"), io.sockets);
  assertStrictEquals(io.of(""), io.sockets);
  assert(io.of("/chat/") !== chat);
  assertEquals(made, ["/chat", "/chat/"]);
});

Deno.test("io.of tells of a namespace after it was made", () => {
  const io = new TestServer();
  const found: boolean[] = [];
  io.on("new_namespace", (nsp) => found.push(io.of(nsp.name) === nsp));
  io.of("/chat");
  assertEquals(found, [true]);
});

Deno.test("io.of takes a connection listener", async () => {
  const { io } = watched();
  const log: string[] = [];
  io.of("/chat", (socket) => log.push(socket.nsp.name));
  await ask(io, "/chat");
  assertEquals(log, ["/chat"]);
});

Deno.test("A client cannot make a namespace that no rule allows", async () => {
  const { io, made } = watched();
  const name = "/unknown";
  assertEquals(await ask(io, name, "/__proto__", name), [name, "/__proto__", name].map(refused));
  assertEquals(made, []);
});

Deno.test("A client may ask for the names that a RegExp matches, whatever its flags", async () => {
  for (const flags of ["", "g", "y", "gy", "i", "giu"]) {
    const { io, made } = watched();
    io.of(new RegExp("^/room-\\d$", flags));
    const names = ["/room-1", "/room-2", "/room-3", "/room-1x", "/room-4"];
    const answers = names.map((name) => name === "/room-1x" ? refused(name) : granted(name));
    assertEquals([flags, await ask(io, ...names)], [flags, answers]);
    assertEquals(made, ["/room-1", "/room-2", "/room-3", "/room-4"]);
  }
});

Deno.test("A RegExp of the user is left as it was", async () => {
  const { io } = watched();
  const pattern = /^\/room-\d$/g;
  io.of(pattern);
  await ask(io, "/room-1");
  assertEquals(pattern.lastIndex, 0);
});

Deno.test("A namespace that is there is not asked of any rule", async () => {
  const { io } = watched();
  const log: string[] = [];
  io.of((name, _auth, next) => {
    log.push(name);
    next(null, true);
  });
  io.of("/static");
  await ask(io, "/static", "/dynamic");
  await ask(io, "/dynamic");
  assertEquals(log, ["/dynamic"]);
});

Deno.test("A function decides with name and auth, at once or later", async () => {
  const { io, made } = watched();
  const held: Answer[] = [];
  const asked: unknown[] = [];
  io.of((name, auth, next) => {
    asked.push([name, auth]);
    if (name === "/later") held.push(next);
    else next(null, auth.token === "good");
  });
  const client = await RawClient.open(io);
  await client.send('0/a,{"token":"good"}', '0/b,{"token":"bad"}', "0/c,", "0/later,");
  assertEquals(asked, [
    ["/a", { token: "good" }],
    ["/b", { token: "bad" }],
    ["/c", {}],
    ["/later", {}],
  ]);
  assertEquals((await client.take()).slice(1), [refused("/b"), refused("/c")]);
  held[0]?.(null, true);
  assertEquals((await client.take()).length, 1);
  assertEquals(made, ["/a", "/later"]);
});

Deno.test("A function refuses with an error, false, by throwing and by rejecting", async () => {
  const { io, made } = watched();
  const rules: Readonly<Record<string, (next: Answer) => unknown>> = {
    "/error": (next) => next(new Error("no"), true),
    "/false": (next) => next(null, false),
    "/throws": () => {
      throw new Error("sync");
    },
    "/rejects": () => Promise.reject(new Error("async")),
  };
  // A rule may be async, whatever its declared result.
  io.of((name, _auth, next) => rules[name]?.(next) as void);
  const names = Object.keys(rules);
  assertEquals([...await ask(io, ...names)].sort(), names.map(refused).sort());
  assertEquals(made, []);
  const reports = io.world.errors.map(({ args: [error] }) => String(error));
  assertEquals(reports, ["Error: sync", "Error: async"]);
});

Deno.test("A function's first answer counts", async () => {
  const { io, made } = watched();
  io.of((name, _auth, next) => {
    next(null, name === "/good");
    next(null, true);
    next(new Error("no"), false);
  });
  assertEquals(await ask(io, "/good", "/bad"), [granted("/good"), refused("/bad")]);
  assertEquals(made, ["/good"]);
});

Deno.test("A function that throws after it has granted is reported, and the client is in", async () => {
  const { io } = watched();
  io.of((_name, _auth, next) => {
    next(null, true);
    throw new Error("after next");
  });
  assertEquals(await ask(io, "/good"), [granted("/good")]);
  assertEquals(io.world.errors.length, 1);
});

Deno.test("Rules are asked in the order in which they were made, until one grants", async () => {
  const { io } = watched();
  const log: string[] = [];
  const rule = (label: string, grants: string): void => {
    io.of((name, _auth, next) => {
      log.push(`${label} ${name}`);
      next(null, name === grants);
    }).on("connection", (socket) => void log.push(`${label} has ${socket.nsp.name}`));
  };
  rule("one", "/b");
  rule("two", "/a");
  rule("three", "/a");
  await ask(io, "/a", "/b");
  assertEquals(log, ["one /a", "two /a", "two has /a", "one /b", "one has /b"]);
});

Deno.test("Two clients that ask at once are in the same namespace", async () => {
  const { io, made } = watched();
  const held: Answer[] = [];
  io.of((_name, _auth, next) => void held.push(next));
  const clients = [await RawClient.open(io), await RawClient.open(io)];
  for (const client of clients) await client.send("0/a,");
  for (const next of held) next(null, true);
  await io.world.settle();
  assertEquals([held.length, made, io.of("/a").sockets.size], [2, ["/a"], 2]);
});

Deno.test("io.of with a name gives a child where a RegExp matches it", async () => {
  const { io, made } = watched();
  const log: string[] = [];
  io.of(/^\/room-\d$/g).on("connection", (socket) => void log.push(socket.nsp.name));
  const names = ["/room-1", "/room-2", "/other"];
  for (const name of names) io.of(name);
  assertEquals(made, names);
  await ask(io, ...names);
  assertEquals(log, ["/room-1", "/room-2"]);
});

Deno.test("A client that has gone while a function decides is not let in", async () => {
  const { io } = watched();
  const held: Answer[] = [];
  io.of((_name, _auth, next) => void held.push(next)).on("connection", () => {
    throw new Error("must not be let in");
  });
  for (const isGranted of [false, true]) {
    const client = await RawClient.open(io);
    await client.send("0/a,");
    await client.leave();
    held.pop()?.(null, isGranted);
    assertEquals(await client.take(), []);
  }
  assertEquals([io.of("/a").sockets.size, io.world.errors], [0, []]);
});
