/**
 * Cases: HTTP long-polling of Engine.IO 4: payloads, waiting, overlaps, limits, closing.
 *
 * What goes in and comes out are events of Socket.IO, since that is what the server under test
 * speaks; the cases are about the payloads around them.
 *
 * Source: Engine.IO protocol, revision 4, sections "HTTP long-polling" and "Packet encoding".
 */
import { assert, assertEquals } from "@std/assert";
import { type Answer, type RawPolling, SEPARATOR } from "../../support/raw_engine.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { staysPending } from "../../support/waiting.ts";
import { assertGone, type ConformanceCase, joinedPolling } from "../conformance.ts";

function echo(...args: unknown[]): string {
  return `42${JSON.stringify(["echo", ...args])}`;
}

/** Path and query of a session's requests, for a request line. */
function target(server: ServerProcess, session: RawPolling): string {
  return session.url().slice(server.url.length);
}

const payloadCases: readonly ConformanceCase[] = [
  {
    name: "one text packet goes in and out",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const posted = await session.post(echo("hello"));
      assertEquals([posted.status, posted.text], [200, "ok"]);
      assertEquals((await session.poll()).text, echo("hello"));
    },
  },
  {
    name: "several packets go in as one payload and come out as one payload, in order",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const packets = [1, 2, 3, 4, 5].map((i) => echo(i));
      assertEquals((await session.post(...packets)).text, "ok");
      assertEquals((await session.poll()).text, packets.join(SEPARATOR));
    },
  },
  {
    name: "a binary packet is base64 with the prefix b, both ways",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const header = '451-["echo",{"_placeholder":true,"num":0}]';
      assertEquals((await session.post(header, "bAQIDBA==")).text, "ok");
      assertEquals((await session.poll()).text, `${header}${SEPARATOR}bAQIDBA==`);
    },
  },
  {
    name: "an empty binary packet is a lone b",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const header = '451-["echo",{"_placeholder":true,"num":0}]';
      await session.post(header, "b");
      assertEquals(await session.collect(2), [header, "b"]);
    },
  },
  {
    name: "text outside ASCII is UTF-8 in both directions",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      await session.post(echo("é€🎉\u2028"));
      const answer = await session.poll();
      assertEquals(answer.text, echo("é€🎉\u2028"));
      const bytes = new TextEncoder().encode(answer.text).length;
      assertEquals(answer.headers.get("content-length"), String(bytes));
    },
  },
  {
    name: "a body in chunks without a length, cut inside a character, is one payload",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      using tcp = await RawTcp.open(server.port);
      await tcp.request("POST", target(server, session), {
        headers: ["Transfer-Encoding: chunked", "Content-Type: text/plain;charset=UTF-8"],
      });
      const bytes = new TextEncoder().encode(echo("é"));
      const cut = bytes.indexOf(0xc3) + 1;
      for (const part of [bytes.slice(0, cut), bytes.slice(cut)]) {
        await tcp.write(`${part.length.toString(16)}\r\n`);
        await tcp.write(part);
        await tcp.write("\r\n");
      }
      await tcp.write("0\r\n\r\n");
      assertEquals((await tcp.response()).body, "ok");
      assertEquals(await session.collect(1), [echo("é")]);
    },
  },
  {
    name: "a poll with nothing to fetch waits until there is something",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const polling = session.poll();
      await staysPending("a poll with nothing to fetch", polling, 150);
      await session.post(echo("now"));
      assertEquals((await polling).text, echo("now"));
    },
  },
];

/** Payloads that are none: the session must end. */
const MALFORMED: Readonly<Record<string, string>> = {
  "an unknown packet type": "abc",
  "an empty body": "",
  "separators alone": SEPARATOR.repeat(3),
  "an empty packet after a good one": `${echo(1)}${SEPARATOR}`,
  "a ping, which is the server's to send": "2",
};

const malformedCases: readonly ConformanceCase[] = Object.entries(MALFORMED).map((
  [name, body],
): ConformanceCase => ({
  name: `${name} ends the session`,
  async run(server): Promise<void> {
    const session = await joinedPolling(server);
    const waiting = session.poll();
    await staysPending("a poll with nothing to fetch", waiting, 30);
    const posted = await session.postBody(body);
    // The reference says ok to the request and ends the session; the document suggests 400.
    assert([200, 400].includes(posted.status), `Expected 200 or 400, found ${posted.status}`);
    const { status, text } = await waiting;
    assertEquals([status, text.split(SEPARATOR).at(-1)], [200, "1"]);
    await assertGone(session);
  },
}));

const ignoredCases: readonly ConformanceCase[] = [
  {
    name: "packets that mean nothing over polling are ignored",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      for (const packet of ["0", "3", "5", "6", "3probe", "6x"]) {
        assertEquals((await session.post(packet)).text, "ok", packet);
      }
      await session.post(echo("still here"));
      assertEquals(await session.collect(1), [echo("still here")]);
    },
  },
];

