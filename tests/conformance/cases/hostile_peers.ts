/**
 * Cases: peers that leave things half done. Each has a deadline, after which nothing of it is left.
 *
 * - The deadlines are those of the brisk server: 300 to 700 ms; its heartbeat would spoil some, which
 *   have the steady one. What ends by an event is played on the calm one, whose timers no case meets.
 * - tests/server/half_done_peers_test.ts plays them by the fake clock, with the defaults.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { eventually } from "../../support/waiting.ts";
import {
  assertGone,
  type ConformanceCase,
  joinedPolling,
  joinedWebSocket,
} from "../conformance.ts";
import { stateOf } from "../hostile/watch.ts";

const TEXT = 0x81;
const WEBSOCKET_TARGET = "/socket.io/?EIO=4&transport=websocket";

/** How many peers of a kind there are at once. */
const PEERS = 10;

/** Time in milliseconds from one piece of what trickles to the next. */
const TRICKLE_MS = 40;

/** A megabyte less than what a poll is answered with at most. */
const LARGE_CHARACTERS = 900_000;

/** Does one thing for several peers at once. */
function severalTimes<Result>(one: (index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: PEERS }, (_, index) => one(index)));
}

function targetOf(session: RawPolling, server: ServerProcess): string {
  return session.url().slice(server.url.length);
}

function upgradeTargetOf(session: RawPolling, server: ServerProcess): string {
  return targetOf(session, server).replace("transport=polling", "transport=websocket");
}

/** A WebSocket session that has joined "/", over TCP. */
async function joinedTcp(server: ServerProcess, query = ""): Promise<RawTcp> {
  const tcp = await RawTcp.open(server.port);
  assertEquals((await tcp.upgrade(WEBSOCKET_TARGET + query)).status, 101);
  await tcp.write(clientFrame(TEXT, "40"));
  await tcp.readUntil('40{"sid":"');
  await tcp.readUntil('"}');
  return tcp;
}

/** Resolves once the server has as many sessions as that, or fewer. */
async function sessionsLeft(server: ServerProcess, count: number): Promise<void> {
  await eventually(`no more than ${count} sessions`, async () => {
    return (await stateOf(server)).sessions <= count || undefined;
  });
}

/** Writes a piece every now and then, until `over`. */
async function trickle(tcp: RawTcp, piece: string, over: Promise<unknown>): Promise<void> {
  let isOver = false;
  const note = (): void => void (isOver = true);
  over.then(note, note);
  while (!isOver) {
    await tcp.write(piece);
    await new Promise((resolve) => setTimeout(resolve, TRICKLE_MS));
  }
}

/** Connections of which one at least must be cut off. */
const CUT_OFF_ATTEMPTS = 3;

/** Holds if the connection of a body that trickles for ever ends. */
async function assertCutOff(server: ServerProcess): Promise<void> {
  const session = await joinedPolling(server);
  session.poll().catch(() => {});
  const tcp = await RawTcp.open(server.port);
  const headers = ["Content-Type: text/plain", "Content-Length: 100000"];
  await tcp.request("POST", targetOf(session, server), { headers });
  const ended = tcp.ended();
  try {
    await trickle(tcp, "3", ended);
    await ended;
  } finally {
    tcp.close();
  }
}

/** How the bodies that trickle are announced, and their pieces. */
const BODIES: Readonly<Record<string, readonly [header: string, piece: string]>> = {
  "with a length": ["Content-Length: 100000", "3"],
  "in chunks": ["Transfer-Encoding: chunked", "1\r\n3\r\n"],
};

const bodyCases: readonly ConformanceCase[] = [
  ...Object.entries(BODIES).map(([name, [header, piece]]): ConformanceCase => ({
    name: `a body that trickles, ${name}, gets 408 after bodyTimeout, and its session ends`,
    server: "steady",
    async run(server): Promise<void> {
      await severalTimes(async () => {
        const session = await joinedPolling(server);
        const poll = session.poll().catch(() => {});
        const tcp = await RawTcp.open(server.port);
        const headers = ["Content-Type: text/plain", header];
        await tcp.request("POST", targetOf(session, server), { headers });
        const answer = tcp.response();
        await trickle(tcp, piece, answer);
        assertEquals((await answer).status, 408);
        await poll;
        await assertGone(session);
      });
    },
  })),
  {
    name: "the connection of a body that trickles on after its 408 is cut off",
    server: "steady",
    async run(server): Promise<void> {
      // Deno misses it about once in 20 times on a busy machine, whatever the answer says.
      for (let attempt = 1;; attempt++) {
        try {
          return await assertCutOff(server);
        } catch (error) {
          if (attempt === CUT_OFF_ATTEMPTS) throw error;
        }
      }
    },
  },
];

