/** Differences that leave the rest of a scenario as it is: what they change in a log can be undone. */
import type { Difference } from "./difference.ts";
import { askAll, clientEmit, connect, emit, example, frame, packet } from "./examples.ts";
import { editLines, editSteps, editStreams, editText, moveToEnd } from "./log_edits.ts";
import {
  byNamespace,
  hasBatch,
  isWrite,
  messagesFirst,
  sumUpWrites,
  withoutLastWords,
  withoutLateAnswers,
  withoutLateWords,
  withoutMissingAnswers,
} from "./log_order.ts";
import type { Action } from "./scenario.ts";

/** All of them. */
export const ALIKE: readonly (Difference & Required<Pick<Difference, "alike">>)[] = [
  {
    name: "one write a turn",
    reference: "hands each packet to the transport as it is emitted",
    ours: "hands over at the end of the turn all that it has brought",
    why: "fewer writes, frames and HTTP answers; what is sent and in which order stays",
    example: example({ steps: [connect(), [emit("x0"), emit("x1")]] }),
    alike: (log) => moveToEnd(log, isWrite, sumUpWrites),
  },
  {
    name: "what a client does first when it was disconnected",
    reference: "answers the POST that has brought an event before its listeners run",
    ours: "answers it after, so that the client may hear of the end while it is still sending",
    why: "the client says the same of each socket; only its engine closes earlier or later",
    example: example({
      mode: "polling",
      namespaces: { "/": { on: { e0: [{ do: "disconnect", close: true }] } } },
      steps: [connect(), clientEmit("e0")],
    }),
    alike: (log) => {
      const late = moveToEnd(
        log,
        ({ kind }) => /^(?:engine|manager)\.close$/.test(kind),
        (lines) => {
          return [...lines].sort((a, b) => a.kind < b.kind ? -1 : 1);
        },
      );
      return editSteps(late, ({ text }) => text.includes('"close":true'), (step) => {
        return editText(step, /^(?:engine|manager)\.close$/, () => "");
      });
    },
  },
  {
    name: "connection is told before the headers of the first answer",
    reference:
      "has answered the first request of long-polling when io.engine tells of a connection",
    ours: "answers after the listeners of connection have run",
    why: "what they set or send can be part of that answer",
    example: example({ mode: "polling", steps: [connect()] }),
    alike: (log) => moveToEnd(log, ({ kind }) => kind === "engine.initial_headers"),
  },
  {
    name: "handlers run at once",
    reference: "reads all packets of a batch before it calls the first listener",
    ours: "handles each packet as it is read",
    why: "a listener sees the state that its packet has found, and no turn is lost",
    example: example({
      namespaces: { "/": { onAny: 1, on: { e0: [], e1: [] } } },
      steps: [connect(), [clientEmit("e0"), clientEmit("e1")]],
    }),
    alike: (log) => editStreams(log, (lines) => hasBatch(lines) ? byNamespace(lines) : lines),
  },
  {
    name: "conn hears of a message before it is handled",
    reference: "tells data and message after it has refused or closed what the message asks for",
    ours: "tells them first, whatever the message is",
    why: "one order, whatever the message is",
    example: example({ steps: [connect(), connect(0, "/nowhere")] }),
    alike: (log) => editStreams(log, messagesFirst),
  },
  {
    name: "bytes are copied when they are emitted",
    reference: "keeps the very object until it is sent, so that a change of it is sent too",
    ours: "copies it, which conn shows at packetCreate",
    why: "what is sent is what was emitted",
    example: example({
      steps: [connect(), {
        on: "socket",
        client: 0,
        nsp: "/",
        do: "emit",
        event: "x0",
        args: [{ $bytes: [1] }],
      }],
    }),
    alike: (log) => {
      return editText(log, /^conn\.packetCreate$/, (text) => {
        return text.replace(/^message (?:Uint8Array|Buffer)</, "message bytes<");
      });
    },
  },
  {
    name: "errors have classes of their own",
    reference: "throws and hands out plain errors",
    ours: "throws and hands out classes that extend Error, with the same text",
    why: "a program can tell them apart without reading texts",
    example: example({
      steps: [connect(), { ...emit("x3"), ack: "callback", timeout: 20 } as Action],
    }),
    alike: (log) => {
      return editLines(log, (line) => {
        if (/^client\d$/.test(line.stream)) return line;
        return { ...line, text: line.text.replaceAll(/\b(?:AckTimeout|State)Error\(/g, "Error(") };
      });
    },
  },
  {
    name: "answers that are awaited when their socket ends",
    reference: "lets their time run out, or waits for ever",
    ours: "ends the wait at once with the error that clients have for it",
    why: "no answer can come, and who waits need not hold anything for it",
    example: example({
      steps: [
        connect(),
        { ...emit("x3"), ack: "callback", timeout: 60_000 } as Action,
        { on: "client", client: 0, do: "disconnect", nsp: "/" },
      ],
    }),
    alike: withoutLateAnswers,
  },
  {
    name: "answers to a broadcast when nobody is left to give them",
    reference: "lets their time run out",
    ours: "ends the wait at once with the same error, and the answers that have come",
    why: "nothing else can come",
    example: example({
      steps: [
        connect(),
        askAll("", { timeout: 60_000 }),
        { on: "client", client: 0, do: "disconnect", nsp: "/" },
      ],
    }),
    alike: withoutMissingAnswers,
  },
  {
    name: "what is malformed is described",
    reference: "says that a packet is unknown, or nothing at all",
    ours: "says what was read and what was wanted",
    why: "the fault can be found",
    example: example({ steps: [connect(), packet("abc")] }),
    alike: (log) => {
      return editText(log, /^socket\.error$/, (text) => {
        return text.includes("(refused)") ? text : text.replace(/\w*Error\(.*$/, "malformed");
      });
    },
  },
  {
    name: "the end by a malformed packet of the engine is described",
    reference: "shows conn a packet of type error, and gives no description with the end",
    ours: "gives the error with the end",
    why: "the error says more than the packet did",
    example: example({ steps: [connect(), frame("9")] }),
    alike: (log) => {
      const plain = editText(log, /\.(?:disconnecting|disconnect|close)$/, (text) => {
        return text.replace(/^((?:\/\S* )?parse error) (?:undefined|Error)/, "$1");
      });
      return editLines(plain, (line) => {
        return line.kind === "conn.packet" && line.text.startsWith("error") ? undefined : line;
      });
    },
  },
  {
    name: "a payload that is none is refused",
    reference: "answers a POST with 200 although it has ended the session for what it holds",
    ours: "answers it with 400",
    why: "the sender learns that it was at fault",
    example: example({ mode: "polling", steps: [connect(), frame("9")] }),
    alike: (log) => {
      return editText(log, /^frame\.answer$/, (text) => text.replace(/^(?:200 ok|400 )$/, "ended"));
    },
  },
  {
    name: "a forced close is immediate",
    reference:
      "closes within the call when at most one packet has to leave, else after it has left",
    ours: "hands over what waits and closes, within the call",
    why: "one order of events, whatever was emitted before",
    example: example({
      namespaces: { "/a": {} },
      steps: [connect(), connect(0, "/a"), {
        on: "socket",
        client: 0,
        nsp: "/",
        do: "disconnect",
        close: true,
      }],
    }),
    alike: (log) => {
      return moveToEnd(log, ({ kind, text }) => {
        return kind === "conn.close" && text.startsWith("forced close");
      });
    },
  },
  {
    name: "last words of a server that closes",
    reference: "sends the first packet of what disconnecting and disconnect emit",
    ours: "sends all that disconnecting emits",
    why: "nothing of an event may be lost because it has more than one part",
    example: example({
      namespaces: {
        "/": { onDisconnecting: [{ do: "send", args: ["bye"] }, { do: "send", args: ["bye"] }] },
      },
      steps: [connect(), { on: "server", do: "close" }],
    }),
    alike: (log) => log.map(withoutLastWords),
  },
  {
    name: "a socket that has ended says nothing",
    reference: "sends what is emitted to a client that was told of the end, and ignores it",
    ours: "sends nothing",
    why: "the end is the last that a client hears",
    example: example({
      namespaces: {
        "/": { on: { e0: [{ do: "disconnect", close: false }, { do: "send", args: ["late"] }] } },
      },
      steps: [connect(), clientEmit("e0")],
    }),
    alike: (log) => editStreams(log, withoutLateWords),
  },
];
