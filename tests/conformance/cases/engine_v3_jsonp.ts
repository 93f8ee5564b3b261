/**
 * Cases: polling with scripts and forms in Engine.IO 3 (JSONP).
 *
 * - Where nothing else is said, requests are those of a page of the server's own host.
 *
 * Source: Engine.IO protocol, revision 3, section "JSONP"; engine.io-client 3.5 for the form.
 */
import { assertEquals } from "@std/assert";
import { engineUrl } from "../../support/raw_engine.ts";
import {
  askForBytes,
  formOf,
  type OlderAnswer,
  OlderPolling,
  readScript,
  textPayload,
} from "../../support/raw_engine_v3.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { type ConformanceCase, errorText } from "../conformance.ts";
import { echo, olderProbe } from "../../support/older_sessions.ts";

/** What browsers say in requests of pages of the same host. */
const OWN = { "Sec-Fetch-Site": "same-origin" };
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const HEADER = '451-["echo",{"_placeholder":true,"num":0}]';

/** A session that polls with scripts, and is in "/". */
async function scripted(server: ServerProcess, j = "0"): Promise<OlderPolling> {
  const session = await OlderPolling.start(server.url, { j, b64: "1" }, OWN);
  assertEquals(await session.collect(1, { headers: OWN }), ["40"]);
  return session;
}

/** Sends a payload as a form. */
function post(session: OlderPolling, payload: string): Promise<OlderAnswer> {
  return session.postBody(formOf(payload), { ...FORM, ...OWN });
}

/** The payload of the next poll. */
async function poll(session: OlderPolling, index = "0"): Promise<string> {
  return readScript((await session.poll({ headers: OWN })).text, index);
}

const scriptCases: readonly ConformanceCase[] = [
  {
    name: "with j the open packet comes as a call of ___eio with one string",
    server: "older",
    async run(server): Promise<void> {
      const { handshake, open } = await OlderPolling.start(server.url, { j: "7", b64: "1" }, OWN);
      const first = textPayload(`0${JSON.stringify(open)}`);
      const payload = readScript(handshake.text, "7");
      assertEquals(payload.slice(0, first.length), first);
      assertEquals(open.upgrades, ["websocket"]);
      assertEquals(handshake.headers.get("content-length"), String(handshake.bytes.length));
    },
  },
  {
    name: "answers to j are of type text/javascript",
    server: "older",
    needs: "scripts-as-scripts",
    async run(server): Promise<void> {
      const session = await scripted(server);
      const type = "text/javascript; charset=UTF-8";
      assertEquals(session.handshake.headers.get("content-type"), type);
      await post(session, textPayload(echo(1)));
      assertEquals((await session.poll({ headers: OWN })).headers.get("content-type"), type);
    },
  },
  {
    name: "nothing of j but its digits gets into the script",
    server: "older",
    async run(server): Promise<void> {
      for (
        const [j, index] of [
          ["12", "12"],
          ["1];alert(1)//2", "112"],
          ["</script><b>3", "3"],
          ["\u0661٣4", "4"],
          ["-5e1", "51"],
        ]
      ) {
        const session = await scripted(server, j);
        await post(session, textPayload("2"));
        assertEquals((await session.poll({ headers: OWN })).text, `___eio[${index}]("1:3");`);
      }
    },
  },
  {
    name: "a script is ASCII where old browsers end a string, quotes and tags stay in it",
    server: "older",
    async run(server): Promise<void> {
      const session = await scripted(server);
      const value = "\u2028\u2029\"'\\</script>\n";
      await post(session, textPayload(echo(value)));
      const { text } = await session.poll({ headers: OWN });
      assertEquals(/[\u2028\u2029\n]/.test(text), false);
      const [, packet = ""] = /^\d+:42(.*)$/s.exec(readScript(text, "0")) ?? [];
      assertEquals(JSON.parse(packet), ["echo", value]);
    },
  },
  {
    name: "what is not JSON is escaped too where old browsers end a string",
    server: "older",
    async run(server): Promise<void> {
      const session = await scripted(server);
      await post(session, textPayload("40/no\u2028\u2029,"));
      const { text } = await session.poll({ headers: OWN });
      assertEquals(/[\u2028\u2029]/.test(text), false);
      const [packet = ""] = /44.*$/s.exec(readScript(text, "0")) ?? [];
      assertEquals(decodeURI(packet).startsWith("44/no\u2028\u2029,"), true, packet);
    },
  },
  {
    name: "binary data is base64 in scripts and forms",
    server: "older",
    async run(server): Promise<void> {
      const session = await scripted(server);
      const payload = textPayload(HEADER, "b4AQIDBA==");
      assertEquals((await post(session, payload)).text, "ok");
      assertEquals(await poll(session), payload);
    },
  },
  {
    name: "scripts are text without b64 too",
    server: "older",
    needs: "scripts-as-scripts",
    async run(server): Promise<void> {
      const session = await OlderPolling.start(server.url, { j: "0" }, OWN);
      await session.collect(1, { headers: OWN });
      const payload = textPayload(HEADER, "b4AQIDBA==");
      await post(session, payload);
      assertEquals(await poll(session), payload);
    },
  },
];

/** Texts that a form may spoil. */
const SPOILT: Readonly<Record<string, string>> = {
  "plus, percent and ampersand": "1+1=2 & 100%25 d=x;y",
  "text that is not ASCII": "aé€😀",
  "a new line and a tab": "\n\r\n\t",
  "a backslash before n": "\\n",
  "two and three backslashes before n": "\\\\n \\\\\\n",
  "backslashes alone": "\\ \\\\",
};

