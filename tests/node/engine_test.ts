/** Tests what `io.engine` has on Node beside what it has everywhere. */
import { createServer } from "node:http";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Server } from "../../src/runtime/node.ts";

Deno.test("engine.httpServer is the HTTP server that was attached last", () => {
  const io = new Server();
  assertEquals(io.engine.httpServer, undefined);
  const [first, second] = [createServer(), createServer()];
  io.attach(first);
  assertStrictEquals(io.engine.httpServer, first);
  io.attach(second);
  assertStrictEquals(io.engine.httpServer, second);
  assertStrictEquals(io.engine.httpServer, io.httpServer);
});

Deno.test("engine is one object on Node too, whose methods can be chained", () => {
  const io = new Server();
  const { engine } = io;
  assertStrictEquals(engine.use((_request, _response, next) => next()), engine);
  assertStrictEquals(engine.on("headers", () => {}), engine);
  assertStrictEquals(io.engine, engine);
  assert(engine.handleRequest.length === 2 && engine.handleUpgrade.length === 3);
});

Deno.test("io.fetch() answers a Request until a middleware wants the objects of Node", async () => {
  const io = new Server();
  const url = "http://host/socket.io/?EIO=4&transport=polling";
  assertEquals((await io.fetch(new Request(url))).status, 200);
  io.engine.use((_request, _response, next) => next());
  assertEquals((await io.fetch(new Request(url))).status, 501);
  await io.close();
});
