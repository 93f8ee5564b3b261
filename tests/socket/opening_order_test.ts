/** Tests who is told first of a session that joins the main namespace unasked. */
import { assertEquals } from "@std/assert";
import { RawClientV3, serverV3 } from "../support/in_process_client_v3.ts";
import { TRANSPORTS } from "../support/in_process_client.ts";

Deno.test("Listeners of the engine are told of a session of revision 3 before its socket is there", async () => {
  for (const transport of TRANSPORTS) {
    const io = serverV3();
    const order: string[] = [];
    io.engine.on("connection", () => order.push("engine"));
    io.use((_socket, next) => {
      order.push("middleware");
      next();
    });
    io.on("connection", () => order.push("socket"));
    await RawClientV3.open(io, { transport });
    assertEquals(order, ["engine", "middleware", "socket"]);
  }
});

Deno.test("A listener of the engine that closes a session of revision 3 keeps it out of the namespace", async () => {
  for (const discard of [true, false]) {
    const io = serverV3();
    const log: string[] = [];
    io.use((_socket, next) => {
      log.push("middleware");
      next();
    });
    io.engine.on("connection", (conn) => conn.close(discard));
    await RawClientV3.open(io).catch(() => {});
    await io.world.settle();
    assertEquals([log, io.of("/").sockets.size, io.engine.clientsCount], [[], 0, 0]);
  }
});
