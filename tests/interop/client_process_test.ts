/** Tests that a client program is heard in order, waited for with a deadline, and ended. */
import { assertEquals, assertRejects } from "@std/assert";
import { ClientProcess, type Telling } from "./client_process.ts";

/** A program that tells of itself what it is told, and ends when it is to. */
const PARROT = `
  console.error("for people");
  console.log("also for people");
  console.log(JSON.stringify({ tell: "ready", client: "parrot", version: "1.2.3" }));
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const text of lines) {
    for (const line of text.split("\\n").filter((it) => it !== "")) {
      const order = JSON.parse(line);
      if (order.do === "exit") Deno.exit(order.code);
      console.log(JSON.stringify({ ...order, tell: order.do }));
    }
  }
`;

function start(program: string): Promise<ClientProcess> {
  return ClientProcess.start({ command: [Deno.execPath(), "eval", "--quiet", program] });
}

function next(client: ClientProcess, id: string, ms = 5_000): Promise<Telling> {
  return client.next(id, { what: "a telling", fits: ({ tell }) => tell === "event", ms });
}

Deno.test("ClientProcess takes each telling of a socket once, in order, with its binary data", async () => {
  const client = await start(PARROT);
  try {
    assertEquals(client.version, "1.2.3");
    for (const args of [["ü"], [{ deep: Uint8Array.of(1, 2) }], [3]]) {
      client.say({ do: "event", id: "a", args });
    }
    client.say({ do: "event", id: "b", args: ["other"] });
    assertEquals((await next(client, "b")).args, ["other"]);
    assertEquals((await next(client, "a")).args, ["ü"]);
    assertEquals((await next(client, "a")).args, [{ deep: Uint8Array.of(1, 2) }]);
    assertEquals(client.rest("a").map(({ args }) => args), [[3]]);
    assertEquals(client.output.split("\n").sort().slice(1), ["also for people", "for people"]);
  } finally {
    await client.stop();
  }
  assertEquals(client.alive, false);
});

Deno.test("ClientProcess gives up at the deadline, and at once when the program has ended", async () => {
  const client = await start(PARROT);
  try {
    await assertRejects(() => next(client, "a", 50), Error, "Waited 50 ms in vain for a telling");
    client.say({ do: "exit", code: 7 });
    await assertRejects(() => next(client, "a"), Error, "The program has ended with code 7");
    client.say({ do: "event", id: "a" });
  } finally {
    await client.stop();
  }
});

Deno.test("ClientProcess says what a program printed that does not come up", async () => {
  const broken = "console.error('no library'); Deno.exit(3);";
  const error = await assertRejects(() => start(broken), Error, "no library");
  assertEquals((error as Error).cause instanceof Error, true);
});

Deno.test("ClientProcess ends a program that does not end by itself", async () => {
  const deaf = `${PARROT.split("\n").slice(0, 4).join("\n")} setInterval(() => {}, 1000);`;
  const client = await start(deaf);
  await client.stop();
  assertEquals(client.alive, false);
});
