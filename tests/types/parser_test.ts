import * as parser from "../../src/extra/msgpack.ts";
import type { Server as BunServer } from "../../src/runtime/bun.ts";
import { Server as DenoServer } from "../../src/runtime/deno.ts";
import type { Server as NodeServer } from "../../src/runtime/node.ts";
import type { Parser, ServerOptions } from "../../mod.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

interface Constructors {
  readonly deno: typeof DenoServer;
  readonly bun: typeof BunServer;
  readonly node: typeof NodeServer;
}

Deno.test("The msgpack module is a parser for the servers of every entry", () => {
  const { deno } = { deno: new DenoServer({ parser }) };
  expectType<Equal<typeof deno, DenoServer>>();
  compiles<Constructors>(({ bun, node }) => [new bun({ parser }), new node({ parser })]);
  const options: ServerOptions = { parser };
  const bounded: Parser = parser.msgpackParser({ maxDepth: 10, binary: "bin" });
  compiles<Constructors>(({ node }) => [new node({ parser: bounded }), new node(3000, options)]);
});

Deno.test("The options of the msgpack parser are typed, and so are its packet types", () => {
  compiles<typeof parser>(({ msgpackParser, Encoder, Decoder }) => {
    // @ts-expect-error -- no such format
    msgpackParser({ binary: "buffer" });
    // @ts-expect-error -- no such option
    msgpackParser({ maxDeph: 1 });
    new Encoder({ maxElements: Infinity }).encode({ type: 0, nsp: "/" });
    // @ts-expect-error -- a packet has a namespace
    new Encoder().encode({ type: 0 });
    new Decoder().on("decoded", (packet) => expectType<Equal<typeof packet, unknown>>());
    // @ts-expect-error -- no such event
    new Decoder().on("packet", () => {});
  });
  expectType<Equal<typeof parser.PacketType.EVENT, 2>>();
  expectType<Equal<typeof parser.protocol, 5>>();
});