const formCases: readonly ConformanceCase[] = [
  {
    name: "a payload posted as a form is answered with ok of type text/html",
    server: "older",
    async run(server): Promise<void> {
      const session = await scripted(server);
      const answer = await post(session, textPayload(echo("x"), echo("y")));
      assertEquals([answer.status, answer.text], [200, "ok"]);
      assertEquals(answer.headers.get("content-type"), "text/html");
      assertEquals(await poll(session), textPayload(echo("x"), echo("y")));
    },
  },
  ...Object.entries(SPOILT).map(([name, value]): ConformanceCase => ({
    name: `${name} in a form arrive as they were`,
    server: "older",
    async run(server): Promise<void> {
      const session = await scripted(server);
      const units = Array.from(value, (character) => character.codePointAt(0));
      assertEquals(
        (await post(session, textPayload(`421${JSON.stringify(["inspect", value])}`))).text,
        "ok",
      );
      assertEquals(await poll(session), textPayload(`431${JSON.stringify([{ units }])}`));
    },
  })),
  {
    name: "a new line between the values of a packet comes through a form",
    server: "older",
    async run(server): Promise<void> {
      const session = await scripted(server);
      assertEquals((await post(session, textPayload('42["echo",\n1,\n"\\\\n"]'))).text, "ok");
      assertEquals(await poll(session), textPayload(echo(1, "\\n")));
    },
  },
  {
    name: "a malformed payload in a form ends the session",
    server: "older",
    async run(server): Promise<void> {
      const session = await scripted(server);
      await post(session, "3:2");
      const { status, text } = await session.poll({ headers: OWN });
      assertEquals([status, text], [400, errorText(1)]);
    },
  },
  {
    name: "a form without a payload is a malformed one",
    server: "older",
    needs: "strict-revision-3",
    async run(server): Promise<void> {
      for (const body of ["", "d", "e=1:2", "1:2"]) {
        const session = await scripted(server);
        assertEquals((await session.postBody(body, { ...FORM, ...OWN })).status, 400, body);
        const { status, text } = await session.poll({ headers: OWN });
        assertEquals([status, text], [400, errorText(1)]);
      }
    },
  },
  {
    name: "a session that polls with scripts goes over to WebSocket",
    server: "older",
    async run(server): Promise<void> {
      const session = await scripted(server);
      await using socket = await olderProbe(session);
      socket.send("5");
      socket.send(echo("over there"));
      assertEquals(await socket.frame(), echo("over there"));
    },
  },
];

/** What pages of other sites, and requests of which nothing is known, say of themselves. */
const FOREIGN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "that says nothing of itself": {},
  "of another origin": { Origin: "http://other.example" },
  "of another origin by its referer": { Referer: "http://other.example/page?x=y" },
  "of another port": { Referer: "http://127.0.0.1:1/" },
  "of no origin": { Origin: "null" },
  "that is cross-site": { "Sec-Fetch-Site": "cross-site", Referer: "http://other.example/" },
  "that is of the same site only": { "Sec-Fetch-Site": "same-site" },
  "with a referer that is no address": { Referer: "other" },
};

/** Holds if scripts and forms of such a page are refused, and do the session of another no harm. */
async function assertForeign(
  server: ServerProcess,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const query = { EIO: "3", transport: "polling", j: "0", b64: "1" };
  const session = await scripted(server);
  for (
    const answer of [
      await askForBytes(engineUrl(server.url, query), { headers }),
      await session.poll({ headers }),
      await session.postBody(formOf(textPayload(echo("evil"))), { ...FORM, ...headers }),
    ]
  ) {
    assertEquals([answer.status, answer.text], [403, errorText(4)]);
  }
  assertEquals((await post(session, textPayload(echo("own")))).text, "ok");
  assertEquals(await poll(session), textPayload(echo("own")));
}

const foreignCases: readonly ConformanceCase[] = [
  ...Object.entries(FOREIGN).map(([name, headers]): ConformanceCase => ({
    name: `a script or form of a page ${name} is refused with 403 and code 4`,
    server: "older",
    needs: "jsonp-of-known-pages",
    run: (server) => assertForeign(server, headers),
  })),
  {
    name: "a script of a page of the same host is answered, by whatever that is known",
    server: "older",
    async run(server): Promise<void> {
      const query = { EIO: "3", transport: "polling", j: "0", b64: "1" };
      for (
        const headers of [
          OWN,
          { Origin: server.url },
          { Referer: `${server.url}/page` },
          { "Sec-Fetch-Site": "same-origin", Referer: "http://behind.example/" },
        ]
      ) {
        const { status } = await askForBytes(engineUrl(server.url, query), { headers });
        assertEquals(status, 200, JSON.stringify(headers));
      }
    },
  },
  {
    name: "scripts and forms of an origin that cors allows are answered, others are not",
    server: "olderShared",
    needs: "jsonp-of-known-pages",
    async run(server): Promise<void> {
      const headers = { Referer: "http://friend.example/page" };
      const session = await OlderPolling.start(server.url, { j: "0", b64: "1" }, headers);
      await session.collect(1, { headers });
      const body = formOf(textPayload(echo("x")));
      const sent = await session.postBody(body, { ...FORM, Origin: "http://friend.example" });
      assertEquals(sent.text, "ok");
      assertEquals(await session.collect(1, { headers }), [echo("x")]);
      for (const foreign of [{}, { Referer: "http://friend.example.evil/" }]) {
        await assertForeign(server, foreign);
      }
    },
  },
];

export const engineV3JsonpCases: readonly ConformanceCase[] = [
  ...scriptCases,
  ...formCases,
  ...foreignCases,
];