const overlapCases: readonly ConformanceCase[] = [
  {
    name: "a second poll beside a waiting one is refused with 400 and ends the session",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const first = session.poll();
      await staysPending("a poll with nothing to fetch", first, 50);
      assertEquals((await session.poll()).status, 400);
      const { status, text } = await first;
      assertEquals([status, text], [200, "1"]);
      await assertGone(session);
    },
  },
  {
    name: "a second POST beside an unfinished one is refused with 400 and ends the session",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      using tcp = await RawTcp.open(server.port);
      await tcp.request("POST", target(server, session), {
        headers: ["Content-Type: text/plain", "Content-Length: 10"],
        body: "42[",
      });
      await staysPending("an unfinished POST", tcp.ended(10_000), 50);
      assertEquals((await session.post("3")).status, 400);
      await assertGone(session);
    },
  },
  {
    name: "a poll that the client aborts ends the session",
    async run(server): Promise<void> {
      const session = await joinedPolling(server, { tag: "aborted poll" });
      const controller = new AbortController();
      const polling = session.poll({ signal: controller.signal });
      await staysPending("a poll with nothing to fetch", polling, 50);
      controller.abort();
      await server.report({ tag: "aborted poll", kind: "disconnect", reason: "transport error" });
      await assertGone(session);
    },
  },
  {
    name: "a POST cut off in its body ends the session",
    async run(server): Promise<void> {
      const session = await joinedPolling(server, { tag: "cut post" });
      const tcp = await RawTcp.open(server.port);
      await tcp.request("POST", target(server, session), {
        headers: ["Content-Type: text/plain", "Content-Length: 10"],
        body: "42[",
      });
      await staysPending("an unfinished POST", tcp.ended(10_000), 50);
      tcp.close();
      await server.report({ tag: "cut post", kind: "disconnect", reason: "transport error" });
      await assertGone(session);
    },
  },
];

const limitCases: readonly ConformanceCase[] = [
  {
    name: "a body of exactly maxPayload bytes is taken, one byte more is refused with 413",
    server: "small",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const { maxPayload } = session.open;
      const fitting = echo("x".repeat(maxPayload - echo("").length));
      assertEquals((await session.postBody(fitting)).text, "ok");
      assertEquals(await session.collect(1), [fitting]);
      assertEquals((await session.postBody(`${fitting} `)).status, 413);
    },
  },
  {
    name: "the limit counts bytes, not characters",
    server: "small",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const body = echo("é".repeat(session.open.maxPayload / 2));
      assert(body.length < session.open.maxPayload, "Expected fewer characters than the limit");
      assertEquals((await session.postBody(body)).status, 413);
    },
  },
  {
    name: "a body in chunks without a length is cut off at the limit with 413",
    server: "small",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      using tcp = await RawTcp.open(server.port);
      await tcp.request("POST", target(server, session), {
        headers: ["Transfer-Encoding: chunked", "Content-Type: text/plain"],
      });
      for (let i = 0; i < 12; i++) await tcp.write(`3e8\r\n${"x".repeat(1_000)}\r\n`);
      assertEquals((await tcp.response()).status, 413);
    },
  },
  {
    name: "a request refused with 413 leaves its session open",
    server: "small",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      assertEquals((await session.postBody(echo("x".repeat(10_000)))).status, 413);
      await session.post(echo("still here"));
      assertEquals(await session.collect(1), [echo("still here")]);
    },
  },
  {
    name: "a body of type application/octet-stream is refused with 400 and ends the session",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const headers = { "Content-Type": "application/octet-stream" };
      assertEquals((await session.postBody("3", headers)).status, 400);
      await assertGone(session);
    },
  },
];

const closingCases: readonly ConformanceCase[] = [
  {
    name: "a close packet of the client ends the session, and the waiting poll with a noop",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const polling = session.poll();
      await staysPending("a poll with nothing to fetch", polling, 50);
      assertEquals((await session.post("1")).text, "ok");
      assertEquals((await polling).text, "6");
      await assertGone(session);
    },
  },
  {
    name: "a session that the server ends while a poll waits: messages first, close on its own",
    async run(server): Promise<void> {
      await assertOrderlyEnd(await joinedPolling(server), true);
    },
  },
  {
    name: "a session that the server ends while no poll waits: messages first, close on its own",
    async run(server): Promise<void> {
      await assertOrderlyEnd(await joinedPolling(server), false);
    },
  },
];

/**
 * Makes the server hang up and holds if polls fetch what was queued before they fetch the close.
 *
 * The published client drops messages that come in one payload with a close packet: it acts on the
 * close at once and on messages a tick later. So the close has to come in a payload of its own.
 */
async function assertOrderlyEnd(session: RawPolling, waiting: boolean): Promise<void> {
  let polling: Promise<Answer> | undefined;
  if (waiting) {
    polling = session.poll();
    await staysPending("a poll with nothing to fetch", polling, 50);
  }
  await session.post('42["say and hang up"]');
  const payloads: string[][] = [];
  while (true) {
    const { status, text } = await (polling ?? session.poll());
    polling = undefined;
    if (status !== 200) break;
    payloads.push(text.split(SEPARATOR).filter((packet) => packet !== "6"));
  }
  const last = payloads.pop();
  const words = ['451-["last words","good",{"_placeholder":true,"num":0}]', "bAQ==", "41"];
  assertEquals(payloads.flat(), words);
  assertEquals(last, ["1"]);
}

export const enginePollingCases: readonly ConformanceCase[] = [
  ...payloadCases,
  ...malformedCases,
  ...ignoredCases,
  ...overlapCases,
  ...limitCases,
  ...closingCases,
];
