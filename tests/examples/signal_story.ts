/**
 * What everybody sees of an example that gets SIGTERM: load balancers, newcomers, those who are there.
 *
 * - Peers that only hold a connection do not hold up the end.
 * - Somebody whom the server still owes something holds the end up until all has been looked at.
 */
import { assert, assertEquals } from "@std/assert";
import type { Socket } from "socket.io-client";
import type { ExampleProcess } from "../support/example_process.ts";
import { ask, engineUrl } from "../support/raw_engine.ts";
import { RawTcp } from "../support/raw_tcp.ts";
import { eventually, within } from "../support/waiting.ts";

/**
 * Sends SIGTERM and looks at the end.
 *
 * @param client is connected, and may reconnect
 * @param letGo has somebody else who has held the end up hold it up no more
 */
export async function playSigterm(
  server: ExampleProcess,
  client: Pick<Socket, "once" | "io">,
  letGo: () => Promise<void>,
): Promise<void> {
  const status = async (path: string): Promise<number> => (await ask(server.url + path)).status;
  assertEquals([await status("/health/ready"), await status("/health/live")], [200, 200]);
  // They hold a connection, and do nothing more.
  using _silent = await RawTcp.open(server.port);
  using unfinished = await RawTcp.open(server.port);
  await unfinished.request("POST", "/", { headers: ["Content-Length: 10"], body: "begun" });
  const gone = new Promise<string>((resolve) => client.once("disconnect", resolve));
  const stopped = server.stop("SIGTERM");
  await eventually("the end of readiness", async () => {
    return await status("/health/ready") === 503 || undefined;
  });
  assertEquals(await status("/health/live"), 200);
  const newcomer = await ask(engineUrl(server.url, { EIO: "4", transport: "polling" }));
  assertEquals(newcomer.status, 503);
  assert(Number(newcomer.headers.get("retry-after")) > 0);
  // Whoever is told that by its transport comes back by itself, to another server.
  assertEquals(await within("the disconnect", gone), "transport close");
  assertEquals(client.io.reconnection(), true);
  await letGo();
  assertEquals(await stopped, 0);
}
