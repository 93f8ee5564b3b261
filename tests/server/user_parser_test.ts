/** A parser of users fails, in every way: the session that it was for ends, and no other. */
import { assertEquals } from "@std/assert";
import type { Parser } from "../../src/wire/parser_codec.ts";
import { PARSER } from "../runtime/json_parser.ts";
import { BOOM, failureCounts, FAILURES, handshakeStatus } from "../support/failing_code.ts";
import { RawClient } from "../support/in_process_client.ts";
import { TestServer } from "../support/in_process_server.ts";

/** A parser that fails when it encodes packets of a type. */
function failingParser(type: number, fails: () => unknown): Parser {
  class Encoder extends PARSER.Encoder {
    override encode(packet: Parameters<typeof PARSER.Encoder.prototype.encode>[0]): string[] {
      if (packet.type === type) return fails() as string[];
      return [...super.encode(packet)];
    }
  }
  return { Encoder, Decoder: PARSER.Decoder } as unknown as Parser;
}

for (const [how, fails] of Object.entries(FAILURES)) {
  for (
    const [what, type] of [["CONNECT", 0], ["DISCONNECT", 1], ["CONNECT_ERROR", 4]] as const
  ) {
    for (const later of [false, true]) {
      Deno.test(`A parser that ${how} for ${what}${later ? ", later," : ""} ends that session alone`, async () => {
        const io = new TestServer({ parser: failingParser(type, fails) });
        const held: (() => void)[] = [];
        io.use((_socket, next) => later ? void held.push(next) : next());
        io.of((name, _auth, next) => {
          const answer = (): void => next(null, name === "/good");
          if (later) held.push(answer);
          else answer();
        });
        const client = await RawClient.open(io);
        await client.send('[0,"/",null,null]');
        for (const answer of held.splice(0)) answer();
        await io.world.settle();
        for (const socket of [...io.of("/").sockets.values()]) socket.disconnect();
        await client.send('[0,"/bad",null,null]').catch(() => {});
        for (const answer of held.splice(0)) answer();
        await io.world.settle();
        assertEquals([io.of("/").sockets.size, client.isClosed], [0, true]);
        assertEquals(failureCounts(io), { parser: 1 });
        assertEquals(await handshakeStatus(io), 200);
      });
    }
  }
}

Deno.test("A decoder that is async and fails ends the session of who sent it", async () => {
  class Decoder extends PARSER.Decoder {
    override add(text: string): void {
      if (text === "bad") return Promise.reject(BOOM) as unknown as undefined;
      super.add(text);
    }
    override destroy(): void {
      return Promise.reject(BOOM) as unknown as undefined;
    }
  }
  const io = new TestServer({ parser: { Encoder: PARSER.Encoder, Decoder } as unknown as Parser });
  const client = await RawClient.open(io);
  await client.send('[0,"/",null,null]', "bad", '[2,"/",["x"],null]');
  await client.send('[2,"/",["x"],null]').catch(() => {});
  assertEquals([client.isClosed, io.of("/").sockets.size], [true, 0]);
});

Deno.test("A parser that cannot encode the refusal of a middleware ends that session", async () => {
  for (const later of [false, true]) {
    const io = new TestServer({ parser: failingParser(4, () => Promise.reject(BOOM)) });
    const held: (() => void)[] = [];
    io.use((_socket, next) => {
      const refuse = (): void => next(new Error("no"));
      if (later) held.push(refuse);
      else refuse();
    });
    const client = await RawClient.open(io);
    await client.send('[0,"/",null,null]');
    for (const refuse of held) refuse();
    await io.world.settle();
    assertEquals([client.isClosed, io.of("/").sockets.size], [true, 0]);
    assertEquals(failureCounts(io), { middleware: 2 });
    assertEquals(await handshakeStatus(io), 200);
  }
});
