/** The examples for Bun, run as they are. */
import { assertEquals, assertMatch } from "@std/assert";
import { ask, next } from "../runtime/case_context.ts";
import { consumer } from "../support/consumer.ts";
import { ExampleProcess } from "../support/example_process.ts";
import { ask as askHttp, RawWebSocket } from "../support/raw_engine.ts";
import { test } from "./bun_process.ts";

/** Starts an example where it is; only what it takes from npm is that of the consumer's project. */
async function start(name: string): Promise<ExampleProcess> {
  const { directory, bun } = await consumer();
  const packages = new URL("../node_modules", `file://${directory}/`).pathname;
  return await ExampleProcess.start([bun, `examples/${name}/main.ts`], {
    env: { NODE_PATH: packages },
  });
}

for (const name of ["hono", "elysia"]) {
  test(`examples/${name} serves its routes, its WebSockets, and Socket.IO`, async (clients) => {
    await using example = await start(name);
    const reader = await clients.connect(example, { transports: ["websocket"] });
    const writer = await clients.connect(example, { transports: ["polling"] });
    const news = next(reader, "news");
    assertEquals(await ask(writer, "publish", "text"), 1);
    assertEquals(await news, ["text"]);

    for (const visits of [1, 2]) {
      assertEquals(JSON.parse((await askHttp(example.url)).text), { visits, clients: 2 });
    }
    await using socket = await RawWebSocket.open(`${example.url.replace("http", "ws")}/time`);
    socket.send("?");
    assertMatch(await socket.text(), /^\d{4}-\d\d-\d\dT/);
    if (name === "hono") {
      const posted = next(reader, "news");
      const { status } = await askHttp(`${example.url}/news`, { method: "POST", body: "posted" });
      assertEquals([status, await posted], [204, ["posted"]]);
    }
  });
}
