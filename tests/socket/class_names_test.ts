/** Tests that users' objects have the names of the classes that users import. */
import { assertEquals } from "@std/assert";
import { Server } from "@godwit/io";
import { DistantSocket } from "../../src/socket/distant_socket.ts";
import { connected } from "../support/in_process_client.ts";
import { RecordingHome, socketDetails } from "../support/recording_home.ts";

Deno.test("Objects that users are given have the names of their classes", async () => {
  const { io, socket } = await connected();
  const named = [
    new Server(),
    io.of("/"),
    socket,
    io.to("room"),
    new DistantSocket(new RecordingHome(), socketDetails("s1")),
  ];
  assertEquals(named.map((it) => it.constructor.name), [
    "Server",
    "Namespace",
    "Socket",
    "BroadcastOperator",
    "RemoteSocket",
  ]);
  await io.close();
});
