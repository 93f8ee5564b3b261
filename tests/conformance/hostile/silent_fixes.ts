/** Faults of servers of this kind that were mended in silence: every one of which we know. */
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

/** Faults that were mended without an advisory. */
export const SILENT_FIXES: readonly HostileRow[] = [
  {
    id: "engineioxide 0.17.4",
    input: "malformed payloads of revision 3 that a decoder never comes out of",
    answer: "400 in linear time",
    tests: [
      older(
        "a megabyte of packets of length 0 is answered in linear time in revision 3 (CVE-2020-36048)",
        "a megabyte of colons alone is answered in linear time in revision 3 (CVE-2020-36048)",
      ),
    ],
  },
  {
    id: "engineioxide #731",
    input: "upgrades that begin and never end",
    answer: "closed after `upgradeTimeout`; polling goes on, or ends with its heartbeat",
    tests: [
      peers(
        "an upgrade that stops after 0 probes is ended, and polling goes on",
        "an upgrade that stops after 1 probes is ended, and polling goes on",
        "upgrades that are opened and left, of sessions that are left too, all end",
      ),
      older("upgrades that begin and never end leave nothing behind"),
    ],
  },
  {
    id: "engineioxide 0.17.4",
    input: "base64 that begins like a packet; `b64=0`; binaries and text in one answer",
    answer: "as the protocol has it",
    tests: [
      played(
        `${CASES}/engine_v3_polling.ts`,
        "base64 that begins with a digit is data to its first character",
        "b64=0 asks for no base64",
        "what does not fit into one answer of maxPayload waits for the next poll, in order",
      ),
    ],
  },
  {
    id: "engineioxide 0.17.1",
    input: "more than one poll during an upgrade",
    answer: "each is answered",
    tests: [
      played(
        `${CASES}/engine_websocket.ts`,
        "polls during an upgrade are answered at once, with a noop if there is nothing else",
      ),
    ],
  },
  {
    id: "engine.io 6.6.7 (WebTransport)",
    input: "WebTransport that passes middlewares by, or fails half-way",
    answer: "–",
    tests: [],
    reason: "there is no WebTransport here",
  },
  {
    id: "engine.io 6.6.7 (revisions)",
    input: "requests of the other revision on an open session",
    answer: "400, code 3; the session goes on",
    tests: [
      requests(
        "a session keeps its revision: requests of the other one are refused (engine.io 6.6.7)",
      ),
    ],
  },
  {
    id: "engine.io 6.6.11 (queries)",
    input: "query keys, headers, cookies and auth named like properties of every object",
    answer: "data of objects that inherit nothing",
    tests: [
      edges("auth, query and headers keep names of properties as data"),
      packets("objects with __proto__ stay data"),
    ],
  },
  {
    id: "engine.io 6.6.11 (bodies)",
    input: "a body that goes on after its 413",
    answer: "thrown away as it comes",
    tests: [
      requests(
        "60 MB in chunks are answered with 413 at the limit, and not kept (CVE-2026-48809)",
        "a body for a session that nobody has is refused before it comes, and not kept",
      ),
    ],
  },
  {
    id: "socket.io 4.8.4 (namespaces)",
    input: "`0/admin?__proto__=x` of clients of revision 3",
    answer: "data of an object that inherits nothing",
    tests: [
      older(
        "queries of namespaces that name properties of every object stay data (socket.io 4.8.4)",
      ),
    ],
  },
  {
    id: "socket.io 4.8.4 (files)",
    input: "paths that climb out of the folder of the client's files",
    answer: "400 or 404: no file is served here",
    tests: [
      requests("paths that climb out of the path of the server give no file (socket.io 4.8.4)"),
    ],
  },
  {
    id: "netty-socketio 2.0.8",
    input: "attachments without end",
    answer: "over `maxAttachmentsBytes` the session ends",
    tests: [packets("the bytes of all binaries of one packet have a limit")],
  },
  {
    id: "netty-socketio 2.0.11",
    input: "WebSocket handshakes that fail",
    answer: "400 or 426, and nothing is left",
    tests: [
      http(
        "a WebSocket handshake with a key of 3 bytes is refused",
        "a WebSocket handshake with an old version is refused",
      ),
    ],
  },
  {
    id: "netty-socketio 2.0.1",
    input: "frames over the limit",
    answer: "1009, and nothing is left",
    tests: [
      frames(
        "a message of 40 MB is refused with 1009, in one frame and in fragments (CVE-2026-48809)",
      ),
    ],
  },
  {
    id: "python-socketio 5.11.4",
    input: "an event without a name",
    answer: "the session ends with `forced close`",
    tests: [messages("an empty payload closes the session")],
  },
  {
    id: "python-engineio 4.13.3",
    input: "a peer to which nothing can be written any more",
    answer: "let go with `transport error`, at the latest with its heartbeat",
    tests: [
      peers(
        "a WebSocket peer that reads nothing, while much is sent to it, ends with its heartbeat",
        "a peer that sends for ever and reads nothing is served no more than it can take",
      ),
    ],
  },
  {
    id: "Bandit CVE-2026-42786",
    input: "continuation frames without end",
    answer: "no more memory than their bytes, which are bounded; see below",
    tests: [
      frames(
        "300,000 fragments of one byte each cost no more memory than their bytes (CVE-2026-42786)",
        "300,000 fragments of no byte each cost no more memory than their bytes (CVE-2026-42786)",
      ),
    ],
  },
  {
    id: "Granian",
    input: "a subprotocol that is not ASCII",
    answer: "a session or 400",
    tests: [
      requests(
        "an upgrade with a protocol that is not ASCII becomes a session or is refused, in linear time",
      ),
    ],
  },
  {
    id: "Mesop",
    input: "a task for each of many messages",
    answer: "messages are handled as they come, none has a task or a timer",
    tests: [
      edges("a payload of the most packets that fit is taken in linear time"),
      packets("a thousand joins and leaves of one connection do no harm"),
    ],
  },
];
