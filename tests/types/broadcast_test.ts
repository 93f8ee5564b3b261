import type { BaseServer as Server, Socket } from "../../src/socket/api.ts";
import type { BroadcastOperator } from "../../src/socket/broadcaster.ts";
import type {
  DecorateAcknowledgementsWithMultipleResponses,
  DefaultEventsMap,
  Untyped,
} from "../../src/socket/events.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

interface Emit {
  notice: (text: string) => void;
  question: (text: string, answer: (value: number, note: string) => void) => void;
  confirm: (done: () => void) => void;
  checked: (done: (err: Error, value: string) => void) => void;
}

interface Data {
  name: string;
}

type TypedServer = Server<DefaultEventsMap, Emit, DefaultEventsMap, Data>;
type TypedSocket = Socket<DefaultEventsMap, Emit, DefaultEventsMap, Data>;
type Operator = BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<Emit>, Data>;

Deno.test("BroadcastOperator comes from a server, a namespace and a socket alike", () => {
  compiles((io: TypedServer) => {
    const chat = io.of("/chat");
    expectType<Equal<ReturnType<typeof io.to>, Operator>>();
    expectType<Equal<ReturnType<typeof io.in>, Operator>>();
    expectType<Equal<ReturnType<typeof io.except>, Operator>>();
    expectType<Equal<ReturnType<typeof io.compress>, Operator>>();
    expectType<Equal<typeof io.volatile, Operator>>();
    expectType<Equal<typeof io.local, Operator>>();
    expectType<Equal<ReturnType<typeof chat.to>, Operator>>();
    expectType<Equal<typeof chat.volatile, Operator>>();
  });
  compiles((socket: TypedSocket) => {
    expectType<Equal<ReturnType<typeof socket.to>, Operator>>();
    expectType<Equal<ReturnType<typeof socket.in>, Operator>>();
    expectType<Equal<ReturnType<typeof socket.except>, Operator>>();
    expectType<Equal<typeof socket.broadcast, Operator>>();
    expectType<Equal<typeof socket.local, Operator>>();
    expectType<Equal<typeof socket.volatile, TypedSocket>>();
    expectType<Equal<ReturnType<typeof socket.compress>, TypedSocket>>();
  });
});

Deno.test("BroadcastOperator chains without losing its types", () => {
  compiles((io: TypedServer) => {
    const chained = io.to("a").to(["b", "c"]).in("d").except("e").except(["f"])
      .compress(false).volatile.local;
    expectType<Equal<typeof chained, Operator>>();
    chained.emit("notice", "hello");
    // @ts-expect-error a room has a name
    io.to(1);
  });
});

Deno.test("BroadcastOperator emits only events of the map, with their arguments", () => {
  compiles((io: TypedServer) => {
    expectType<Equal<ReturnType<Operator["emit"]>, boolean>>();
    // @ts-expect-error not in the map
    io.to("room").emit("unknown");
    // @ts-expect-error wrong type of an argument
    io.to("room").emit("notice", 1);
    // @ts-expect-error too many arguments
    io.to("room").emit("notice", "hello", 1);
  });
});

Deno.test("BroadcastOperator.timeout gives an error, then the answers of all clients", () => {
  compiles((io: TypedServer) => {
    io.timeout(1000).emit("question", "6 x 7?", (err, values) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof values, number[]>>();
    });
    io.to("room").timeout(1000).emit("question", "6 x 7?", (err, values) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof values, number[]>>();
    });
    io.timeout(1000).to("room").emit("question", "6 x 7?", (err, values) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof values, number[]>>();
    });
    io.timeout(1000).emit("checked", (err, values) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof values, string[]>>();
    });
    io.timeout(1000).emit("confirm", (err) => expectType<Equal<typeof err, Error>>());
    // @ts-expect-error there is one answer of each client, with its first value
    io.timeout(1000).emit("question", "6 x 7?", (_err, _values, _notes) => {});
    // @ts-expect-error the answers are an array
    io.timeout(1000).emit("question", "6 x 7?", (_err: Error, value: number) => value);
  });
});

Deno.test("BroadcastOperator.timeout twice, or before a broadcast, gives one error", () => {
  compiles((io: TypedServer) => {
    io.timeout(1000).timeout(2000).emit("question", "6 x 7?", (err, values) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof values, number[]>>();
    });
    for (const emitter of [io, io.of("/chat")]) {
      emitter.to("room").timeout(1000).emit("checked", (err, values) => {
        expectType<Equal<typeof err, Error>>();
        expectType<Equal<typeof values, string[]>>();
      });
    }
  });
  compiles((socket: TypedSocket) => {
    socket.timeout(1000).broadcast.emit("question", "6 x 7?", (err, values) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof values, number[]>>();
    });
    const answers = socket.timeout(1000).to("room").emitWithAck("question", "6 x 7?");
    expectType<Equal<typeof answers, Promise<number[]>>>();
  });
});

Deno.test("BroadcastOperator of a socket has the same acknowledgements", () => {
  compiles((socket: TypedSocket) => {
    socket.broadcast.timeout(1000).emit("question", "6 x 7?", (err, values) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof values, number[]>>();
    });
    socket.to("room").timeout(1000).emit("checked", (err, values) => {
      expectType<Equal<typeof err, Error>>();
      expectType<Equal<typeof values, string[]>>();
    });
  });
});

Deno.test("BroadcastOperator.emitWithAck gives one answer per client", () => {
  compiles((io: TypedServer) => {
    const values = io.timeout(1000).emitWithAck("question", "6 x 7?");
    expectType<Equal<typeof values, Promise<number[]>>>();
    const inRoom = io.to("room").timeout(1000).emitWithAck("question", "6 x 7?");
    expectType<Equal<typeof inRoom, Promise<number[]>>>();
    const checked = io.of("/chat").timeout(1000).emitWithAck("checked");
    expectType<Equal<typeof checked, Promise<string[]>>>();
    // @ts-expect-error has no acknowledgement
    io.timeout(1000).emitWithAck("notice", "hello");
    // @ts-expect-error needs timeout()
    io.to("room").emitWithAck("question", "6 x 7?");
    // @ts-expect-error wrong type of an argument
    io.timeout(1000).emitWithAck("question", 67);
  });
});

Deno.test("BroadcastOperator without types accepts any event and awaits any answers", () => {
  compiles(async (io: Server) => {
    io.to("room").emit("anything", 1, "two");
    io.timeout(1000).emit("anything", (err: Error | null, answers: string[]) => [err, answers]);
    const answers = await io.timeout(1000).emitWithAck("anything", 1);
    expectType<Equal<typeof answers, Untyped>>();
  });
});
