/**
 * Cases: what each option does, where a server with options of its own shows it.
 *
 * The option `cors` is in `options_cors.ts`, transports and upgrades in `shutdown.ts`, what is waited
 * for in `endings.ts`, `cleanupEmptyChildNamespaces` in `parents.ts`, and sizes in the conformance suite.
 */
import { assert, assertEquals } from "@std/assert";
import { ask as fetchText, engineUrl, RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { ask, connected, disconnected, upgraded } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";
import { PARSER } from "../json_parser.ts";

const CALM = { pingInterval: 25_000, pingTimeout: 20_000 };
const POLLING = { EIO: "4", transport: "polling" };

const announcedCases: readonly ContractCase[] = [
  {
    name: "pingInterval, pingTimeout and maxHttpBufferSize are announced to the client",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const options = { pingInterval: 12_345, pingTimeout: 6_789, maxHttpBufferSize: 1_234 };
      const server = await context.start(options);
      const open = context.mode === "polling"
        ? (await RawPolling.start(server.url)).open
        : (await RawWebSocket.start(server.url)).handshake;
      assertEquals([open.pingInterval, open.pingTimeout, open.maxPayload], [12_345, 6_789, 1_234]);
    },
  },
  {
    name: "without options a server announces 25 s, 20 s, 1 MB and its upgrade",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await context.start({});
      const { pingInterval, pingTimeout, maxPayload, upgrades } =
        (await RawPolling.start(server.url)).open;
      assertEquals([pingInterval, pingTimeout, maxPayload, upgrades], [
        25_000,
        20_000,
        1_000_000,
        ["websocket"],
      ]);
      const { headers } = await fetchText(engineUrl(server.url, POLLING));
      assertEquals(headers.get("set-cookie"), null);
    },
  },
  {
    name: "transports and allowUpgrades decide which upgrades are announced",
    modes: ["polling"],
    async run(context): Promise<void> {
      for (const options of [{ transports: ["polling"] }, { allowUpgrades: false }]) {
        const server = await context.start({ ...CALM, ...options });
        assertEquals((await RawPolling.start(server.url)).open.upgrades, []);
      }
    },
  },
];

const revisionCases: readonly ContractCase[] = [
  {
    name: "allowEIO3 lets clients of revision 3 in, which are refused without it",
    modes: ["polling"],
    async run(context): Promise<void> {
      const url = (server: { readonly url: string }): string =>
        engineUrl(server.url, { EIO: "3", transport: "polling" });
      const refused = await fetchText(url(context.server));
      const message = "Unsupported protocol version";
      assertEquals([refused.status, refused.text], [400, JSON.stringify({ code: 5, message })]);
      const server = await context.start({ ...CALM, allowEIO3: true });
      const opened = await fetchText(url(server));
      assertEquals(opened.status, 200);
      const [, sid = ""] = /^\d+:0\{"sid":"([^"]+)"[^}]+\}/.exec(opened.text) ?? [];
      assert(sid !== "", opened.text);
      // The main namespace is joined unasked, with the handshake or right behind it.
      const rest = opened.text.slice(opened.text.indexOf("}") + 1) ||
        (await fetchText(`${url(server)}&sid=${sid}`)).text;
      assertEquals(rest, "2:40");
    },
  },
];

const greetingCases: readonly ContractCase[] = [
  {
    name: "initialPacket is a message right behind the open packet",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, initialPacket: "welcome" });
      if (context.mode === "polling") {
        const { text } = await fetchText(engineUrl(server.url, POLLING));
        const [open, greeting] = text.split("\x1e");
        assertEquals([open?.[0], greeting], ["0", "4welcome"]);
      } else {
        const session = await RawWebSocket.start(server.url);
        assertEquals(await session.frame(), "4welcome");
      }
    },
  },
  {
    name: "an initialPacket of bytes is a binary message",
    modes: ["polling", "websocket"],
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, named: "binary greeting" });
      if (context.mode === "polling") {
        const { text } = await fetchText(engineUrl(server.url, POLLING));
        assertEquals(text.split("\x1e")[1], "bAQID");
      } else {
        const session = await RawWebSocket.start(server.url);
        assertEquals(await session.frame(), Uint8Array.of(1, 2, 3));
      }
    },
  },
];

const cookieCases: readonly ContractCase[] = [
  {
    name: "cookie: true is a cookie with the name io and the defaults of every attribute",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, cookie: true });
      const session = await RawPolling.start(server.url);
      const cookie = session.handshake.headers.get("set-cookie");
      assertEquals(cookie, `io=${session.sid}; Path=/; HttpOnly; SameSite=Lax`);
    },
  },
  {
    name: "cookie has the name, the value and every attribute that it is given",
    modes: ["polling"],
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, named: "dated cookie" });
      const session = await RawPolling.start(server.url);
      const [pair, ...attributes] = session.handshake.headers.get("set-cookie")?.split("; ") ?? [];
      assertEquals(pair, `session=id.${session.sid}`);
      assertEquals(attributes.toSorted(), [
        "Domain=app.example",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Max-Age=60",
        "Partitioned",
        "Path=/chat",
        "Priority=High",
        "SameSite=None",
        "Secure",
      ]);
    },
  },
];

