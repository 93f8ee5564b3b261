/** Tests what clients of revision 3 are told when a middleware keeps them out. */
import { assertEquals } from "@std/assert";
import { RawClientV3, serverV3 } from "../support/in_process_client_v3.ts";
import { TRANSPORTS } from "../support/in_process_client.ts";
import type { TestServer } from "../support/in_process_server.ts";

type Middleware = Parameters<TestServer["use"]>[0];

/** A server on which a client has been told so, and has no socket. */
async function refusedBy(
  middleware: Middleware,
  told: string,
): Promise<TestServer> {
  for (const transport of TRANSPORTS) {
    const io = serverV3();
    io.use(middleware);
    const log: string[] = [];
    io.on("connection", (socket) => log.push(socket.id));
    const client = await RawClientV3.open(io, { transport });
    assertEquals([await client.take(), log], [[told], []]);
    assertEquals([io.of("/").sockets.size, client.isClosed], [0, false]);
  }
  const io = serverV3();
  io.use(middleware);
  await RawClientV3.open(io);
  return io;
}

Deno.test("A client of revision 3 that is refused is told the error's message", async () => {
  await refusedBy((_socket, next) => next(new Error("not allowed: é")), '4"not allowed: é"');
  await refusedBy((_socket, next) => next("plain" as unknown as Error), '4"plain"');
  await refusedBy(
    (_socket, next) => void Promise.resolve().then(() => next(new Error("late"))),
    '4"late"',
  );
});

Deno.test("A client of revision 3 that is refused with data is told the data, as it is", async () => {
  const refuse = (data: unknown): Middleware => (_socket, next) =>
    next(Object.assign(new Error("no"), { data }));
  await refusedBy(refuse({ code: 401 }), '4{"code":401}');
  await refusedBy(refuse("why"), '4"why"');
  await refusedBy(refuse([1, 2]), "4[1,2]");
  await refusedBy(refuse(0), '4"no"');
  await refusedBy(refuse(null), '4"no"');
});

Deno.test("A client of revision 3 is not told what a middleware throws, and the operator is", async () => {
  const failing: readonly Middleware[] = [
    () => {
      throw new Error("secret");
    },
    () => Promise.reject(new Error("secret")),
  ];
  for (const middleware of failing) {
    const io = await refusedBy(middleware, '4"Internal server error"');
    assertEquals(io.world.errors.length, 1);
  }
});

Deno.test("A client of revision 3 is refused, and the operator told, when the data cannot be sent", async () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  for (const data of [cycle, { big: 1n }, () => {}, Symbol("x"), { toJSON: () => undefined }]) {
    const io = await refusedBy(
      (_socket, next) => next(Object.assign(new Error("no"), { data })),
      '4"Internal server error"',
    );
    assertEquals(io.world.errors.length, 1);
  }
});

Deno.test("A refusal whose data cannot even be read is answered, and reported", async () => {
  const error = Object.defineProperty(new Error("no"), "data", {
    get: () => {
      throw new Error("no data");
    },
  });
  const io = await refusedBy((_socket, next) => next(error), '4"Internal server error"');
  assertEquals(io.world.errors.length, 1);
});
