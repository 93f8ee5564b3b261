import type {
  BaseServer as Server,
  HandlerErrorContext,
  Namespace,
  Socket,
} from "../../src/socket/api.ts";
import type { DefaultEventsMap } from "../../src/socket/events.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

interface Listen {
  hello: (name: string) => void;
}

interface Emit {
  notice: (text: string) => void;
  question: (text: string, answer: (value: number) => void) => void;
}

interface Between {
  refresh: (room: string) => void;
}

interface Data {
  name: string;
}

type Chat = Namespace<Listen, Emit, Between, Data>;
type Member = Socket<Listen, Emit, Between, Data>;

Deno.test("Namespace has typed properties", () => {
  compiles((chat: Chat) => {
    expectType<Equal<typeof chat.name, string>>();
    expectType<Equal<typeof chat.sockets, Map<string, Member>>>();
    expectType<Equal<typeof chat.server, Server<Listen, Emit, Between, Data>>>();
    expectType<Equal<typeof chat.adapter.rooms, Map<string, Set<string>>>>();
    expectType<Equal<typeof chat.adapter.sids, Map<string, Set<string>>>>();
    chat.sockets.get("some id")?.emit("notice", "hello");
    // @ts-expect-error the server names its namespaces
    chat.name = "/other";
  });
});

Deno.test("Namespace fires connection and handler_error, and hears other servers", () => {
  compiles((chat: Chat) => {
    chat.on("connection", (socket) => expectType<Equal<typeof socket, Member>>());
    chat.on("connect", (socket) => expectType<Equal<typeof socket, Member>>());
    chat.on("refresh", (room) => expectType<Equal<typeof room, string>>());
    chat.on("handler_error", (error, context) => {
      expectType<Equal<typeof error, Error>>();
      expectType<Equal<typeof context, HandlerErrorContext>>();
    });
    // @ts-expect-error the events of clients come to sockets
    chat.on("hello", () => {});
    // @ts-expect-error sockets disconnect, a namespace does not
    chat.on("disconnect", () => {});
  });
});

Deno.test("Namespace chains what returns itself", () => {
  compiles((chat: Chat) => {
    const chained: Chat = chat
      .use((_, next) => next())
      .on("connection", () => {})
      .once("refresh", () => {})
      .off("connection", () => {})
      .removeAllListeners();
    return chained;
  });
});

Deno.test("Namespace emits only events of its map, and no acknowledgements", () => {
  compiles((chat: Chat) => {
    chat.emit("notice", "hello");
    // @ts-expect-error not in the map
    chat.emit("hello", "name");
    // @ts-expect-error wrong type of an argument
    chat.emit("notice", 1);
    // @ts-expect-error needs timeout()
    chat.emit("question", "6 x 7?", (value: number) => value);
    // @ts-expect-error a namespace waits through timeout() only
    chat.emitWithAck("question", "6 x 7?");
    // @ts-expect-error there is no message event in the map
    chat.send("hello");
  });
});

Deno.test("Namespace middlewares know the types of the socket", () => {
  compiles((chat: Chat) => {
    chat.use((socket, next) => {
      expectType<Equal<typeof socket, Member>>();
      socket.data.name = socket.handshake.auth.name;
      next();
    });
    // @ts-expect-error not a middleware
    chat.use((socket: string) => socket);
  });
});

Deno.test("Namespace with types fits where a namespace is asked for", () => {
  compiles((chat: Chat) => {
    const unchecked: Namespace = chat;
    const three: Namespace<Listen, Emit, Between> = chat;
    return [unchecked, three];
  });
  expectType<Equal<Namespace, Namespace<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap>>>();
});
