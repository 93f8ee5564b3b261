/**
 * Cases: the members of the server, of namespaces and of operators.
 */
import { assert, assertEquals } from "@std/assert";
import { ask as askHttp, RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { within } from "../../support/waiting.ts";
import { alone, apiNamespace, gather, hearing, pair, play, unique } from "../api_clients.ts";
import { ask, connected, disconnected, next, refused } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const modes = ["websocket"] as const;

const memberCases: readonly ContractCase[] = [
  {
    name: "a namespace is found by its name, with or without slash, and knows what it is",
    modes,
    async run(context): Promise<void> {
      const name = apiNamespace();
      const client = await context.connect(name);
      assertEquals(await play(client, "find namespaces"), {
        main: [true, true, "/"],
        slash: true,
        again: true,
        name,
        sockets: [true, 1],
        rooms: [true, true],
        engine: "number",
      });
    },
  },
  {
    name: "path and connectTimeout of the server can be read and set",
    modes,
    async run(context): Promise<void> {
      const chained = [true, true];
      const before = { path: "/socket.io", timeout: 45_000, chained };
      assertEquals(await play(await alone(context), "settings"), before);
      const server = await context.start({ set: { path: "/own/", connectTimeout: 20_000 } });
      const client = await context.connect(apiNamespace(), { path: "/own" }, server);
      const after = { path: "/own", timeout: 20_000, chained };
      assertEquals(await play(client, "settings"), after);
    },
  },
  {
    name: "clients find a server by the path that was set, and no longer by the one before",
    async run(context): Promise<void> {
      const server = await context.start({ set: { path: "/own/path" } });
      const client = await context.connect("/", { path: "/own/path" }, server);
      assertEquals(await ask(client, "echo", "in"), "in");
      const target = "/socket.io/?EIO=4&transport=polling";
      const { status, text } = await askHttp(server.url + target);
      assertEquals([status, text], [404, `GET ${target} is elsewhere`]);
    },
  },
  {
    name: "a connection without namespace is closed after the connectTimeout that was set",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const server = await context.start({ set: { connectTimeout: 300 } });
      if (context.mode === "websocket") {
        await using socket = await RawWebSocket.start(server.url);
        assertEquals((await within("the end of a connection", socket.closed)).opened, true);
        return;
      }
      const session = await RawPolling.start(server.url);
      assertEquals((await session.poll()).text, "1");
      assertEquals((await session.poll()).text, '{"code":1,"message":"Session ID unknown"}');
    },
  },
  {
    name: "a server that is made of a port listens there, or says what takes its place",
    modes,
    async run(context): Promise<void> {
      const made = await play(await alone(context), "make a server of a port");
      const { hint, ...listened } = made as { readonly hint?: string };
      if (hint === undefined) assertEquals(listened, { answer: [200, "0{"], listening: false });
      else assert(hint.includes("io.handler()"), hint);
    },
  },
  {
    name: "serveClient tells that the client is not served, and refuses to serve it",
    modes,
    needs: "client-elsewhere",
    async run(context): Promise<void> {
      assertEquals(await play(await alone(context), "serve the client"), {
        served: false,
        chained: true,
        refusal: true,
      });
    },
  },
  {
    name: "adapter gives what makes adapters, and sets it for the namespaces that are there",
    modes,
    async run(context): Promise<void> {
      const server = await context.start({});
      const client = await context.connect(apiNamespace(), {}, server);
      assertEquals(await play(client, "change adapters", `/fresh-${unique()}`), {
        type: "function",
        chained: true,
        same: true,
        fresh: true,
      });
    },
  },
  {
    name: "connect and connection of the server tell of the sockets of its main namespace",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      await play(client, "listen to the server");
      await context.join(client, "/");
      assertEquals(await play(client, "noted"), [
        ["connect", true, true],
        ["connection", true, true],
      ]);
    },
  },
  {
    name: "use of the server adds a middleware of its main namespace",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const tag = context.tag();
      assertEquals(await play(client, "guard the server", tag), true);
      assertEquals((await refused(context.client("/", { auth: { refuse: tag } }))).message, tag);
      await context.join(client, apiNamespace(), { refuse: tag });
    },
  },
  {
    name: "methods of server, namespace and operator give what can be chained",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const fresh = apiNamespace().replace("api", "fresh");
      assertEquals(await play(client, "not given", fresh), []);
    },
  },
  {
    name: "send, write and emit of the server are those of its main namespace",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const main = await context.join(client, "/");
      const room = context.tag();
      const [heard, last] = [hearing([main], ["message"]), next(main, `to all ${room}`)];
      assertEquals(await play(client, "given by the server", room), {
        send: true,
        write: true,
        emit: true,
      });
      await last;
      assertEquals(heard, [`0 to all ${room}`, `0 to all ${room}`]);
    },
  },
];