const pathCases: readonly ContractCase[] = [
  {
    name: "path is where a server is, with a slash at its end or without",
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, path: "/own/way/" });
      const client = await context.connect("/", { path: "/own/way" }, server);
      assertEquals(await ask(client, "echo", "here"), "here");
      const lost = context.client("/", { transports: ["polling"] }, server);
      assertEquals(await connected(lost).then(() => "in", () => "refused"), "refused");
    },
  },
  {
    name: "addTrailingSlash: false serves a path without a slash at its end",
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, path: "/plain", addTrailingSlash: false });
      const options = { path: "/plain", addTrailingSlash: false };
      const client = await context.connect("/", options, server);
      if (context.mode === "upgrade") await upgraded(client);
      assertEquals(await ask(client, "echo", "here"), "here");
    },
  },
  {
    name: "with addTrailingSlash a path without a slash at its end is not the server's",
    modes: ["polling"],
    async run(context): Promise<void> {
      const { status } = await fetchText(`${context.server.url}/socket.io?EIO=4&transport=polling`);
      assertEquals(status, 404);
    },
  },
];

const parserCases: readonly ContractCase[] = [
  {
    name: "a custom parser carries events, acknowledgements and namespaces of a client that has it",
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, named: "JSON parser" });
      const client = await context.connect("/", { parser: PARSER }, server);
      if (context.mode === "upgrade") await upgraded(client);
      assertEquals(await ask(client, "echo", { list: [1, "two"] }), { list: [1, "two"] });
      const orders = await context.join(client, "/orders");
      assertEquals(await ask(orders, "echo", "é"), "é");
      const reason = disconnected(orders);
      orders.emit("leave namespace");
      assertEquals(await reason, "io server disconnect");
    },
  },
  {
    name: "a custom parser says what is on the wire, and refuses what it does not know",
    modes: ["websocket"],
    async run(context): Promise<void> {
      const server = await context.start({ ...CALM, named: "JSON parser" });
      const session = await RawWebSocket.start(server.url);
      const [type, nsp] = JSON.parse((await session.join('4[0,"/",null,null]')).slice(1));
      assertEquals([type, nsp], [0, "/"]);
      session.send('4[2,"/",["echo","x"],7]');
      assertEquals(await session.next(), '4[3,"/",["x"],7]');
      session.send('42["echo","not JSON alone"]');
      await session.ended();
    },
  },
];

const lifeCases: readonly ContractCase[] = [
  {
    name: "upgradeTimeout ends an upgrade that is not finished, and polling goes on",
    profile: "brisk",
    modes: ["upgrade"],
    async run(context): Promise<void> {
      const session = await RawPolling.start(context.server.url);
      const begin = performance.now();
      const candidate = await session.openUpgrade();
      candidate.send("2probe");
      assertEquals(await candidate.text(), "3probe");
      await candidate.ended();
      assert(performance.now() - begin > 400, "Expected half a second to be waited");
      assertEquals((await session.post("3")).text, "ok");
    },
  },
  {
    name: "allowRequest is asked for handshakes alone, and may refuse with a text",
    modes: ["polling"],
    async run(context): Promise<void> {
      const session = await RawPolling.start(context.server.url);
      const query = { ...POLLING, sid: session.sid, refuse: "text" };
      const posted = fetchText(engineUrl(context.server.url, query), { method: "POST", body: "3" });
      assertEquals((await posted).text, "ok");
      for (const [refuse, text] of [["plain", "Forbidden"], ["text", "no entry today"]] as const) {
        const answer = await fetchText(engineUrl(context.server.url, { ...POLLING, refuse }));
        assertEquals([answer.status, JSON.parse(answer.text).message], [403, text]);
      }
    },
  },
];

const adapterCases: readonly ContractCase[] = [
  {
    name: "an adapter puts sockets into rooms and takes them out by hand, and tells where they are",
    async run(context): Promise<void> {
      const client = await context.connect();
      const room = context.tag();
      assertEquals(await ask(client, "move by adapter", room), {
        joined: [client.id, room, `${room} too`],
        members: 1,
        left: [client.id, room],
        emptied: true,
        forgotten: true,
        servers: 1,
      });
    },
  },
];

export const optionCases: readonly ContractCase[] = [
  ...announcedCases,
  ...revisionCases,
  ...greetingCases,
  ...cookieCases,
  ...pathCases,
  ...parserCases,
  ...lifeCases,
  ...adapterCases,
];
