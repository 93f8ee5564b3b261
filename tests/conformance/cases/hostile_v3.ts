/**
 * Cases: hostile input in Engine.IO 3, where lengths are the peer's to say. The server answers or
 * closes in time that grows with the input, stays alive, and serves the next client.
 *
 * - An input of a megabyte is just within `maxPayload`.
 *
 * Source: published advisories of servers of this kind, named at each case.
 */
import { assert, assertEquals } from "@std/assert";
import { ask, engineUrl, RawPolling, type RawWebSocket } from "../../support/raw_engine.ts";
import { askForBytes, binaryPayload, formOf, textPayload } from "../../support/raw_engine_v3.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { eventually, within } from "../../support/waiting.ts";
import { assertGone, type ConformanceCase } from "../conformance.ts";
import { stateOf } from "../hostile/watch.ts";
import { echo, olderPolling, olderProbe, olderWebSocket } from "../../support/older_sessions.ts";

/** Time in milliseconds that an input of a megabyte may take on a busy machine. */
const LINEAR_MS = 3_000;

const OCTETS = { "Content-Type": "application/octet-stream" };
const FORM = {
  "Content-Type": "application/x-www-form-urlencoded",
  "Sec-Fetch-Site": "same-origin",
};

/** A megabyte and a little less of one piece after another. */
function fill(piece: string): string {
  return piece.repeat(Math.floor(1e6 / piece.length));
}

/** A megabyte of the same bytes after one another. */
function fillBytes(...piece: readonly number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 1e6 }, (_, i) => piece[i % piece.length] ?? 0);
}

/** Bodies of a megabyte, by what is wrong with them (CVE-2020-36048). */
const BODIES: Readonly<Record<string, () => string | Uint8Array<ArrayBuffer>>> = {
  "pings, each of three characters": () => fill("1:2"),
  "messages without data": () => fill("1:4"),
  "packets of length 0": () => fill("0:"),
  "digits alone": () => fill("9"),
  "zeros alone": () => fill("0"),
  "zeros in front of a length": () => `${fill("0").slice(3)}1:2`,
  "colons alone": () => fill(":"),
  "lengths far beyond the end": () => fill("99999999:"),
  "one length that is larger than any": () => `99999999999999999999:${fill("4").slice(21)}`,
  "lengths that grow and are cut short": () => fill("1000000:4"),
  "one packet of a letter repeated": () => textPayload(`4${"x".repeat(999_990)}`),
  "base64 that is none": () => textPayload(`b4${"*".repeat(999_990)}`),
  "base64 packets without data": () => fill("2:b4"),
  "halves of characters": () => fill("1:\ud83d".toWellFormed()),
  "bytes that are endless digits": () => fillBytes(1),
  "bytes of nothing but ends": () => fillBytes(255),
  "bytes of empty packets": () => fillBytes(0, 0, 255),
  "bytes of wrong marks": () => fillBytes(2, 1, 255, 0x32),
  "bytes of pings": () => fillBytes(0, 1, 255, 0x32),
  "bytes of messages without data": () => fillBytes(1, 1, 255, 4),
  "bytes of a length far beyond": () => Uint8Array.of(1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 255, 4),
  "bytes of zeros in front of a length": () =>
    Uint8Array.of(0, ...Array(1e5).fill(0), 1, 255, 0x32),
};

/** Holds if a POST of this body is answered in time, and the server has no word to say of it. */
async function assertAnswered(
  server: ServerProcess,
  body: string | Uint8Array<ArrayBuffer>,
  query: Readonly<Record<string, string>> = {},
): Promise<void> {
  const session = await olderPolling(server, query);
  const headers = typeof body === "string" ? {} : OCTETS;
  const { status } = await within("an answer", session.postBody(body, headers), LINEAR_MS);
  assert([200, 400, 413].includes(status), `Expected an answer, found ${status}`);
}