const silenceCases: readonly ConformanceCase[] = [
  {
    name: "a WebSocket that is opened and never says a word ends with connectTimeout",
    server: "brisk",
    async run(server): Promise<void> {
      await severalTimes(async () => {
        const tcp = await RawTcp.open(server.port);
        assertEquals((await tcp.upgrade(WEBSOCKET_TARGET)).status, 101);
        await tcp.webSocketEnded();
      });
      await sessionsLeft(server, 0);
    },
  },
  {
    name: "a client that answers pings and joins nothing ends with connectTimeout",
    server: "brisk",
    async run(server): Promise<void> {
      await severalTimes(async () => {
        const session = await RawWebSocket.start(server.url);
        const reading = (async (): Promise<void> => {
          while (true) await session.next(); // which answers pings
        })();
        reading.catch(() => {}); // it ends with the session
        await session.ended();
      });
    },
  },
  {
    name: "a client that never polls after its handshake ends with its heartbeat",
    server: "brisk",
    async run(server): Promise<void> {
      const sessions = await severalTimes(() => RawPolling.start(server.url));
      await sessionsLeft(server, 0);
      await Promise.all(sessions.map(assertGone));
    },
  },
  {
    name: "a client that polls no more while messages wait for it ends with its heartbeat",
    server: "brisk",
    async run(server): Promise<void> {
      await severalTimes(async () => {
        const session = await joinedPolling(server);
        await session.post(`42${JSON.stringify(["echo", "x".repeat(LARGE_CHARACTERS)])}`);
      });
      await sessionsLeft(server, 0);
    },
  },
  {
    name: "a request whose head never ends has no session, no timer and nothing to wait for",
    async run(server): Promise<void> {
      const before = await stateOf(server);
      const peers = await severalTimes(async () => {
        const tcp = await RawTcp.open(server.port);
        await tcp.write(`GET ${WEBSOCKET_TARGET} HTTP/1.1\r\nHost: a\r\nConnection: Upgr`);
        return tcp;
      });
      for (const tcp of peers) await tcp.write("ade\r\nUpgrade: webso");
      // A request of another client may be about to end; these would stay.
      await eventually("nothing to wait for", async () => {
        const { sessions, timers, requests } = await stateOf(server);
        return sessions === before.sessions && timers <= before.timers && requests === 0 ||
          undefined;
      });
    },
  },
];

const upgradeCases: readonly ConformanceCase[] = [
  ...[[], ["2probe"], ["2probe", "2probe", "2probe"]].map((frames): ConformanceCase => ({
    name: `an upgrade that stops after ${frames.length} probes is ended, and polling goes on`,
    server: "brisk",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const tcp = await RawTcp.open(server.port);
      assertEquals((await tcp.upgrade(upgradeTargetOf(session, server))).status, 101);
      for (const frame of frames) await tcp.write(clientFrame(TEXT, frame));
      const ended = tcp.webSocketEnded();
      let isOver = false;
      ended.then(() => isOver = true, () => isOver = true);
      while (!isOver) {
        for (const packet of await session.packets()) if (packet === "2") await session.post("3");
      }
      await ended;
      await session.post('42["echo","polling"]');
      const packets: string[] = [];
      while (!packets.includes('42["echo","polling"]')) {
        packets.push(...await session.packets());
        if (packets.at(-1) === "2") await session.post("3");
      }
    },
  })),
  {
    name: "upgrades that are opened and left, of sessions that are left too, all end",
    server: "brisk",
    async run(server): Promise<void> {
      await severalTimes(async (index) => {
        const session = await RawPolling.start(server.url);
        const tcp = await RawTcp.open(server.port);
        await tcp.upgrade(upgradeTargetOf(session, server));
        if (index % 2 === 0) await tcp.write(clientFrame(TEXT, "2probe"));
        await tcp.webSocketEnded();
      });
      await sessionsLeft(server, 0);
    },
  },
];

