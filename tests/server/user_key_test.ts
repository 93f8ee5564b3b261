/** Tests of a `userKey` that ends what it is asked about: nobody hears of a socket that is not there. */
import { assertEquals } from "@std/assert";
import type { Socket } from "../../src/socket/api.ts";
import { RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** Ways to end a connection from within a function that is given one of its sockets. */
const ENDS: Readonly<Record<string, (socket: Socket, io: TestServer) => unknown>> = {
  "discards its session": (socket) => socket.conn.close(true),
  "closes its session": (socket) => socket.conn.close(),
  "closes the server": (_socket, io) => io.close(),
};

for (const [name, end] of Object.entries(ENDS)) {
  for (const transport of TRANSPORTS) {
    Deno.test(`A socket whose userKey ${name} is not announced, over ${transport}`, async () => {
      const log: string[] = [];
      const io = new TestServer({
        limits: {
          events: { perUser: { rate: 1 } },
          userKey: (_request, socket) => {
            if (socket === undefined) return undefined;
            end(socket as Socket, io);
            return "u1";
          },
        },
      });
      io.on("connection", (socket) => {
        log.push(`connection, connected: ${socket.connected}`);
        socket.on("disconnect", (reason) => log.push(reason));
      });
      const client = await RawClient.open(io, { transport });
      await client.send("0");
      await io.world.settle();
      assertEquals(log, []);
      assertEquals(await client.take(), []);
      assertEquals([io.of("/").sockets.size, io.of("/").adapter.rooms.size], [0, 0]);
      await io.close();
      assertEquals([log, io.engine.clientsCount, io.world.errors], [[], 0, []]);
    });
  }
}

Deno.test("A userKey that disconnects a socket which is not connected yet changes nothing, as a middleware", async () => {
  const io = new TestServer({
    limits: {
      events: { perUser: { rate: 1 } },
      userKey: (_request, socket) => socket?.disconnect(true).id,
    },
  });
  const client = await RawClient.open(io);
  const id = await client.join();
  assertEquals(io.of("/").sockets.get(id)?.connected, true);
  await io.close();
});