const bodyCases: readonly ConformanceCase[] = [
  ...Object.entries(BODIES).map(([name, make]): ConformanceCase => ({
    name: `a megabyte of ${name} is answered in linear time in revision 3 (CVE-2020-36048)`,
    server: "older",
    run: (server) => assertAnswered(server, make()),
  })),
  {
    name: "a megabyte of text that looks as if encoded twice is answered in linear time",
    server: "older",
    async run(server): Promise<void> {
      const packet = `4${"Ã©".repeat(100)}`;
      const payload = textPayload(packet).repeat(2_000);
      await assertAnswered(server, payload, { b64: "1" });
      await assertAnswered(server, `${payload}${textPayload("4Ã")}`, { b64: "1" });
    },
  },
  {
    name: "a megabyte of backslashes in a form is answered in linear time",
    server: "older",
    async run(server): Promise<void> {
      for (
        const body of [
          `d=${"\\".repeat(9e5)}`,
          `d=${"\\n".repeat(4e5)}`,
          "d=&".repeat(3e5),
          "%".repeat(9e5),
          formOf("\n".repeat(1e5)),
        ]
      ) {
        const url = engineUrl(server.url, { EIO: "3", transport: "polling", j: "0", b64: "1" });
        const opened = await askForBytes(url, { headers: FORM });
        const [, sid = ""] = /\\"sid\\":\\"([^"\\]+)/.exec(opened.text) ?? [];
        assert(sid !== "", opened.text);
        const posting = askForBytes(`${url}&sid=${sid}`, { method: "POST", body, headers: FORM });
        const { status } = await within("an answer", posting, LINEAR_MS);
        assert([200, 400, 413].includes(status), `Expected an answer, found ${status}`);
      }
    },
  },
  {
    name: "a length that promises more than the limit costs no memory, time after time",
    server: "older",
    async run(server): Promise<void> {
      for (let i = 0; i < 100; i++) {
        await assertAnswered(server, "9999999999:4");
        await assertAnswered(server, Uint8Array.of(1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 255, 4));
      }
    },
  },
];

/** Holds if the session answers to an echo, or was closed, in time. */
async function assertAnswersOrCloses(session: RawWebSocket): Promise<void> {
  const sentinel = echo("sentinel");
  session.send(sentinel);
  const answered = (async (): Promise<void> => {
    while (await session.frame(LINEAR_MS) !== sentinel);
  })();
  answered.catch(() => {}); // the close below wins
  await Promise.race([answered, session.ended(LINEAR_MS)]);
}

const floodCases: readonly ConformanceCase[] = [
  {
    name: "a hundred thousand pings in one body are answered, and their session is used or ended",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const answer = await within("an answer", session.postBody("1:2".repeat(1e5)), LINEAR_MS);
      assertEquals(answer.text, "ok");
      const { status, text } = await within("its pongs", session.poll(), LINEAR_MS);
      assert([200, 400].includes(status), `Expected an answer, found ${status}`);
      if (status === 200) assert(text.startsWith("1:3"), text.slice(0, 64));
    },
  },
  {
    name: "ten thousand pings of a WebSocket are answered in order with what follows",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      for (let i = 0; i < 10_000; i++) session.send("2");
      session.send(echo("sentinel"));
      for (let i = 0; i < 10_000; i++) assertEquals(await session.frame(LINEAR_MS), "3");
      assertEquals(await session.frame(), echo("sentinel"));
    },
  },
  {
    name: "a thousand joins and leaves with queries of one connection do no harm",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      for (let i = 0; i < 1_000; i++) {
        session.send(`40/orders?i=${i}`);
        session.send("41/orders");
      }
      // The reference may still be joining when it is told to leave, and closes.
      await assertAnswersOrCloses(session);
    },
  },
];

/** Names with queries, of which a namespace is made or not. */
const NAMES: readonly string[] = [
  "/orders?__proto__=x",
  "/orders?__proto__[polluted]=x&constructor[prototype][polluted]=x",
  "/orders?constructor=x&prototype=y&hasOwnProperty=z&toString=1",
  "/orders?" + "a=b&".repeat(3_000),
  "/orders?%",
  "/orders?%E0%A4%A&=&&==&?",
  "/orders?\u0000=\u2028",
  "/orders#x?y",
  "/__proto__?x=y",
  "/?x=y",
  "?x=y",
  "//orders?x",
  "/../orders?x=y",
];

const nameCases: readonly ConformanceCase[] = [
  {
    name: "queries of namespaces that name properties of every object stay data (socket.io 4.8.4)",
    server: "older",
    async run(server): Promise<void> {
      for (const name of NAMES) {
        const session = await olderWebSocket(server);
        session.send(`40${name}`);
        await assertAnswersOrCloses(session);
        session.close();
      }
      await using session = await olderWebSocket(server);
      session.send("40/orders?__proto__=x&a=1");
      assertEquals(await session.frame(), "40/orders,");
      session.send('42/orders,1["inspect",{}]');
      assertEquals(await session.frame(), "43/orders,1[{}]");
      session.send('42/orders,2["handshake"]');
      const [{ auth }] = JSON.parse(String(await session.frame()).slice("43/orders,2".length));
      assertEquals(auth["a"], "1");
      assertEquals(auth["polluted"], undefined);
    },
  },
  {
    name: "a query of a namespace of a megabyte is refused or taken in linear time",
    server: "older",
    async run(server): Promise<void> {
      for (
        const query of ["x".repeat(9e5), "a&".repeat(4e5), "%41".repeat(3e5), "?".repeat(9e5)]
      ) {
        for (
          const packet of [`40/orders?${query}`, `40/nope?${query},`, `42/orders?${query},["e"]`]
        ) {
          const session = await olderWebSocket(server);
          session.send(packet);
          await assertAnswersOrCloses(session);
          session.close();
        }
      }
    },
  },
  {
    name:
      "events of revision 3 named 'error' or like a property of every object do no harm (CVE-2024-38355)",
    server: "older",
    async run(server): Promise<void> {
      await using session = await olderWebSocket(server);
      for (const name of ["error", "__proto__", "constructor", "hasOwnProperty", "", "0"]) {
        session.send(`42${JSON.stringify([name])}`);
        session.send(`42${JSON.stringify([name, {}])}`);
      }
      session.send(echo("still here"));
      assertEquals(await session.frame(), echo("still here"));
    },
  },
];

