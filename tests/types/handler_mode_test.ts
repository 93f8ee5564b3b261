/** Tests of the types of functions among the options, and of modes: sockets are those of the server. */
import type { IncomingMessage } from "node:http";
import type {
  EngineRequest,
  HandlerMode,
  Limits,
  Namespace,
  Server as DenoServer,
  ServerOptions,
  Socket,
} from "../../mod.ts";
import type { Server as BunServer } from "../../src/runtime/bun.ts";
import type {
  Server as NodeServer,
  ServerOptions as NodeOptions,
  Socket as NodeSocket,
} from "../../src/runtime/node.ts";
import type { DefaultEventsMap, Untyped } from "../../src/socket/events.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

type Listen = { draw: (shape: string) => void };
type Emit = { drawn: (shape: string) => void };
type Side = { ping: () => void };
type Data = { user: string };

Deno.test("A function given as handlerMode gets the sockets of its server, namespace or socket", () => {
  type Typed = {
    Io: typeof DenoServer<Listen, Emit, Side, Data>;
    OnBun: typeof BunServer<Listen, Emit, Side, Data>;
    OnNode: typeof NodeServer<Listen, Emit, Side, Data>;
    nsp: Namespace<Listen, Emit, Side, Data, EngineRequest>;
    socket: Socket<Listen, Emit, Side, Data>;
  };
  compiles(({ Io, OnBun, OnNode, nsp, socket }: Typed) => {
    for (const Each of [Io, OnBun]) {
      const io = new Each({
        handlerMode: (event, each, args) => {
          expectType<Equal<typeof event, string>>();
          expectType<Equal<typeof each, Socket<Listen, Emit, Side, Data, EngineRequest>>>();
          expectType<Equal<typeof args, readonly Untyped[]>>();
          each.emit("drawn", "circle");
          return each.data.user;
        },
        limits: { userKey: (request, each) => each?.data.user ?? request.headers["x-user"] },
      });
      io.handlerMode((_event, each) => each.data.user).handlerMode("serial");
      // @ts-expect-error no such member
      io.handlerMode((_event, each) => each.data.name);
    }
    const options: NodeOptions<NodeSocket<Listen, Emit, Side, Data>> = {
      handlerMode: (_event, { request, data }) => `${request.socket.remotePort} ${data.user}`,
    };
    new OnNode(options);
    new OnNode(3000, {
      handlerMode: (_event, each) => {
        expectType<Equal<typeof each, Socket<Listen, Emit, Side, Data, IncomingMessage>>>();
        return each.data.user;
      },
    });
    new OnNode(3000, options).attach(3001, options).listen(3002, options);
    nsp.handlerMode((_event, each) => {
      expectType<Equal<typeof each, Socket<Listen, Emit, Side, Data, EngineRequest>>>();
      return each.data.user;
    });
    socket.handlerMode((_event, each) => {
      expectType<Equal<typeof each, typeof socket>>();
      return each.data.user;
    });
    // @ts-expect-error no such member
    nsp.handlerMode((_event, { data }) => data.name);
    // @ts-expect-error not an event of the server
    new Io({ handlerMode: (_event, each) => String(each.emit("draw", "x")) });
  });
});

Deno.test("Modes, limits and options that name no socket fit every server, and change no type of it", () => {
  type Loose = {
    Io: typeof DenoServer<Listen, Emit, Side, Data>;
    Loosely: typeof DenoServer;
    mode: HandlerMode;
    limits: Limits<EngineRequest>;
    options: ServerOptions<EngineRequest>;
    plain: ServerOptions;
    nodeOptions: NodeOptions;
    OnNode: typeof NodeServer<Listen, Emit, Side, Data>;
    nsp: Namespace<Listen, Emit, Side, Data>;
  };
  compiles(({ Io, Loosely, OnNode, mode, limits, options, plain, nodeOptions, nsp }: Loose) => {
    new Io({ handlerMode: mode, limits });
    new Io(options);
    new Io(plain);
    new OnNode(nodeOptions);
    new OnNode(plain);
    nsp.handlerMode(mode);
    const io = new Loosely({
      handlerMode: (event, socket) => {
        expectType<
          Equal<
            typeof socket,
            Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped, EngineRequest>
          >
        >();
        return event;
      },
    });
    expectType<Equal<typeof io, DenoServer>>();
    const own = new Loosely({ handlerMode: mode, limits });
    expectType<Equal<typeof own, DenoServer>>();
  });
});
