/** Tests of what `trustProxy` changes for users, and for limits by address. */
import { assertEquals, assertThrows } from "@std/assert";
import type { ServerOptions } from "../../src/server/server_options.ts";
import { CLIENT_ADDRESS, TestServer } from "../support/in_process_server.ts";
import { joined } from "../support/in_process_client.ts";

/** The addresses that users are told of a client whose proxy, or who itself, sends this header. */
async function addresses(
  trustProxy: ServerOptions["trustProxy"],
  forwarded: string,
): Promise<readonly unknown[]> {
  const io = new TestServer(trustProxy === undefined ? {} : { trustProxy });
  const headers = { "x-forwarded-for": forwarded };
  const { socket } = await joined(io, { headers });
  const told = [
    socket.handshake.address,
    socket.conn.remoteAddress,
    socket.request.remoteAddress,
    socket.handshake.headers["x-forwarded-for"],
  ];
  await io.close();
  return told;
}

Deno.test("Without trustProxy the address is the peer's, whatever it says", async () => {
  const header = "192.0.2.1";
  const expected = [CLIENT_ADDRESS, CLIENT_ADDRESS, CLIENT_ADDRESS, header];
  for (const trust of [undefined, false, 0, [], ["10.0.0.0/8"]] as const) {
    assertEquals(await addresses(trust, header), expected);
  }
});

Deno.test("With trustProxy the address is that of the client, and the request tells the peer's", async () => {
  const header = "198.51.100.66, ::ffff:192.0.2.1";
  const expected = ["192.0.2.1", "192.0.2.1", CLIENT_ADDRESS, header];
  assertEquals(await addresses(1, header), expected);
  assertEquals(await addresses(["203.0.113.0/24"], header), expected);
});

Deno.test("A forged X-Forwarded-For does not get around a limit by address", async () => {
  for (const trustProxy of [false, 1, ["203.0.113.0/24"]] as const) {
    const io = new TestServer({
      trustProxy,
      limits: { handshakes: { perAddress: { rate: 1, burst: 3 } } },
    });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      // A proxy appends the address that it has seen; without one the client makes up all of it.
      const seen = trustProxy === false ? "" : ", 192.0.2.1";
      const headers = { "x-forwarded-for": `198.51.100.${attempt}${seen}` };
      const url = "http://localhost/socket.io/?EIO=4&transport=polling";
      const answer = io.fetch(new Request(url, { headers }));
      await io.world.settle();
      statuses.push((await answer).status);
    }
    assertEquals(statuses, [200, 200, 200, 429, 429, 429]);
    await io.close();
  }
});

Deno.test("Clients behind one proxy have an allowance each", async () => {
  const io = new TestServer({ trustProxy: 1, limits: { connectionsPerAddress: 1 } });
  const ask = async (client: string): Promise<number> => {
    const url = "http://localhost/socket.io/?EIO=4&transport=polling";
    const headers = { "x-forwarded-for": client };
    const answer = io.fetch(new Request(url, { headers }));
    await io.world.settle();
    return (await answer).status;
  };
  const clients = ["192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2"];
  const statuses: number[] = [];
  for (const client of clients) statuses.push(await ask(client));
  // The last two are in one /64.
  assertEquals(statuses, [200, 200, 429, 200, 429]);
  await io.close();
});

Deno.test("trustProxy refuses a list with a hole", () => {
  const holed = ["10.0.0.0/8"];
  holed[2] = "10.1.0.0/16";
  assertThrows(
    () => new TestServer({ trustProxy: holed }),
    TypeError,
    'trustProxy must hold addresses and ranges alone, such as "10.0.0.0/8", found undefined',
  );
});
