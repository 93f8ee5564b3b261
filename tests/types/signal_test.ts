/** Compile-only tests of signals and modes: what they make of acknowledgements, and what they take. */
import type { BaseServer as Server, HandlerMode, Namespace, Socket } from "../../src/socket/api.ts";
import type { BroadcastOperator, RemoteSocket } from "../../src/socket/broadcaster.ts";
import type { DefaultEventsMap } from "../../src/socket/events.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

interface Listen {
  hello: (name: string) => void;
}

interface Emit {
  notice: (text: string) => void;
  question: (text: string, answer: (value: number, note: string) => void) => void;
  checked: (done: (err: Error, value: string) => void) => void;
}

interface Data {
  name: string;
}

Deno.test("Socket.withSignal makes acknowledgements error-first, as timeout does", () => {
  compiles(async (socket: Socket<Listen, Emit, DefaultEventsMap, Data>) => {
    const { signal } = new AbortController();
    expectType<Equal<typeof socket.signal, AbortSignal>>();
    for (const asking of [socket.withSignal(signal), socket.timeout(5, { signal })]) {
      asking.emit("question", "6 x 7?", (err, value, note) => {
        expectType<Equal<typeof err, Error>>();
        expectType<Equal<typeof value, number>>();
        expectType<Equal<typeof note, string>>();
      });
      asking.emit("checked", (err, value) => {
        expectType<Equal<typeof err, Error>>();
        expectType<Equal<typeof value, string>>();
      });
      const answer = await asking.emitWithAck("question", "6 x 7?");
      expectType<Equal<typeof answer, number>>();
      // @ts-expect-error has no acknowledgement
      await asking.emitWithAck("notice", "x");
    }
    expectType<
      Equal<ReturnType<typeof socket.withSignal>, ReturnType<typeof socket.timeout>>
    >();
    const both = await socket.timeout(5).withSignal(signal).emitWithAck("question", "x");
    expectType<Equal<typeof both, number>>();
    // @ts-expect-error no signal
    socket.withSignal(new AbortController());
    // @ts-expect-error no option
    socket.timeout(5, { sginal: signal });
  });
});

Deno.test("withSignal of broadcasts gives an error, then the answers of all clients", () => {
  compiles(
    async (
      { io, nsp }: {
        io: Server<Listen, Emit, DefaultEventsMap, Data>;
        nsp: Namespace<Listen, Emit, DefaultEventsMap, Data>;
      },
    ) => {
      const { signal } = new AbortController();
      for (const emitter of [io, nsp]) {
        emitter.withSignal(signal).timeout(5).emit("question", "x", (err, values) => {
          expectType<Equal<typeof err, Error>>();
          expectType<Equal<typeof values, number[]>>();
        });
        const values = await emitter.to("room").timeout(5, { signal }).emitWithAck("question", "x");
        expectType<Equal<typeof values, number[]>>();
      }
      expectType<Equal<ReturnType<typeof io.withSignal>, ReturnType<typeof io.timeout>>>();
    },
  );
  type Found = { operator: BroadcastOperator<Emit, Data>; remote: RemoteSocket<Emit, Data> };
  compiles(({ operator, remote }: Found) => {
    const { signal } = new AbortController();
    expectType<
      Equal<ReturnType<typeof operator.withSignal>, ReturnType<typeof operator.timeout>>
    >();
    remote.timeout(5, { signal }).emit("question", "x", (err, value) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof value, number>>();
    });
  });
});

Deno.test("handlerMode takes a word, or a function that gives a key", () => {
  type Both = {
    socket: Socket<Listen, Emit, DefaultEventsMap, Data>;
    nsp: Namespace<Listen, Emit>;
  };
  compiles(({ socket, nsp }: Both) => {
    expectType<Equal<ReturnType<typeof socket.handlerMode>, typeof socket>>();
    socket.handlerMode("serial").handlerMode("concurrent");
    nsp.handlerMode((event, { data }, [first]) => event === "x" ? String(first) : data.name);
    const byEvent: HandlerMode = (event) => event;
    nsp.handlerMode(byEvent);
    // @ts-expect-error no mode
    socket.handlerMode("parallel");
    // @ts-expect-error no key
    socket.handlerMode(() => ({}));
    // @ts-expect-error a promise is no key
    socket.handlerMode(async () => await Promise.resolve("x"));
  });
});
