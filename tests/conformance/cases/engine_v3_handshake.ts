/**
 * Cases: the handshake of Engine.IO 3, who is let in, and what a session of it holds on to.
 *
 * Source: Engine.IO protocol, revision 3, sections "Transports" and "Encoding".
 */
import { assert, assertEquals } from "@std/assert";
import { ask, engineUrl, RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { OlderPolling, textPayload } from "../../support/raw_engine_v3.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { type ConformanceCase, errorMessage, errorText, joinedPolling } from "../conformance.ts";
import { echo, olderPolling, olderWebSocket } from "../../support/older_sessions.ts";

const acceptedCases: readonly ConformanceCase[] = [
  {
    name: "a polling handshake of revision 3 answers with a payload of text: length, open packet",
    server: "older",
    async run(server): Promise<void> {
      const { open, handshake } = await OlderPolling.start(server.url);
      assertEquals(handshake.headers.get("content-type"), "text/plain; charset=UTF-8");
      const { sid, ...rest } = open;
      assertEquals(rest, {
        upgrades: ["websocket"],
        pingInterval: 25_000,
        pingTimeout: 20_000,
        maxPayload: 1_000_000,
      });
      assert(/^[\w-]{16,}$/.test(sid), `Expected a session id for URLs, found ${sid}`);
      const first = textPayload(`0${JSON.stringify({ sid, ...rest })}`);
      assert(handshake.text.startsWith(first), handshake.text);
    },
  },
  {
    name: "a WebSocket handshake of revision 3 answers with an open packet that offers no upgrade",
    server: "older",
    async run(server): Promise<void> {
      await using session = await RawWebSocket.start(server.url, { EIO: "3" });
      const { sid, ...rest } = session.handshake;
      assertEquals(rest, {
        upgrades: [],
        pingInterval: 25_000,
        pingTimeout: 20_000,
        maxPayload: 1_000_000,
      });
      assert(/^[\w-]{16,}$/.test(sid), `Expected a session id for URLs, found ${sid}`);
    },
  },
  {
    name: "a server with allowEIO3 takes revision 4 as ever, and knows the two apart",
    server: "older",
    async run(server): Promise<void> {
      const older = await olderPolling(server);
      const newer = await joinedPolling(server);
      await older.post(echo("x"));
      await newer.post(echo("x"));
      assertEquals((await older.poll()).text, textPayload(echo("x")));
      assertEquals((await newer.poll()).text, echo("x"));
      for (const [session, protocol] of [[older, 3], [newer, 4]] as const) {
        await session.post('421["state"]');
        const [answer] = await session.collect(1);
        assert(String(answer).includes(`"protocol":${protocol}`), String(answer));
      }
    },
  },
];

/** What gets no session on a server that lets revision 3 in. */
const UNKNOWN_REVISIONS: readonly Readonly<Record<string, string>>[] = [
  {},
  { EIO: "" },
  { EIO: "5" },
  { EIO: "2" },
  { EIO: "03" },
  { EIO: "abc" },
];

const refusedCases: readonly ConformanceCase[] = [
  {
    name: "without allowEIO3 every way of revision 3 is refused with 400 and code 5",
    async run(server): Promise<void> {
      for (const query of [{}, { b64: "1" }, { j: "0" }, { j: "0", b64: "1" }]) {
        const url = engineUrl(server.url, { EIO: "3", transport: "polling", ...query });
        const answer = await ask(url);
        assertEquals([answer.status, answer.text], [400, errorText(5)]);
        assert(answer.headers.get("content-type")?.startsWith("application/json"), "content type");
      }
    },
  },
  {
    name:
      "with allowEIO3 a handshake that names no revision, or another one, is refused with code 5",
    server: "older",
    needs: "revision-must-be-named",
    async run(server): Promise<void> {
      for (const query of UNKNOWN_REVISIONS) {
        const answer = await ask(engineUrl(server.url, { transport: "polling", ...query }));
        assertEquals([answer.status, answer.text], [400, errorText(5)], JSON.stringify(query));
        const webSocket = engineUrl(server.webSocketUrl, { transport: "websocket", ...query });
        const socket = new RawWebSocket(webSocket);
        await socket.ended();
        assertEquals(await socket.frame().catch(() => "nothing"), "nothing");
      }
    },
  },
  {
    name: "a handshake of revision 3 that allowRequest refuses gets 403 and code 4",
    server: "older",
    async run(server): Promise<void> {
      const query = { EIO: "3", transport: "polling", refuse: "text" };
      const answer = await ask(engineUrl(server.url, query));
      assertEquals([answer.status, answer.text], [403, errorText(4, "no entry today")]);
    },
  },
  {
    name:
      "a handshake of revision 3 by POST is refused with code 2, one of no transport with code 0",
    server: "older",
    async run(server): Promise<void> {
      const url = engineUrl(server.url, { EIO: "3", transport: "polling" });
      const posted = await ask(url, { method: "POST", body: "1:2" });
      assertEquals([posted.status, posted.text], [400, errorText(2)]);
      const nowhere = await ask(engineUrl(server.url, { EIO: "3" }));
      assertEquals([nowhere.status, nowhere.text], [400, errorText(0)]);
    },
  },
];

/** Holds if requests of a session are refused with code 3 when they say what `query` says. */
async function assertMismatch(
  server: ServerProcess,
  sid: string,
  query: Readonly<Record<string, string>>,
): Promise<void> {
  const polling = engineUrl(server.url, { ...query, transport: "polling", sid });
  for (const init of [{}, { method: "POST", body: "2" }]) {
    const answer = await ask(polling, init);
    assertEquals([answer.status, answer.text], [400, errorText(3)], JSON.stringify(query));
  }
  using tcp = await RawTcp.open(server.port);
  const { status, body } = await tcp.upgrade(
    engineUrl("", { ...query, transport: "websocket", sid }),
  );
  assertEquals([status, body], [400, errorMessage(3)], JSON.stringify(query));
}

const pinnedCases: readonly ConformanceCase[] = [
  {
    name: "a request of revision 4 on a session of revision 3 is refused, the session goes on",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      await assertMismatch(server, session.sid, { EIO: "4" });
      assertEquals((await session.post(echo("on"))).text, "ok");
      assertEquals(await session.collect(1), [echo("on")]);
    },
  },
  {
    name: "a request of revision 3 on a session of revision 4 is refused, the session goes on",
    server: "older",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      await assertMismatch(server, session.sid, { EIO: "3" });
      await assertMismatch(server, session.sid, { EIO: "3", b64: "1" });
      assertEquals((await session.post(echo("on"))).text, "ok");
      assertEquals(await session.collect(1), [echo("on")]);
    },
  },
  {
    name: "a request that names no revision is refused on sessions of both, which go on",
    server: "older",
    needs: "revision-must-be-named",
    async run(server): Promise<void> {
      const older = await olderPolling(server);
      const newer = await RawPolling.start(server.url);
      for (const { sid } of [older, newer]) {
        for (const query of UNKNOWN_REVISIONS) await assertMismatch(server, sid, query);
      }
      assertEquals((await older.post("2")).text, "ok");
      assertEquals((await newer.post("3")).text, "ok");
    },
  },
  {
    name: "a WebSocket session is pinned too: requests of the other revision do it no harm",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      const { sid } = session.handshake;
      const polled = await ask(engineUrl(server.url, { EIO: "4", transport: "polling", sid }));
      assertEquals([polled.status, polled.text], [400, errorText(3)]);
      using tcp = await RawTcp.open(server.port);
      const target = engineUrl("", { EIO: "4", transport: "websocket", sid });
      assertEquals((await tcp.upgrade(target)).status, 400);
      session.send(echo("on"));
      assertEquals(await session.frame(), echo("on"));
    },
  },
];

export const engineV3HandshakeCases: readonly ConformanceCase[] = [
  ...acceptedCases,
  ...refusedCases,
  ...pinnedCases,
];