const broadcastCases: readonly ContractCase[] = [
  {
    name: "the server tells and asks the sockets of its main namespace",
    async run(context): Promise<void> {
      const [client, other] = await pair(context);
      const [room, left] = [context.tag(), context.tag()];
      const mains = [await context.join(client, "/"), await context.join(other, "/")];
      for (const main of mains) {
        await ask(main, "join", room);
        main.on("question", (answer) => answer(main.id));
      }
      await ask(mains[1] ?? client, "join", left);
      const heard = hearing(mains.slice(0, 1), ["news"]);
      const otherHeard = hearing(mains.slice(1), ["news"]);
      const last = Promise.all(mains.map((main) => next(main, "last news")));
      await play(client, "tell by the server", room, left);
      await last;
      const ways = ["to", "in", "in, except", "except", "local", "compress"];
      assertEquals(heard, ways.map((way) => `0 ${way}`));
      assertEquals(otherHeard, ways.filter((way) => !way.includes("except")).map((w) => `0 ${w}`));
      const { called, promised } = await play(client, "ask by the server", room) as {
        called: [unknown, string[]];
        promised: string[];
      };
      const ids = mains.map(({ id }) => String(id)).toSorted();
      assertEquals([called[0], called[1].toSorted(), promised.toSorted()], [null, ids, ids]);
    },
  },
  {
    name: "a namespace tells all its sockets, and nobody elsewhere",
    async run(context): Promise<void> {
      const [client, other] = await pair(context);
      const elsewhere = await context.join(other, apiNamespace());
      const heard = hearing([other, elsewhere], ["news", "message"]);
      const last = next(other, "last news");
      await play(client, "tell everybody");
      await last;
      assertEquals(heard, [
        "0 emit",
        "0 local",
        "0 compress",
        "0 message",
        "0 message, written",
      ]);
    },
  },
  {
    name: "volatile events of server, namespace, operator and socket reach who is idle",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const idle = await context.connect();
      for (const sender of ["server", "namespace", "operator", "socket"]) {
        await ask(idle, "echo", "idle from here on");
        const heard = next(idle, "news");
        assertEquals(await play(client, "tell volatilely", sender, idle.id), true);
        assertEquals(await heard, [sender]);
      }
    },
  },
  {
    name: "volatile events of server, namespace, operator and socket are lost on who does not poll",
    modes: ["polling"],
    async run(context): Promise<void> {
      const client = await alone(context);
      const main = await context.join(client, "/");
      const idle = await RawPolling.start(context.server.url);
      const { sid } = JSON.parse((await idle.join()).slice(2)) as { sid: string };
      for (const sender of ["server", "namespace", "operator", "socket"]) {
        assertEquals(await play(client, "tell volatilely", sender, sid), true);
        await ask(main, "cast", { by: "namespace", to: sid }, `after that of the ${sender}`, []);
        assertEquals(await idle.packets(), [`42["after that of the ${sender}"]`]);
      }
      await idle.post("1");
    },
  },
  {
    name: "an operator may be kept: others that are made of it leave it as it is",
    modes,
    async run(context): Promise<void> {
      const clients = await gather(context, 4);
      for (const client of clients) client.on("who", (answer) => answer(client.id));
      const [client] = clients;
      await play(client, "seat", [[], ["one"], ["two"], ["one", "three"]]);
      assertEquals(await play(client, "operators that are kept"), {
        first: ["13", "123", "12"],
        second: ["13", "123", "13"],
        kept: true,
      });
    },
  },
  {
    name: "the timeout() of an operator is not that of the one it was made of",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      client.on("question", (answer) => answer());
      assertEquals(await play(client, "timeouts of operators"), ["late", "answered", "late"]);
    },
  },
];