const halfClosedCases: readonly ConformanceCase[] = [
  {
    name: "a poll whose peer writes no more, and ends its connection, ends its session at once",
    async run(server): Promise<void> {
      const { sessions } = await stateOf(server);
      await severalTimes(async () => {
        const session = await joinedPolling(server);
        const tcp = await RawTcp.open(server.port);
        await tcp.request("GET", targetOf(session, server));
        await tcp.closeWrite();
        await tcp.ended();
      });
      await sessionsLeft(server, sessions);
    },
  },
  {
    name: "a body that ends before its length ends its session at once",
    async run(server): Promise<void> {
      const { sessions } = await stateOf(server);
      await severalTimes(async () => {
        const session = await joinedPolling(server);
        const tcp = await RawTcp.open(server.port);
        await tcp.request("POST", targetOf(session, server), {
          headers: ["Content-Type: text/plain", "Content-Length: 100"],
          body: "42",
        });
        await tcp.closeWrite();
        await tcp.ended();
        await eventually("the end of the session", async () => {
          return (await session.post("3")).status === 400 || undefined;
        });
      });
      await sessionsLeft(server, sessions);
    },
  },
  {
    name: "a WebSocket whose peer writes no more, without a close frame, is over at once",
    async run(server): Promise<void> {
      const { sessions } = await stateOf(server);
      await severalTimes(async () => {
        const tcp = await joinedTcp(server);
        await tcp.closeWrite();
        await tcp.ended();
      });
      await sessionsLeft(server, sessions);
    },
  },
  {
    name: "a WebSocket that is frozen in the middle of a frame ends with its heartbeat",
    server: "brisk",
    async run(server): Promise<void> {
      await severalTimes(async () => {
        const tcp = await joinedTcp(server);
        await tcp.write(clientFrame(TEXT, '42["echo","x"]').subarray(0, 9));
        await tcp.webSocketEnded();
      });
      await sessionsLeft(server, 0);
    },
  },
];

const closingCases: readonly ConformanceCase[] = [
  {
    name: "a peer that ignores the close frame has no session any more",
    async run(server): Promise<void> {
      const { sessions, sockets } = await stateOf(server);
      await severalTimes(async () => {
        const tcp = await joinedTcp(server);
        await tcp.write(clientFrame(TEXT, '42["hang up"]'));
        await tcp.webSocketEnded();
      });
      const after = await stateOf(server);
      assertEquals([after.sessions, after.sockets], [sessions, sockets]);
    },
  },
  {
    name: "a peer that ignores the close frame is cut off within closeTimeout",
    server: "brisk",
    needs: "cuts-off-silent-closers",
    async run(server): Promise<void> {
      const begin = performance.now();
      await severalTimes(async () => {
        const tcp = await joinedTcp(server);
        await tcp.write(clientFrame(TEXT, '42["hang up"]'));
        await tcp.webSocketEnded();
        await tcp.ended();
      });
      assertLess(performance.now() - begin, 10_000);
    },
  },
  {
    name: "a polling peer that never fetches the end of its session is gone after closeTimeout",
    server: "brisk",
    async run(server): Promise<void> {
      await severalTimes(async () => {
        const session = await joinedPolling(server);
        await session.post('42["hang up"]');
      });
      await sessionsLeft(server, 0);
    },
  },
];

const deafCases: readonly ConformanceCase[] = [
  {
    name: "a WebSocket peer that reads nothing, while much is sent to it, ends with its heartbeat",
    server: "brisk",
    async run(server): Promise<void> {
      const before = await stateOf(server);
      const peers = await severalTimes(() => joinedTcp(server));
      for (const tcp of peers) await tcp.write(clientFrame(TEXT, '42["pour",100,50000]'));
      await sessionsLeft(server, before.sessions);
      const { heapBytes } = await stateOf(server);
      assertLess(heapBytes - before.heapBytes, PEERS * 10_000_000);
    },
  },
  {
    name: "a poll whose answer of a megabyte is never read keeps no session beyond its heartbeat",
    server: "steady",
    async run(server): Promise<void> {
      await severalTimes(async () => {
        const session = await joinedPolling(server);
        const payload = JSON.stringify(["echo", "x".repeat(LARGE_CHARACTERS)]);
        assertEquals((await session.post(`42${payload}`)).text, "ok");
        const tcp = await RawTcp.open(server.port);
        await tcp.request("GET", targetOf(session, server));
      });
      await sessionsLeft(server, 0);
    },
  },
  {
    name: "a peer that sends for ever and reads nothing is served no more than it can take",
    server: "brisk",
    async run(server): Promise<void> {
      await using other = await joinedWebSocket(server);
      const tcp = await joinedTcp(server);
      const ended = tcp.webSocketEnded();
      const text = clientFrame(TEXT, `42${JSON.stringify(["echo", "x".repeat(10_000)])}`);
      let isOver = false;
      ended.then(() => isOver = true, () => isOver = true);
      while (!isOver) {
        const writing = tcp.write(text);
        await Promise.race([writing, ended.catch(() => {})]);
        other.send('42["echo","heard"]');
        assertEquals(await other.next(), '42["echo","heard"]');
      }
      await ended;
      assert(server.alive);
    },
  },
];

export const hostilePeerCases: readonly ConformanceCase[] = [
  ...bodyCases,
  ...silenceCases,
  ...upgradeCases,
  ...halfClosedCases,
  ...closingCases,
  ...deafCases,
];
