/**
 * Cases: how a polling session of Engine.IO 3 ends: malformed payloads, overlaps, limits, closing.
 *
 * Source: Engine.IO protocol, revision 3, sections "Encoding" and "Polling".
 */
import { assert, assertEquals } from "@std/assert";
import {
  binaryPayload,
  type OlderAnswer,
  type OlderPacket,
  type OlderPolling,
  textPayload,
} from "../../support/raw_engine_v3.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { staysPending } from "../../support/waiting.ts";
import type { Capability } from "../../runtime/capabilities.ts";
import { assertGone, type ConformanceCase } from "../conformance.ts";
import { echo, olderPolling, withoutNoops } from "../../support/older_sessions.ts";

const CLOSE = textPayload("1");
const OCTETS = { "Content-Type": "application/octet-stream" };

/** Path and query of a session's requests, for a request line. */
function target(server: ServerProcess, session: OlderPolling): string {
  return session.url().slice(server.url.length);
}

/** Bodies that are no payload of revision 3, and for which every server ends the session. */
const MALFORMED: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {
  "an empty body": "",
  "a packet without a length": "2",
  "a payload of revision 4": '42["echo",1]',
  "a colon alone": ":",
  "a length without digits": ":2",
  "a length of letters": "a:2",
  "a negative length": "-1:2",
  "digits alone": "18",
  "a length beyond the end": "3:2",
  "a length far beyond the end": "99999999:2",
  "a length that leaves something over": `1:6${echo(1)}`,
  "a good packet, then half a one": `${textPayload(echo(1))}18:42`,
  "an unknown packet type": "1:7",
  "a packet type that is a letter": "3:abc",
  "a binary payload of a packet that is empty": Uint8Array.of(0, 0, 255),
  "a binary payload of text of an unknown type": binaryPayload("7"),
  "a binary payload of text that is no UTF-8": Uint8Array.of(0, 3, 255, 0x34, 0xff, 0xfe),
  "a binary payload of digits without an end": new Uint8Array(400).fill(1),
};

/** Bodies that are no payload of revision 3, of which some servers make something. */
const MALFORMED_A_LITTLE: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {
  "a length in another notation": "1e0:2",
  "a hexadecimal length": "0x1:2",
  "a length with a sign": "+1:2",
  "a length with a space": " 1:2",
  "a length of more digits than any has": "00000000001:2",
  "base64 of a packet that is no message": "3:b2A",
  "base64 of an unknown packet type": "3:b9A",
  "base64 without a type": "1:b",
  "base64 that is none": "6:b4=AQI",
  "a binary payload with a wrong mark": Uint8Array.of(2, 2, 255, 4, 1),
  "a binary payload with a wrong digit": Uint8Array.of(0, 10, 255, ...Array(10).fill(0x32)),
  "a binary payload that is cut off": Uint8Array.of(0, 2, 255, 0x32),
  "a binary payload of an empty packet of bytes": Uint8Array.of(1, 0, 255),
  "a binary payload of bytes that are no message": binaryPayload(Uint8Array.of(2)),
};

/** The case of one malformed body. */
function malformedCase(
  [name, body]: readonly [string, string | Uint8Array<ArrayBuffer>],
  needs?: Capability,
): ConformanceCase {
  return {
    name: `${name} in revision 3 is a parse error, which ends the session`,
    server: "older",
    ...(needs ? { needs } : {}),
    async run(server): Promise<void> {
      const tag = `v3 ${name}`;
      const session = await olderPolling(server, { tag });
      const waiting = session.poll();
      await staysPending("a poll with nothing to fetch", waiting, 30);
      const posted = await session.postBody(body, typeof body === "string" ? {} : OCTETS);
      // The reference says ok to the request and ends the session.
      assert([200, 400].includes(posted.status), `Expected 200 or 400, found ${posted.status}`);
      await server.report({ tag, kind: "disconnect", reason: "parse error" });
      const { status, text } = await waiting;
      assertEquals([status, text.endsWith(CLOSE)], [200, true]);
      await assertGone(session);
    },
  };
}

const malformedCases: readonly ConformanceCase[] = [
  ...Object.entries(MALFORMED).map((entry) => malformedCase(entry)),
  ...Object.entries(MALFORMED_A_LITTLE).map((entry) => malformedCase(entry, "strict-revision-3")),
  {
    name: "a payload of revision 3 that cannot be read is answered with 400",
    server: "older",
    needs: "malformed-is-400",
    async run(server): Promise<void> {
      for (const [name, body] of Object.entries({ ...MALFORMED, ...MALFORMED_A_LITTLE })) {
        const session = await olderPolling(server);
        const posted = await session.postBody(body, typeof body === "string" ? {} : OCTETS);
        assertEquals([posted.status, posted.text], [400, ""], name);
      }
    },
  },
  {
    name: "packets of revision 3 that mean nothing over polling are ignored",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      for (const packet of ["0", "5", "6", "6x"]) {
        assertEquals((await session.post(packet)).text, "ok", packet);
      }
      await session.post(echo("still here"));
      assertEquals(await session.collect(1), [echo("still here")]);
    },
  },
];

