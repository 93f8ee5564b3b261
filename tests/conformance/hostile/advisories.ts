/** Published advisories of servers of this kind: every one of which we know. */
import {
  CASES,
  edges,
  frames,
  type HostileRow,
  http,
  messages,
  older,
  packets,
  peers,
  played,
  requests,
} from "./row.ts";

/** Published advisories, oldest first by package. */
export const ADVISORIES: readonly HostileRow[] = [
  {
    id: "CVE-2017-16031",
    input: "ids of sessions that can be guessed",
    answer: "128 random bits; the id of a session tells nothing of those of its sockets",
    tests: [
      requests(
        "ids are 128 random bits; those of sessions tell nothing of those of sockets (CVE-2017-16031)",
      ),
      played(
        "tests/base/ids_test.ts",
        "randomIds gives a million different ids of 22 URL-safe characters",
        "randomIds uses every one of the 128 bits",
      ),
    ],
  },
  {
    id: "CVE-2020-28481",
    input: "pages of other sites",
    answer: "no answer allows an origin unless the `cors` option does",
    tests: [requests("without the cors option no answer allows an origin (CVE-2020-28481)")],
  },
  {
    id: "CVE-2024-38355",
    input: "events named `error`, `__proto__`, `constructor` that nobody listens to",
    answer: "ordinary events: passed over",
    tests: [
      packets(
        "events named 'error' or like a property of every object do no harm (CVE-2024-38355)",
      ),
      older(
        "events of revision 3 named 'error' or like a property of every object do no harm (CVE-2024-38355)",
      ),
      edges("events of any name come, are answered, and go to others as they were"),
    ],
  },
  {
    id: "CVE-2020-36048",
    input: "payloads of a megabyte of nothing, in both revisions; bodies over the limit",
    answer: "200 or 400 in linear time; 413 over the limit, with a length or in chunks",
    tests: [
      http("payloads of a megabyte of nothing are answered in linear time (CVE-2020-36048)"),
      older(
        "a megabyte of pings, each of three characters is answered in linear time in revision 3 (CVE-2020-36048)",
      ),
      older(
        "a megabyte of lengths far beyond the end is answered in linear time in revision 3 (CVE-2020-36048)",
      ),
      requests(
        "a body that announces too much is refused with 413 before it comes (CVE-2020-36048)",
      ),
      played(
        `${CASES}/engine_polling.ts`,
        "a body in chunks without a length is cut off at the limit with 413",
      ),
    ],
  },
  {
    id: "CVE-2022-21676",
    input: "broken frames right behind the upgrade request",
    answer: "the connection ends",
    tests: [
      http(
        "a frame with a reserved bit ends the connection, also right behind the upgrade (CVE-2022-21676)",
        "a frame with an unknown opcode ends the connection, also right behind the upgrade (CVE-2022-21676)",
        "a frame with no mask ends the connection, also right behind the upgrade (CVE-2022-21676)",
        "a frame with bytes that are no UTF-8 ends the connection, also right behind the upgrade (CVE-2022-21676)",
      ),
    ],
  },
  {
    id: "CVE-2022-41940",
    input: "1,000 connections reset right after a refused upgrade",
    answer: "forgotten",
    tests: [
      requests("a thousand connections reset after a refused upgrade do no harm (CVE-2022-41940)"),
    ],
  },
  {
    id: "CVE-2023-31125",
    input: "transports and ids that are absent, repeated, or named like properties",
    answer: "400 with the code of the protocol; the last one of several counts",
    tests: [
      requests(
        "odd queries get the one answer that they have, as GET and as upgrade (CVE-2023-31125)",
      ),
      http("odd queries are answered, over every method"),
      older("odd queries of revision 3 are answered, over every method and as upgrades"),
    ],
  },
  {
    id: "CVE-2026-59725",
    input: "1,000 bodies of type `application/octet-stream`, in any spelling",
    answer: "400 each, and the end of their sessions",
    tests: [
      requests(
        "each of a thousand octet-stream bodies gets 400, and its session ends (CVE-2026-59725)",
      ),
      http("an octet-stream body is known in every spelling (CVE-2026-59725)"),
      older(
        "each of 200 octet-stream bodies on sessions of revision 4 gets its 400 (CVE-2026-59725)",
      ),
    ],
  },
  {
    id: "GHSA-gr94-w7qr-f4j3",
    input: "WebTransport sessions with an unknown id",
    answer: "–",
    tests: [],
    reason: "there is no WebTransport here",
  },
  {
    id: "CVE-2020-36049",
    input: "ids, counts, names and nesting of a megabyte",
    answer: "refused, or read in linear time",
    tests: [
      packets(
        "an ack id of 900,000 digits: answered or closed in linear time",
        "an attachment count of 900,000 digits: answered or closed in linear time",
        "a namespace of 900,000 characters: answered or closed in linear time",
        "400,000 arrays inside each other: answered or closed in linear time",
      ),
    ],
  },
  {
    id: "CVE-2022-2421",
    input: "placeholders whose number is a name, a fraction, negative, or beyond the attachments",
    answer: "the session ends with `forced close`; outside of binary packets they are data",
    tests: [
      messages(
        "a placeholder with a name closes the session",
        "a placeholder with a negative number closes the session",
        "a placeholder beyond the count closes the session",
        "a placeholder with a fraction closes the session",
        "a placeholder with null closes the session",
        "a placeholder with a huge number closes the session",
        "a placeholder with text closes the session",
        "a placeholder in an event without binaries, which is data arrives and is answered",
      ),
      packets("two placeholders for one binary do no harm"),
    ],
  },
  {
    id: "CVE-2023-32695",
    input: "events whose name is no string, and reserved names",
    answer: "the session ends with `forced close`",
    tests: [
      messages(
        "an event name that is an object closes the session",
        "an event name that is an array closes the session",
        "an event name null closes the session",
        "an empty payload closes the session",
        "a payload that is an object closes the session",
        "a payload that is text closes the session",
        "the reserved event connect closes the session",
        "the reserved event newListener closes the session",
      ),
    ],
  },
  {
    id: "CVE-2026-33151",
    input: "more attachments than anybody has, in number and in bytes",
    answer: "over `maxAttachments` or `maxAttachmentsBytes` the session ends",
    tests: [
      messages("a count over ten closes the session", "a count beyond reason closes the session"),
      packets("the bytes of all binaries of one packet have a limit"),
    ],
  },
  {
    id: "CVE-2026-69185",
    input: "binary packets that promise no attachment, or count in another way than digits",
    answer: "the session ends with `forced close`, nothing is kept",
    tests: [
      packets("binaries behind a header that promises none are not kept (CVE-2026-69185)"),
      messages(
        "a count of two zeros closes the session",
        "a count of minus zero closes the session",
        'the header 45 1-["echo"], whose count is no plain number, closes the session',
        'the header 451e0-["echo"], whose count is no plain number, closes the session',
        'the header 45+1-["echo"], whose count is no plain number, closes the session',
      ),
    ],
  },
  {
    id: "CVE-2026-48804",
    input: "half a binary packet before CONNECT, or kept past the end of its socket",
    answer: "refused; what was kept is gone with its socket",
    tests: [
      packets(
        "half a binary packet before CONNECT ends with connectTimeout (CVE-2026-48804)",
        "half a binary packet does not survive its socket (CVE-2026-48804)",
      ),
    ],
  },
  {
    id: "CVE-2026-48802",
    input: "100,000 pongs; 2,000 refused handshakes",
    answer: "one timer for all sessions, none for who is refused",
    tests: [
      frames("100,000 pongs over WebSocket set no timer each (CVE-2026-48802)"),
      requests("2,000 refused handshakes set no timer and open no session (CVE-2026-48802)"),
      older("refused handshakes of revision 3 leave no sessions behind (CVE-2026-48802)"),
    ],
  },
  {
    id: "CVE-2026-48809",
    input: "60 MB in chunks, 40 MB in one frame and in fragments, with a limit of 1 MB",
    answer: "413 and 1009; see below for when",
    tests: [
      requests("60 MB in chunks are answered with 413 at the limit, and not kept (CVE-2026-48809)"),
      frames(
        "a message of 40 MB is refused with 1009, in one frame and in fragments (CVE-2026-48809)",
        "a message in fragments is cut while it comes in, at maxPayload (CVE-2026-48809)",
      ),
    ],
  },
  {
    id: "CVE-2019-13611",
    input: "WebSockets opened by a page of another site, with the cookies of this one",
    answer: "400 where `cors` lists origins; else see `allowRequest`",
    tests: [
      requests(
        "a WebSocket of an origin that is not listed is refused, cookie or not (CVE-2019-13611)",
      ),
    ],
  },
  {
    id: "CVE-2025-61765",
    input: "messages of a broker that are more than data",
    answer: "–",
    tests: [],
    reason: "no adapter of ours reads from a broker yet",
  },
  {
    id: "CVE-2016-10518",
    input: "a number given to `ping()`, which sent memory of the process",
    answer: "no ping is written here, and frames hold what they were given",
    tests: [
      played(
        "tests/node/frame_writer_test.ts",
        "encodeFrames() reads a view, not the memory behind it",
      ),
    ],
  },
  {
    id: "CVE-2016-10542",
    input: "heads of frames that claim more than the limit, 2^31 bytes, 2^62 bytes",
    answer: "1009 by the head alone; see below",
    tests: [
      frames(
        "a frame that claims more than maxPayload is refused by its head alone (CVE-2016-10542)",
        "a frame that claims gigabytes ends its session by its head alone (CVE-2016-10542)",
        "a frame that never comes to its end goes with its session's heartbeat",
      ),
    ],
  },
  {
    id: "GHSA-5v72-xg48-5rpm",
    input: "extensions named `constructor` or `__proto__`, or 10,000 semicolons",
    answer: "no extension is agreed on",
    tests: [
      requests(
        "an upgrade with an extension named constructor becomes a session or is refused, in linear time",
        "an upgrade with an extension named __proto__ becomes a session or is refused, in linear time",
        "an upgrade with 10,000 semicolons for extensions becomes a session or is refused, in linear time",
      ),
    ],
  },
  {
    id: "CVE-2021-32640",
    input: "subprotocols of 32,000 spaces, and such that are not ASCII",
    answer: "a session, 400 or 431, in linear time",
    tests: [
      requests(
        "an upgrade with a protocol of 32,000 spaces becomes a session or is refused, in linear time",
        "an upgrade with a protocol that is not ASCII becomes a session or is refused, in linear time",
      ),
    ],
  },
  {
    id: "CVE-2024-37890",
    input: "upgrades with 2,000 headers, without `Upgrade`, or to something else",
    answer: "400 or 431, or a session where the runtime takes as many headers",
    tests: [
      requests(
        "an upgrade with 2,000 headers becomes a session or is refused, in linear time",
        "upgrades that are none get 400, whatever they ask for (CVE-2024-37890)",
      ),
      http("upgrade requests that are none are answered (CVE-2024-37890)"),
    ],
  },
  {
    id: "CVE-2026-45736",
    input: "a close reason that is no text, which sent memory of the process",
    answer: "–",
    tests: [],
    reason: "a reason is a text of 123 bytes at most, checked where `drain()` takes it",
  },
  {
    id: "CVE-2026-48779",
    input: "131,000 fragments of one byte or none, of a message that never ends",
    answer: "1008 where they are counted, else the end of the heartbeat; bytes alone are kept",
    tests: [
      frames(
        "131,000 fragments of one byte each go with the heartbeat of their session (CVE-2026-48779)",
        "131,000 fragments of no byte each go with the heartbeat of their session (CVE-2026-48779)",
        "a message of 300,000 fragments of one byte each is refused with 1008 (CVE-2026-48779)",
        "a compressed frame that nobody has agreed on ends its session (CVE-2026-48779)",
      ),
    ],
  },
  {
    id: "ws 8.23.0",
    input: "600,000 pings of a peer that reads nothing",
    answer: "bounded memory; see below",
    tests: [
      frames("pings of a peer that reads nothing cost a bounded amount of memory (ws 8.23.0)"),
    ],
  },
  {
    id: "CVE-2016-10536",
    input: "a client that does not check certificates",
    answer: "–",
    tests: [],
    reason: "it is about clients",
  },
  {
    id: "CVE-2021-31597, CVE-2020-28502",
    input: "code in answers, run by a client",
    answer: "–",
    tests: [],
    reason: "it is about clients",
  },
  {
    id: "CVE-2024-47764",
    input: "cookie attributes that end the line or the attribute",
    answer: "a TypeError when the server is made",
    tests: [
      played(
        "tests/engine/cookie_test.ts",
        "resolveCookie refuses text that would end the name, an attribute or the line",
        "resolveCookie refuses domains that are no host names",
      ),
    ],
  },
  {
    id: "CVE-2017-16137",
    input: "text that makes a logger work for ever, or write lines of its own",
    answer: "nothing is logged by default; arguments are cut and without control characters",
    tests: [
      played(
        "tests/base/log_test.ts",
        "DebugScopes takes no time for a pattern that makes others backtrack",
        "A debug line cuts what is long, keeps one line and shows an error's stack",
      ),
      edges(
        "events of any name come, are answered, and go to others as they were, with DEBUG on",
        "arrays inside each other, up to 400,000, harm nobody, come back or not, with DEBUG on",
      ),
    ],
  },
  {
    id: "CVE-2023-43669",
    input: "a megabyte of one header in small pieces; heads that never end",
    answer: "cut by its size by the runtime; in time see below",
    tests: [
      requests(
        "a megabyte of one header that comes in small pieces is cut by its size (CVE-2023-43669)",
      ),
      peers("a request whose head never ends has no session, no timer and nothing to wait for"),
    ],
  },
  {
    id: "CVE-2026-55517",
    input: "a fault of WebSockets in Deno before 2.7.5",
    answer: "–",
    tests: [],
    reason: "use Deno 2.8.1 or newer; we test with 2.9.6",
  },
];