/** Queries of handshakes that have confused servers. */
const QUERIES = [
  "EIO=3&transport=polling&b64=1&b64=0",
  "EIO=3&transport=polling&b64=__proto__",
  "EIO=3&transport=polling&j=",
  "EIO=3&transport=polling&j=__proto__",
  `EIO=3&transport=polling&j=${"9".repeat(4_000)}`,
  "EIO=3&transport=polling&j=0&j=1",
  "EIO=3&EIO=4&transport=polling",
  "EIO=4&EIO=3&transport=polling",
  "EIO=3&transport=polling&sid=__proto__",
  "EIO=3&transport=__proto__",
  "EIO[]=3&transport=polling",
  "EIO=3&transport=polling&__proto__=x&constructor=y",
];

/** How many sessions the server has. */
async function sessions(watcher: RawWebSocket): Promise<number> {
  watcher.send('421["sizes"]');
  return (JSON.parse(String(await watcher.frame()).slice(3)) as [{ clients: number }])[0].clients;
}

const sessionCases: readonly ConformanceCase[] = [
  {
    name: "odd queries of revision 3 are answered, over every method and as upgrades",
    server: "olderBrisk",
    async run(server): Promise<void> {
      for (const query of QUERIES) {
        for (const method of ["GET", "POST", "DELETE"]) {
          const { status } = await ask(`${server.url}/socket.io/?${query}`, { method });
          assert([200, 400, 403].includes(status), `${method} ${query}: ${status}`);
        }
        using tcp = await RawTcp.open(server.port);
        const target = `/socket.io/?${query.replace("transport=polling", "transport=websocket")}`;
        const { status } = await tcp.upgrade(target);
        assert([101, 400, 403].includes(status), `upgrade ${query}: ${status}`);
      }
    },
  },
  {
    name: "upgrades that begin and never end leave nothing behind",
    server: "olderBrisk",
    async run(server): Promise<void> {
      const { sessions: before } = await stateOf(server);
      const sockets: RawWebSocket[] = [];
      for (let i = 0; i < 20; i++) {
        const session = await olderPolling(server);
        sockets.push(i % 2 === 0 ? await session.openUpgrade() : await olderProbe(session));
      }
      await Promise.all(sockets.map((socket) => socket.ended()));
      await eventually("the sessions to end", async () => {
        return (await stateOf(server)).sessions <= before || undefined;
      });
    },
  },
  {
    name: "refused handshakes of revision 3 leave no sessions behind (CVE-2026-48802)",
    server: "older",
    async run(server): Promise<void> {
      await using watcher = await olderWebSocket(server);
      const before = await sessions(watcher);
      for (let i = 0; i < 100; i++) {
        const query = { EIO: "3", transport: "polling" };
        await ask(engineUrl(server.url, { ...query, refuse: "plain" }));
        await ask(engineUrl(server.url, { ...query, sid: "nobody" }));
        await ask(engineUrl(server.url, query), { method: "POST", body: "1:2" });
      }
      assert(await sessions(watcher) <= before, "Expected no more sessions than before");
    },
  },
  {
    name: "each of 200 octet-stream bodies on sessions of revision 4 gets its 400 (CVE-2026-59725)",
    server: "older",
    async run(server): Promise<void> {
      const one = async (index: number): Promise<void> => {
        const session = await RawPolling.start(server.url);
        const answer = await session.postBody(binaryPayload(`4${index}`), OCTETS);
        assertEquals(answer.status, 400);
        await assertGone(session);
      };
      for (let i = 0; i < 200; i += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, j) => one(i + j)));
      }
    },
  },
];

export const hostileV3Cases: readonly ConformanceCase[] = [
  ...bodyCases,
  ...floodCases,
  ...nameCases,
  ...sessionCases,
];