const overlapCases: readonly ConformanceCase[] = [
  {
    name: "a second poll of revision 3 beside a waiting one is refused and ends the session",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const first = session.poll();
      await staysPending("a poll with nothing to fetch", first, 50);
      assertEquals((await session.poll()).status, 400);
      const { status, text } = await first;
      assertEquals([status, text], [200, CLOSE]);
      await assertGone(session);
    },
  },
  {
    name: "a second POST of revision 3 beside an unfinished one is refused and ends the session",
    server: "older",
    async run(server): Promise<void> {
      for (const type of ["text/plain", "application/octet-stream"]) {
        const session = await olderPolling(server);
        using tcp = await RawTcp.open(server.port);
        await tcp.request("POST", target(server, session), {
          headers: [`Content-Type: ${type}`, "Content-Length: 10"],
          body: "6:",
        });
        await staysPending("an unfinished POST", tcp.ended(10_000), 50);
        assertEquals((await session.post("2")).status, 400);
        await assertGone(session);
      }
    },
  },
  {
    name: "a poll of revision 3 that its client aborts ends the session",
    server: "older",
    async run(server): Promise<void> {
      const tag = "v3 aborted poll";
      const session = await olderPolling(server, { tag });
      const controller = new AbortController();
      const polling = session.poll({ signal: controller.signal });
      await staysPending("a poll with nothing to fetch", polling, 50);
      controller.abort();
      await server.report({ tag, kind: "disconnect", reason: "transport error" });
      await assertGone(session);
    },
  },
  {
    name: "a POST of bytes that is cut off in its body ends the session",
    server: "older",
    async run(server): Promise<void> {
      const tag = "v3 cut post";
      const session = await olderPolling(server, { tag });
      const tcp = await RawTcp.open(server.port);
      await tcp.request("POST", target(server, session), {
        headers: ["Content-Type: application/octet-stream", "Content-Length: 10"],
        body: "\x00\x01",
      });
      await staysPending("an unfinished POST", tcp.ended(10_000), 50);
      tcp.close();
      await server.report({ tag, kind: "disconnect", reason: "transport error" });
      await assertGone(session);
    },
  },
];

const limitCases: readonly ConformanceCase[] = [
  {
    name: "a body of revision 3 of exactly maxPayload bytes is taken, one more gets 413",
    server: "olderSmall",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const { maxPayload } = session.open;
      const packet = echo("x".repeat(maxPayload - "9985:".length - echo("").length));
      assertEquals(textPayload(packet).length, maxPayload);
      assertEquals((await session.post(packet)).text, "ok");
      assertEquals(await session.collect(1), [packet]);
      assertEquals((await session.postBody(`${textPayload(packet)}0`)).status, 413);
      await session.post(echo("still here"));
      assertEquals(await session.collect(1), [echo("still here")]);
    },
  },
  {
    name: "a payload of bytes of exactly maxPayload bytes is taken, one more gets 413",
    server: "olderSmall",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const { maxPayload } = session.open;
      const packet = echo("x".repeat(maxPayload - 6 - echo("").length));
      const body = binaryPayload(packet);
      assertEquals(body.length, maxPayload);
      assertEquals((await session.postBody(body, OCTETS)).text, "ok");
      assertEquals(await session.collect(1), [packet]);
      const larger = Uint8Array.from([...body, 0]);
      assertEquals((await session.postBody(larger, OCTETS)).status, 413);
      await session.post(echo("still here"));
      assertEquals(await session.collect(1), [echo("still here")]);
    },
  },
  {
    name: "a body of revision 3 in chunks without a length is cut off at the limit with 413",
    server: "olderSmall",
    async run(server): Promise<void> {
      for (const type of ["text/plain", "application/octet-stream"]) {
        const session = await olderPolling(server);
        using tcp = await RawTcp.open(server.port);
        await tcp.request("POST", target(server, session), {
          headers: ["Transfer-Encoding: chunked", `Content-Type: ${type}`],
        });
        for (let i = 0; i < 12; i++) await tcp.write(`3e8\r\n${"1".repeat(1_000)}\r\n`);
        assertEquals((await tcp.response()).status, 413);
      }
    },
  },
];

/**
 * Makes the server hang up and holds if polls fetch what was queued before they fetch the close, which
 * comes alone: see engine_polling.ts.
 */
async function assertOrderlyEnd(session: OlderPolling, waiting: boolean): Promise<void> {
  let polling: Promise<OlderAnswer> | undefined;
  if (waiting) {
    polling = session.poll();
    await staysPending("a poll with nothing to fetch", polling, 50);
  }
  await session.post('42["say and hang up"]');
  const payloads: (readonly OlderPacket[])[] = [];
  while (true) {
    const answer = await (polling ?? session.poll());
    polling = undefined;
    if (answer.status !== 200) break;
    payloads.push(withoutNoops(session.read(answer)));
  }
  const last = payloads.pop();
  assertEquals(payloads.flat(), [
    '451-["last words","good",{"_placeholder":true,"num":0}]',
    Uint8Array.of(4, 1),
    "41",
  ]);
  assertEquals(last, ["1"]);
}

const closingCases: readonly ConformanceCase[] = [
  {
    name: "a close packet of revision 3 ends the session, and the waiting poll with a noop",
    server: "older",
    async run(server): Promise<void> {
      const tag = "v3 close packet";
      const session = await olderPolling(server, { tag });
      const polling = session.poll();
      await staysPending("a poll with nothing to fetch", polling, 50);
      assertEquals((await session.post("1")).text, "ok");
      assertEquals((await polling).text, textPayload("6"));
      await server.report({ tag, kind: "disconnect", reason: "transport close" });
      await assertGone(session);
    },
  },
  {
    name: "a session of revision 3 that the server ends: messages first, close on its own",
    server: "older",
    async run(server): Promise<void> {
      await assertOrderlyEnd(await olderPolling(server), true);
      await assertOrderlyEnd(await olderPolling(server), false);
    },
  },
];

export const engineV3EndCases: readonly ConformanceCase[] = [
  ...malformedCases,
  ...overlapCases,
  ...limitCases,
  ...closingCases,
];
