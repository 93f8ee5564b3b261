/** The small examples, each started as its head comment says and used by the published client. */
import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import { io, type ManagerOptions, type Socket } from "socket.io-client";
import * as msgpack from "socket.io-msgpack-parser";
import { consumer } from "../support/consumer.ts";
import { ExampleProcess } from "../support/example_process.ts";
import { Mailbox, within } from "../support/waiting.ts";

/** Clients of one example; all of them are gone when the test is over. */
class Clients {
  readonly #url: string;
  readonly #options: Partial<ManagerOptions>;
  readonly #sockets: Socket[] = [];

  constructor(example: ExampleProcess, options: Partial<ManagerOptions> = {}) {
    this.#url = example.url;
    this.#options = options;
  }

  /** A client that is connected. */
  async connect(path = "", auth: Record<string, unknown> = {}): Promise<Socket> {
    const socket = this.open(path, auth);
    await once(socket, "connect");
    return socket;
  }

  /** A client that tries to connect. */
  open(path = "", auth: Record<string, unknown> = {}): Socket {
    const own = { auth, forceNew: true, transports: ["websocket"] };
    const socket = io(this.#url + path, { ...own, ...this.#options });
    this.#sockets.push(socket);
    return socket;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.disconnect();
  }
}

/** The arguments of the next event of that name. */
function once(socket: Socket, event: string): Promise<readonly unknown[]> {
  const next = new Promise<readonly unknown[]>((resolve) => {
    socket.once(event, (...args: readonly unknown[]) => resolve(args));
  });
  return within(`event ${event}`, next);
}

function ask(socket: Socket, event: string, ...args: readonly unknown[]): Promise<unknown> {
  return socket.timeout(5_000).emitWithAck(event, ...args);
}

Deno.test("examples/hello greets and echoes", async () => {
  await using example = await ExampleProcess.start("hello");
  using clients = new Clients(example);
  const socket = clients.open();
  assertEquals(await once(socket, "hello"), ["world"]);
  socket.emit("echo", "Grüße");
  assertEquals(await once(socket, "echo"), ["Grüße"]);
});

for (const file of ["node.cjs", "bun.ts"]) {
  Deno.test(`examples/hello/${file} greets and echoes with the installed package`, async () => {
    const { directory, node, bun } = await consumer();
    const path = `${directory}/hello-${file}`;
    await Deno.copyFile(new URL(`../../examples/hello/${file}`, import.meta.url), path);
    await using example = await ExampleProcess.start([file === "bun.ts" ? bun : node, path]);
    using clients = new Clients(example);
    const socket = clients.open();
    assertEquals(await once(socket, "hello"), ["world"]);
    socket.emit("echo", "Grüße");
    assertEquals(await once(socket, "echo"), ["Grüße"]);
  });
}

Deno.test("examples/rooms sends to whom it says", async () => {
  await using example = await ExampleProcess.start("rooms");
  using clients = new Clients(example);
  const [ada, bo, cy] = await Promise.all([
    clients.connect(),
    clients.connect(),
    clients.connect(),
  ]);
  const told = [ada, bo, cy].map((socket) => {
    const box = new Mailbox<unknown>();
    socket.on("told", (text: unknown) => box.put(text));
    return box;
  });
  assertEquals(await ask(ada, "enter", "red"), 1);
  const entered = once(ada, "entered");
  assertEquals(await ask(bo, "enter", "red"), 2);
  assertEquals(await entered, ["red", bo.id]);
  assertEquals(await ask(bo, "enter", "blue"), 1);

  cy.emit("tell", ["red", "blue"], "to both rooms");
  cy.emit("tell others", "red", "to me");
  cy.emit("whisper", ada.id, "to Ada");
  assertEquals(await told[0]?.take(), "to both rooms");
  assertEquals(await told[0]?.take(), "to Ada");
  assertEquals(await told[1]?.take(), "to both rooms");
  assertEquals(await told[2]?.take(), "to me");
  assertEquals(told.map((box) => box.size), [0, 0, 0]);

  const exited = once(ada, "exited");
  bo.disconnect();
  assertEquals((await exited)[0], "red");
  assertEquals(await ask(ada, "exit", "red"), 0);
});

Deno.test("examples/auth refuses with a reason, and keeps the user", async () => {
  await using example = await ExampleProcess.start("auth");
  using clients = new Clients(example);
  for (const auth of [{}, { token: "guess" }, { token: { toString: 1 } }]) {
    const [error] = await once(clients.open("", auth), "connect_error");
    const { message, data } = error as Error & { data: unknown };
    assertEquals(message, "not authorized");
    assertEquals(data, { code: "bad-token", help: "Please sign in again" });
  }
  const welcome = once(clients.open("", { token: "token-of-bo" }), "welcome");
  assertEquals(await welcome, ["Bo"]);
  const [refused] = await once(clients.open("/admin", { token: "token-of-bo" }), "connect_error");
  assertEquals((refused as Error).message, "admins only");
  const admin = await clients.connect("/admin", { token: "token-of-ada" });
  assertEquals(await ask(admin, "count"), 1);
});

Deno.test("examples/acks answers, asks, and gives up in time", async () => {
  await using example = await ExampleProcess.start("acks");
  using clients = new Clients(example);
  const clever = await clients.connect();
  const silent = await clients.connect();
  clever.on("question", (_question: string, reply: (answer: number) => void) => reply(42));
  clever.on("ping", (reply: (answer: string) => void) => reply("pong"));
  clever.on("vote", (reply: (answer: string) => void) => reply("yes"));

  assertEquals(await ask(clever, "add", 2, 3), 5);
  assertEquals(await ask(clever, "start quiz"), "right");
  assertEquals(await ask(clever, "start quick quiz"), "right");
  assertEquals(await ask(silent, "start quick quiz"), "too late");
  assertEquals(await ask(clever, "ping me"), "pong");
  assertEquals(await ask(silent, "ping me"), "no pong");

  const vote = (): Promise<readonly [unknown, unknown]> =>
    within(
      "the votes",
      new Promise((resolve) => {
        clever.emit("start vote", (votes: unknown, isMissing: unknown) => {
          resolve([votes, isMissing]);
        });
      }),
    );
  assertEquals(await vote(), [["yes"], true]);
  silent.on("vote", (reply: (answer: string) => void) => reply("yes"));
  assertEquals(await vote(), [["yes", "yes"], false]);
});

Deno.test("examples/msgpack passes positions on with their dates, and keeps binary data", async () => {
  await using example = await ExampleProcess.start("msgpack");
  using clients = new Clients(example, { parser: msgpack });
  const [ada, bo] = [await clients.connect(), await clients.connect()];
  const moved = once(bo, "moved");
  ada.emit("move", { x: "left", y: 0, at: new Date() });
  ada.emit("move", { x: 1.5, y: -2, at: new Date(1_600_000_000_000) });
  assertEquals(await moved, [ada.id, { x: 1.5, y: -2, at: new Date(1_600_000_000_000) }]);

  const bytes = Buffer.from({ length: 300 });
  assertEquals(await ask(ada, "picture", "sunset", bytes), 300);
  assertEquals(await ask(bo, "thumbnail", "sunset"), bytes.subarray(0, 16));
  assertEquals(await ask(bo, "thumbnail", "dawn"), undefined);

  assertEquals(await ask(ada, "picture", "noon", new Uint8Array(20).buffer), 20);
  assertEquals(await ask(bo, "thumbnail", "noon"), Buffer.alloc(16));
  const error = "expected a name and an ArrayBuffer";
  assertEquals(await ask(ada, "picture", "dusk", { 0: 1, 1: 2 }), { error });

  const closed = once(ada, "disconnect");
  ada.emit("move", { x: 1, y: new Array(200).fill(0), at: new Date() });
  assertEquals((await closed)[0], "transport close");
  assertEquals(await ask(bo, "thumbnail", "dawn"), undefined);
});

Deno.test("examples/typed_events passes readings on, and checks them", async () => {
  await using example = await ExampleProcess.start("typed_events");
  using clients = new Clients(example);
  const [reader, station] = await Promise.all([clients.connect(), clients.connect()]);
  assertEquals(await ask(reader, "subscribe", "pier"), null);
  station.emit("report", "pier", 300);
  assertEquals(await once(station, "trouble"), ["300 °C is not weather"]);
  station.emit("report", "pier", 11.5);
  const [name, reading] = await once(reader, "reading");
  assertEquals(name, "pier");
  assertEquals((reading as { celsius: number }).celsius, 11.5);
  assertEquals(await ask(station, "subscribe", "pier"), reading);
});
