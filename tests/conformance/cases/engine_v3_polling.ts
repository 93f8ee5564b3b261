/**
 * Cases: HTTP long-polling of Engine.IO 3: payloads of text, of bytes and of base64.
 *
 * What goes in and comes out are events of Socket.IO, as in engine_polling.ts.
 *
 * Source: Engine.IO protocol, revision 3, sections "Encoding" and "Polling".
 */
import { assert, assertEquals } from "@std/assert";
import {
  binaryPayload,
  type OlderAnswer,
  type OlderPolling,
  textPayload,
} from "../../support/raw_engine_v3.ts";
import { RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { staysPending } from "../../support/waiting.ts";
import type { ConformanceCase } from "../conformance.ts";
import { echo, olderPolling } from "../../support/older_sessions.ts";

/** An event with one attachment, which follows it. */
const HEADER = '451-["echo",{"_placeholder":true,"num":0}]';
/** The attachment 1, 2, 3, 4 as a packet of bytes, and as one of text. */
const BYTES = Uint8Array.of(4, 1, 2, 3, 4);
const BASE64 = "b4AQIDBA==";
/** Text of one, two, three and four bytes a character, and what old scripts take for line ends. */
const TEXT = "aé€😀\u2028";

/** Holds if an answer is bytes, exactly these. */
function assertBytes({ status, headers, bytes }: OlderAnswer, expected: Uint8Array): void {
  assertEquals([status, headers.get("content-type")], [200, "application/octet-stream"]);
  assertEquals(bytes, expected);
  assertEquals(headers.get("content-length"), String(expected.length));
}

/** Holds if an answer is text, exactly this. */
function assertText({ status, headers, text }: OlderAnswer, expected: string): void {
  assertEquals([status, headers.get("content-type")], [200, "text/plain; charset=UTF-8"]);
  assertEquals(text, expected);
}

/** Path and query of a session's requests, for a request line. */
function target(server: ServerProcess, session: OlderPolling): string {
  return session.url().slice(server.url.length);
}

const textCases: readonly ConformanceCase[] = [
  {
    name: "one packet goes in and out as a payload of text with its length",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const posted = await session.postBody('18:42["echo","hello"]');
      assertEquals([posted.status, posted.text], [200, "ok"]);
      assertText(await session.poll(), '18:42["echo","hello"]');
    },
  },
  {
    name: "several packets go in as one payload of text and come out as one, in order",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const packets = [1, 2, 3, 4, 5].map((i) => echo(i));
      assertEquals((await session.post(...packets)).text, "ok");
      assertText(await session.poll(), textPayload(...packets));
    },
  },
  {
    name: "lengths of text that comes in count UTF-16 units",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const packet = echo(TEXT);
      assertEquals(packet.length, 19);
      assertEquals((await session.postBody(`19:${packet}19:${packet}1:6`)).text, "ok");
      assertEquals(await session.collect(2), [packet, packet]);
    },
  },
  {
    name: "text that is not ASCII goes out as UTF-8 in a payload of bytes",
    server: "older",
    needs: "text-of-older-clients",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      await session.post(echo(TEXT));
      assertBytes(await session.poll(), binaryPayload(echo(TEXT)));
    },
  },
  {
    name: "packets of length 0 say nothing",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      assertEquals((await session.postBody("0:")).text, "ok");
      assertEquals((await session.postBody(`0:${textPayload(echo(1))}0:0:`)).text, "ok");
      assertText(await session.poll(), textPayload(echo(1)));
    },
  },
  {
    name: "a poll of revision 3 with nothing to fetch waits until there is something",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const polling = session.poll();
      await staysPending("a poll with nothing to fetch", polling, 150);
      await session.post(echo("now"));
      assertText(await polling, textPayload(echo("now")));
    },
  },
];

