/**
 * Tests of small differences to the reference that docs/compatibility.md tells, and that belong to no
 * other file.
 */
import { assertEquals } from "@std/assert";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { connected, RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** Frames that cannot be read: the text of the reference, and the error here. */
const UNREADABLE: readonly (readonly [text: string, error: string, ...frames: Frame[]])[] = [
  ["unknown packet type 9", 'PacketError: type must be 0–6, found "9"', "9"],
  [
    "Illegal attachments",
    "PacketError: attachment count must be digits followed by a dash",
    '5x-["a"]',
  ],
  ["too many attachments", "LimitError: maxAttachments is 10, found 11", '511-["a"]'],
  ["invalid payload", "PacketError: data must be JSON", '2["a"'],
  [
    "got plaintext data when reconstructing a packet",
    "PacketError: expected an attachment, found text",
    '51-["a",{"_placeholder":true,"num":0}]',
    '2["b"]',
  ],
  [
    "got binary data when not reconstructing a packet",
    "PacketError: expected text, found an attachment",
    new Uint8Array([1]),
  ],
  [
    "illegal attachments",
    "PacketError: placeholder number must be 0–0",
    '51-["a",{"_placeholder":true,"num":5}]',
    new Uint8Array([1]),
  ],
];

Deno.test("An 'error' event for what cannot be read says where, in a class of its own", async () => {
  for (const transport of TRANSPORTS) {
    for (const [text, expected, ...frames] of UNREADABLE) {
      const { client, socket } = await connected({ transport });
      const told: string[] = [];
      socket.on("error", ({ name, message }) => {
        told.push(`${name}: ${message.replace(/^Cannot [\w ]+: /, "")}`);
      });
      socket.on("disconnect", (reason) => told.push(reason));
      await client.send(...frames);
      assertEquals([text, ...told], [text, expected, "forced close"]);
    }
  }
});

Deno.test("A middleware that refuses with a text tells the client that text", async () => {
  const io = new TestServer({});
  // Users of JavaScript may give anything.
  io.use((_socket, next) => next("no entry" as unknown as Error));
  const client = await RawClient.open(io);
  await client.send("0");
  assertEquals(await client.take(), ['4{"message":"no entry"}']);
});

Deno.test("Answers to polls are not compressed, whatever a client accepts and compress() says", async () => {
  const { io, client, socket } = await connected({ transport: "polling" });
  client.pause();
  socket.emit("the GET that waits takes this");
  await io.world.settle();
  const text = "x".repeat(10_000);
  socket.compress(true).emit("a", text);
  io.compress(true).emit("b", text);
  io.of("/").compress(true).emit("c", text);
  io.to(socket.id).compress(true).emit("d", text);
  const url = `http://localhost/socket.io/?EIO=4&transport=polling&sid=${client.sid}`;
  const asked = io.fetch(new Request(url, { headers: { "accept-encoding": "gzip" } }));
  await io.world.settle();
  const answer = await asked;
  assertEquals(answer.headers.get("content-encoding"), null);
  const packets = ["a", "b", "c", "d"].map((name) => `42["${name}","${text}"]`);
  assertEquals(await answer.text(), packets.join("\x1e"));
});