const serverSideCases: readonly ContractCase[] = [
  {
    name: "a server that is alone hears no event between servers and gets no answers",
    modes,
    needs: "answers-of-servers",
    async run(context): Promise<void> {
      assertEquals(await play(await alone(context), "tell other servers"), {
        sent: [true, true],
        answers: [null, []],
        promised: [[], []],
        heard: [],
      });
    },
  },
  {
    name: "reserved names are refused for events between servers",
    modes,
    async run(context): Promise<void> {
      const names = ["connect", "connection", "new_namespace"];
      const texts = names.map((name) => `"${name}" is a reserved event name`);
      assertEquals(
        await play(await alone(context), "tell other servers reserved names"),
        texts.map((text) => [text, text]),
      );
    },
  },
];

const joiningCases: readonly ContractCase[] = [
  {
    name: "middlewares run in order before anything of a socket is there, then its listeners",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const name = `/guarded-${unique()}`;
      await play(client, "guard in order", name);
      await context.join(client, name);
      assertEquals(await play(client, "noted"), [
        ["first", false, 0, 0],
        "second",
        "after next",
        "listener of of()",
        "connect",
        "second listener of of()",
        ["connection", true, true],
      ]);
    },
  },
  {
    name: "a middleware that refuses keeps later ones and all listeners from running",
    modes,
    async run(context): Promise<void> {
      const client = await alone(context);
      const name = `/guarded-${unique()}`;
      await play(client, "guard in order", name);
      assertEquals((await refused(client.io.socket(name, { auth: { no: 1 } }))).message, "no");
      assertEquals(await play(client, "noted"), [["first", false, 0, 0], "second"]);
    },
  },
  {
    name: "a middleware cannot disconnect its socket, but what it emits and joins counts",
    async run(context): Promise<void> {
      const client = await alone(context);
      const name = `/guarded-${unique()}`;
      await play(client, "use sockets early", name);
      const early = client.io.socket(name);
      const heard = hearing([early], ["news"]);
      await connected(early);
      await play(client, "noted");
      assertEquals(await play(client, "noted"), [
        [true, false, true],
        [{ set: "early" }, true],
      ]);
      assertEquals(heard, ["0 from the middleware", "0 from the listener"]);
    },
  },
  {
    name: "a middleware that comes later leaves those alone who are in",
    modes,
    async run(context): Promise<void> {
      const name = apiNamespace();
      const [client] = await gather(context, 2, name);
      assertEquals(await play(client, "guard later"), 2);
      assertEquals((await refused(context.client(name))).message, "too late");
      assertEquals(await play(client, "noted"), []);
    },
  },
  {
    name: "new_namespace is told at once, of each namespace that of() makes, and of no parent",
    modes,
    async run(context): Promise<void> {
      const name = `/made-${unique()}`;
      assertEquals(await play(await alone(context), "new namespaces", name), {
        told: [[name, true, true], "made", "parent made"],
        name,
      });
    },
  },
];

const closingCases: readonly ContractCase[] = [
  {
    name: "io.close disconnects namespace by namespace, then connections, then calls back",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const server = await context.start({});
      const client = await context.connect("/", {}, server);
      const api = await context.join(client, apiNamespace());
      const second = await context.connect("/", {}, server);
      const tag = context.tag();
      const reasons = Promise.all([client, api, second].map((each) => disconnected(each)));
      await play(api, "close in order", tag);
      const { log, left, clients } = await server.report({ tag, kind: "closed in order" });
      assertEquals([left, clients], [[0, 0], 0]);
      assertEquals((log as string[]).filter((line) => line !== "returned"), [
        "main 0: disconnecting, server shutting down",
        "main 0: disconnect, server shutting down",
        "main 1: disconnecting, server shutting down",
        "main 1: disconnect, server shutting down",
        "other 0: disconnecting, server shutting down",
        "other 0: disconnect, server shutting down",
        "main 0: conn, forced close",
        "main 1: conn, forced close",
        "callback",
        "resolved",
      ]);
      await reasons;
    },
  },
];

export const serverApiCases: readonly ContractCase[] = [
  ...memberCases,
  ...broadcastCases,
  ...serverSideCases,
  ...joiningCases,
  ...closingCases,
];
