/** Lines of a stream in another order, or as fewer lines, where the order differs on purpose. */
import { editLines, groupBy, type Log } from "./log_edits.ts";
import type { Line, StepLog } from "./scenario.ts";

/** What is told when something is handed over to a transport. */
const WRITES: ReadonlySet<string> = new Set(["conn.flush", "conn.drain", "engine.headers"]);

/** Whether a line tells that something was handed over. */
export function isWrite({ kind }: Line): boolean {
  return WRITES.has(kind);
}

/** One line for all that was handed over in a step. */
export function sumUpWrites(lines: readonly Line[]): readonly Line[] {
  const kinds = new Set(lines.map(({ kind }) => kind));
  kinds.delete("engine.headers"); // one for each answer of long-polling
  const [first] = lines;
  if (first === undefined || kinds.size === 0) return [];
  return [{ ...first, kind: "conn.wrote", text: [...kinds].sort().join(" ") }];
}

/** With what conn tells of a message right after its packet. */
export function messagesFirst(lines: readonly Line[]): readonly Line[] {
  const result: Line[] = [];
  let place = 0;
  for (const line of lines) {
    const isTold = line.depth === 0 && /^conn\.(?:data|message)$/.test(line.kind);
    if (isTold) result.splice(place++, 0, line);
    else result.push(line);
    if (line.depth === 0 && line.kind === "conn.packet") place = result.length;
  }
  return result;
}

/** Whether several packets came in one step. */
export function hasBatch(lines: readonly Line[]): boolean {
  return lines.filter(({ kind, depth }) => kind === "conn.packet" && depth === 0).length > 1;
}

/** The lines of a stream by what they are about, blocks as one. */
export function byNamespace(lines: readonly Line[]): readonly Line[] {
  let subject = "";
  const groups = groupBy(lines, (line) => {
    if (line.depth === 0) subject = subjectOf(line, subject);
    return subject;
  });
  return [...groups.keys()].sort().flatMap((key) => groups.get(key) ?? []);
}

/** The namespace of a line where it has one, else its kind. */
function subjectOf({ kind, text }: Line, last: string): string {
  if (kind === "conn.packetCreate") {
    const isAttachment = /^message (?:\w+)</.test(text);
    return isAttachment ? last : /^message \d+-?(\/[^,]+),/.exec(text)?.[1] ?? "/";
  }
  const namespace = /^\/\S*/.exec(text)?.[0];
  if (/^(?:socket\.(?:any|use)|answer\.\w+)$/.test(kind)) return `${kind} ${namespace}`;
  return namespace ?? kind;
}

/** Without the packets of sockets that are not connected. */
export function withoutLateWords(lines: readonly Line[]): readonly Line[] {
  let depth = Infinity;
  return lines.filter(({ depth: own, kind, text }) => {
    if (own <= depth) {
      const speaks = /^call\.(?:emit|send|write|ack)$/.test(kind);
      depth = speaks && text.startsWith("not connected") ? own : Infinity;
    }
    return own <= depth || kind !== "conn.packetCreate";
  });
}

/**
 * Without what clients get of what disconnecting and disconnect emit while the server closes: what
 * was emitted stays, which of it arrives is left out.
 */
export function withoutLastWords(step: StepLog): StepLog {
  const words = lastWords(step["server"] ?? []);
  if (words.size === 0) return step;
  const edited = Object.entries(step).map(([name, lines]) => {
    return [name, lines.filter((line) => !isLastWord(line, name, words))] as const;
  });
  return Object.fromEntries(edited.filter(([, lines]) => lines.length > 0));
}

/** By the client that they are for: the namespaces and events of all that is said at its end. */
function lastWords(lines: readonly Line[]): ReadonlyMap<string, ReadonlySet<string>> {
  const words = new Map<string, Set<string>>();
  let [closing, ending] = [Infinity, Infinity];
  for (const { depth, kind, text, stream } of lines) {
    if (depth <= ending) ending = Infinity;
    if (depth <= closing) closing = kind === "server.close" ? depth : Infinity;
    if (depth > closing && /^socket\.disconnect(?:ing)?$/.test(kind)) {
      ending = Math.min(ending, depth);
    }
    const event = depth > ending && kind === "conn.packetCreate" ? eventOf(text) : undefined;
    if (event === undefined) continue;
    const known = words.get(stream) ?? new Set();
    words.set(stream, known.add(event));
  }
  return words;
}

/** The namespace and the name of the event in a packet; undefined for an attachment. */
function eventOf(packet: string): string | undefined {
  const [, nsp = "/", event] = /^message [25](?:\d*-)?(?:(\/[^,]+),)?\d*\["(\w+)"/.exec(packet) ??
    [];
  return event && `${nsp} ["${event}"`;
}

function isLastWord(
  { kind, text }: Line,
  name: string,
  words: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  if (kind === "conn.wrote") return words.has(name);
  if (kind !== "event") return false;
  return [...words.get(`${name} at the server`) ?? []].some((event) => text.startsWith(event));
}

/** Without what those are told who still wait for an answer when a socket of its client has ended. */
export function withoutLateAnswers(log: Log): Log {
  /** Clients at the server of which a socket has ended, or was not let in, in this step or before. */
  const ended = new Set<string>();
  return log.flatMap((step) => {
    for (const { kind, text, stream } of Object.values(step).flat()) {
      const isEnd = kind === "socket.disconnect" || kind === "conn.close" ||
        (kind === "conn.packetCreate" && text.startsWith("message 4"));
      if (isEnd) ended.add(clientOf(stream));
    }
    return editLines([step], (line) => {
      const isAnswer = line.kind.startsWith("answer.") && ended.has(clientOf(line.stream));
      return isAnswer && LATE_ANSWER.test(line.text) ? undefined : line;
    });
  });
}

/** Without what a broadcast is told that has not got all of its answers, once any socket has ended. */
export function withoutMissingAnswers(log: Log): Log {
  let hasEnded = false;
  return log.flatMap((step) => {
    hasEnded ||= Object.values(step).flat().some(({ kind }) => kind === "socket.disconnect");
    return editLines([step], (line) => {
      const isAnswer = line.kind.startsWith("answer.") && hasEnded;
      return isAnswer && MISSING_ANSWERS.test(line.text) ? undefined : line;
    });
  });
}

const MISSING_ANSWERS = /Error\(operation has timed out\)(?: \[|$)/;

const LATE_ANSWER = /Error\((?:operation has timed out|socket has been disconnected)/;

/** What is awaited has a stream of its own, which begins with that of its client. */
function clientOf(stream: string): string {
  return stream.split(",", 1)[0] ?? stream;
}
