/**
 * Checks that the tests of several entries make against a fixture process.
 *
 * - The process answers `echo`, and tells at `/do/count` how many sessions it has.
 */
import { assert, assertEquals } from "@std/assert";
import { ask, upgraded } from "../runtime/case_context.ts";
import { type Clients, WAYS } from "../runtime/entry_process.ts";
import { ask as askHttp } from "./raw_engine.ts";
import { clientFrame, RawTcp } from "./raw_tcp.ts";
import type { ServerProcess } from "./server_process.ts";
import { eventually, within } from "./waiting.ts";

/** Holds if the server serves one client in each way. */
export async function servesAll(
  clients: Clients,
  server: ServerProcess,
  options: object = {},
): Promise<void> {
  for (const transports of WAYS) {
    const client = await clients.connect(server, { transports: [...transports], ...options });
    assertEquals(await ask(client, "echo", { ways: transports }), { ways: transports });
    if (transports.length > 1) await upgraded(client);
    client.disconnect();
  }
}

/** Holds if the server has forgotten everybody, and serves a client that is new. */
export async function isFine(server: ServerProcess, clients: Clients): Promise<void> {
  await eventually("the end of all sessions", async () => {
    return (await askHttp(`${server.url}/do/count`)).text === "0" || undefined;
  });
  const client = await clients.connect(server, { transports: ["websocket"] });
  assertEquals(await ask(client, "echo", "fresh"), "fresh");
  client.disconnect();
  assert(server.alive);
}

/** A WebSocket session that has joined the main namespace, over TCP. */
export async function joinedTcp(server: ServerProcess): Promise<RawTcp> {
  const tcp = await RawTcp.open(server.port);
  assertEquals((await tcp.upgrade("/socket.io/?EIO=4&transport=websocket")).status, 101);
  await tcp.write(clientFrame(0x81, "40"));
  await tcp.readUntil('40{"sid":"');
  // To the end of the frame: bytes of the id must not be read as the head of the next one.
  await tcp.readUntil('"}');
  return tcp;
}

/** Has 200 peers vanish right after their upgrade request, half of them once an answer has begun. */
export async function vanishAtOnce(server: ServerProcess): Promise<void> {
  const request = [
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  const bytes = new TextEncoder().encode(`${request.join("\r\n")}\r\n\r\n`);
  const vanish = async (waits: boolean): Promise<void> => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await connection.write(bytes);
    // What is closed with bytes that nobody has read is reset.
    if (waits) await within("a byte of an answer", connection.read(new Uint8Array(1)));
    connection.close();
  };
  for (let count = 0; count < 200; count += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => vanish(index % 2 === 0)));
  }
}