const bytesCases: readonly ConformanceCase[] = [
  {
    name: "a poll without b64 is answered with exact bytes when binary data waits",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      assertEquals((await session.post(HEADER, BASE64)).text, "ok");
      const header = new TextEncoder().encode(HEADER);
      assertEquals(header.length, 42);
      assertBytes(
        await session.poll(),
        Uint8Array.from([0, 4, 2, 255, ...header, 1, 5, 255, 4, 1, 2, 3, 4]),
      );
    },
  },
  {
    name: "text in a payload of bytes is UTF-8, and its length counts bytes, both ways",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const header = `451-${JSON.stringify(["echo", TEXT, { _placeholder: true, num: 0 }])}`;
      assertEquals((await session.postBytes(header, BYTES)).text, "ok");
      assertBytes(await session.poll(), binaryPayload(header, BYTES));
    },
  },
  {
    name: "text alone may come as a payload of bytes, several packets of it",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      assertEquals((await session.postBytes(echo(1), echo(2), "6")).text, "ok");
      assertText(await session.poll(), textPayload(echo(1), echo(2)));
    },
  },
  {
    name: "a payload of bytes in chunks without a length, cut anywhere, is one payload",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      using tcp = await RawTcp.open(server.port);
      await tcp.request("POST", target(server, session), {
        headers: ["Transfer-Encoding: chunked", "Content-Type: application/octet-stream"],
      });
      const body = binaryPayload(HEADER, BYTES);
      for (const part of [body.subarray(0, 2), body.subarray(2, 50), body.subarray(50)]) {
        await tcp.write(`${part.length.toString(16)}\r\n`);
        await tcp.write(part);
        await tcp.write("\r\n");
      }
      await tcp.write("0\r\n\r\n");
      assertEquals((await tcp.response()).body, "ok");
      assertEquals(await session.collect(2), [HEADER, BYTES]);
    },
  },
  {
    name: "an empty attachment is a packet of one byte, and of two characters in base64",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      await session.postBytes(HEADER, Uint8Array.of(4));
      assertEquals(await session.collect(2), [HEADER, Uint8Array.of(4)]);
      await session.post(HEADER, "b4");
      assertEquals(await session.collect(2), [HEADER, Uint8Array.of(4)]);
    },
  },
  {
    name: "every byte goes through, in an attachment of 100,000 of them",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i === 0 ? 4 : i % 256);
      await session.postBytes(HEADER, bytes);
      assertEquals((await session.poll()).bytes, binaryPayload(HEADER, bytes));
    },
  },
  {
    name: "a payload of bytes without packets says nothing",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      assertEquals((await session.postBytes()).text, "ok");
      await session.post(echo("still here"));
      assertEquals(await session.collect(1), [echo("still here")]);
    },
  },
  {
    name: "a payload of bytes is known by its content type in any spelling, with parameters",
    server: "older",
    needs: "octet-stream-in-any-spelling",
    async run(server): Promise<void> {
      for (
        const type of [
          "Application/Octet-Stream",
          "APPLICATION/OCTET-STREAM; charset=binary",
          "application/octet-stream ;x=y",
        ]
      ) {
        const session = await olderPolling(server);
        const body = binaryPayload(HEADER, BYTES);
        assertEquals((await session.postBody(body, { "Content-Type": type })).text, "ok", type);
        assertEquals(await session.collect(2), [HEADER, BYTES]);
      }
    },
  },
];

const base64Cases: readonly ConformanceCase[] = [
  {
    name: "with b64=1 binary data is base64 in text, both ways",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server, { b64: "1" });
      assertEquals((await session.post(HEADER, BASE64)).text, "ok");
      assertText(await session.poll(), textPayload(HEADER, BASE64));
    },
  },
  {
    name: "base64 that begins with a digit is data to its first character",
    server: "older",
    async run(server): Promise<void> {
      for (const b64 of ["", "1"]) {
        const session = await olderPolling(server, { b64 });
        await session.post(HEADER, "b44AAA");
        const expected = b64 === "" ? Uint8Array.of(4, 0xe0, 0, 0) : "b44AAA";
        assertEquals(await session.collect(2), [HEADER, expected]);
      }
    },
  },
  {
    name: "with b64=1 bytes may still come in",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server, { b64: "1" });
      assertEquals((await session.postBytes(HEADER, BYTES)).text, "ok");
      assertText(await session.poll(), textPayload(HEADER, BASE64));
    },
  },
  {
    name: "b64=0 asks for no base64",
    server: "older",
    needs: "b64-by-its-value",
    async run(server): Promise<void> {
      for (const b64 of ["0", "false", ""]) {
        const session = await olderPolling(server, { b64 });
        await session.post(HEADER, BASE64);
        assertBytes(await session.poll(), binaryPayload(HEADER, BYTES));
      }
    },
  },
  {
    name: "with b64=1 events go out in ASCII, which clients that decode UTF-8 twice read right",
    server: "older",
    needs: "text-of-older-clients",
    async run(server): Promise<void> {
      const session = await olderPolling(server, { b64: "1" });
      await session.post(echo(TEXT), `421["echo","é"]`);
      const escaped = '42["echo","a\\u00e9\\u20ac\\ud83d\\ude00\\u2028"]';
      assertText(await session.poll(), textPayload(escaped, '431["\\u00e9"]'));
    },
  },
  {
    name: "with b64=1 text that its client has encoded as UTF-8 twice comes in right",
    server: "older",
    needs: "text-of-older-clients",
    async run(server): Promise<void> {
      const session = await olderPolling(server, { b64: "1" });
      const once = new TextEncoder().encode(`421["inspect",${JSON.stringify("é😀")}]`);
      const twice = Array.from(once, (byte) => String.fromCharCode(byte)).join("");
      await session.post(twice);
      const [answer] = await session.collect(1);
      assertEquals(answer, '431[{"units":[233,128512]}]');
    },
  },
  {
    name: "with b64=1 text that its client has encoded once comes in right",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server, { b64: "1" });
      await session.post(`421["inspect",${JSON.stringify(TEXT)}]`);
      const [answer] = await session.collect(1);
      assertEquals(answer, '431[{"units":[97,233,8364,128512,8232]}]');
    },
  },
];

const fullCases: readonly ConformanceCase[] = [
  {
    name: "what does not fit into one answer of maxPayload waits for the next poll, in order",
    server: "olderSmall",
    needs: "bounded-answers",
    async run(server): Promise<void> {
      for (const b64 of ["", "1"]) {
        const session = await olderPolling(server, { b64 });
        const packets = [1, 2, 3, 4].map((i) => echo(i, "x".repeat(3_000)));
        for (const packet of packets) await session.post(packet);
        const first = await session.packets();
        assert(first.length < 4, "Expected more than one answer");
        assertEquals([...first, ...await session.collect(4 - first.length)], packets);
      }
    },
  },
];

export const engineV3PollingCases: readonly ConformanceCase[] = [
  ...textCases,
  ...bytesCases,
  ...base64Cases,
  ...fullCases,
];
