/**
 * The examples for frameworks of Node, on Node with the installed package and on Deno: a route, both
 * transports, and an end in good time.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { io, type Socket } from "socket.io-client";
import { bundleFixture, consumer } from "../support/consumer.ts";
import { denoCommand, type ExampleCommand, ExampleProcess } from "../support/example_process.ts";
import { Mailbox, within } from "../support/waiting.ts";

const RUNTIMES: Readonly<Record<string, (file: string) => Promise<ExampleCommand>>> = {
  Node: async (file) => [(await consumer()).node, await bundleFixture(file)],
  Deno: (file) => Promise.resolve(denoCommand(file, ["--allow-all"])),
};

/** A polling client may learn of the end of its last requests when the test is over. */
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false };

const TRANSPORTS = ["polling", "websocket"];

/** Clients of one example; all of them are gone when the test is over. */
class Clients {
  readonly #url: string;
  readonly #sockets: Socket[] = [];

  constructor({ url }: ExampleProcess) {
    this.#url = url;
  }

  /** A client that is connected, and the texts that it is sent. */
  async connect(
    transport: string,
    extraHeaders: Record<string, string> = {},
  ): Promise<{ readonly socket: Socket; readonly texts: Mailbox<unknown> }> {
    const options = { forceNew: true, reconnection: false, transports: [transport], extraHeaders };
    const socket: Socket = io(this.#url, options);
    this.#sockets.push(socket);
    const texts = new Mailbox<unknown>();
    for (const event of ["welcome", "message"]) {
      socket.on(event, (text: unknown) => texts.put(text));
    }
    await within("a connection", once(socket, "connect"));
    assertEquals(socket.io.engine.transport.name, transport);
    return { socket, texts };
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.disconnect();
  }
}

function once(socket: Socket, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    if (event === "connect") socket.once("connect_error", reject);
  });
}

/** Ends the example, which has clients, who all notice it. */
async function endsInTime(example: ExampleProcess, sockets: readonly Socket[]): Promise<void> {
  const reasons = sockets.map((socket) => once(socket, "disconnect"));
  // Gives up after 10 s: nobody may have to wait for closeTimeout.
  assertEquals(await example.stop("SIGTERM"), 0);
  // A client between two polls finds nobody there any more.
  for (const reason of await within("the disconnects", Promise.all(reasons))) {
    assertMatch(String(reason), /^transport (?:close|error)$/);
  }
}

for (const [runtime, command] of Object.entries(RUNTIMES)) {
  Deno.test(
    `examples/express on ${runtime} shares a session, and ends`,
    UNSANITIZED,
    async () => {
      await using example = await ExampleProcess.start(await command("examples/express/main.ts"));
      using clients = new Clients(example);
      const page = await fetch(example.url);
      assertEquals(await page.json(), { pages: 1, messages: 0 });
      const cookie = page.headers.get("set-cookie")?.split(";")[0] ?? "";
      assertMatch(cookie, /^connect\.sid=/);
      const poll = await fetch(`${example.url}/socket.io/?EIO=4&transport=polling`);
      assertEquals(poll.headers.get("x-content-type-options"), "nosniff");
      assertMatch(poll.headers.get("set-cookie") ?? "", /SameSite=Lax/);
      await poll.body?.cancel();
      const headers = { origin: "https://elsewhere.example", cookie };
      const foreign = await fetch(`${example.url}/socket.io/?EIO=4&transport=polling`, { headers });
      assertEquals(foreign.status, 403);
      await foreign.body?.cancel();

      const visitors = [];
      for (const transport of TRANSPORTS) {
        visitors.push(await clients.connect(transport, { cookie }));
      }
      for (const { texts } of visitors) assertEquals(await within("a welcome", texts.take()), 1);
      for (const [index, { socket }] of visitors.entries()) {
        const other = visitors[1 - index];
        assertEquals(
          await socket.timeout(5_000).emitWithAck("message", `text ${index}`),
          index + 1,
        );
        assertEquals(await within("a message", other?.texts.take() ?? fail()), `text ${index}`);
      }
      const again = await fetch(example.url, { headers: { cookie } });
      assertEquals(await again.json(), { pages: 2, messages: 2 });
      await endsInTime(example, visitors.map(({ socket }) => socket));
    },
  );

  Deno.test(
    `examples/fastify on ${runtime} has routes and clients on one port`,
    UNSANITIZED,
    async () => {
      await using example = await ExampleProcess.start(await command("examples/fastify/main.ts"));
      using clients = new Clients(example);
      const visitors = [];
      for (const transport of TRANSPORTS) visitors.push(await clients.connect(transport));
      assertEquals(await (await fetch(example.url)).json(), { clients: 2 });
      const news = await fetch(`${example.url}/news`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"text":"rain"}',
      });
      assertEquals(await news.json(), { sent: "rain" });
      for (const { texts } of visitors) assertEquals(await within("news", texts.take()), "rain");
      assertEquals(await visitors[0]?.socket.timeout(5_000).emitWithAck("message", "sun"), 1);
      assertEquals(await within("a message", visitors[1]?.texts.take() ?? fail()), "sun");
      await endsInTime(example, visitors.map(({ socket }) => socket));
    },
  );
}

function fail(): never {
  throw new Error("There are two visitors");
}
