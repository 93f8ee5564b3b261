/**
 * What comes to a server beside sessions that live: peers that begin something and do not end it, and
 * requests that make no sense.
 *
 * Invariants
 * - None awaits more than the deadlines of the server; when it is over, no connection is left.
 */
import { delay } from "@std/async";
import { atMost } from "../support/waiting.ts";
import { Wire } from "../support/wire.ts";
import { type Revision, targetOf } from "../support/line.ts";
import type { Random, Weights } from "./random.ts";

/** Kinds of such peers. */
export type Attack = keyof typeof attacks;

/** Of a hundred attacks, how many are which. */
export const ATTACKS: Weights<Attack> = {
  "half a head": 14,
  "half a body": 14,
  "trickled body": 4,
  "abandoned handshake": 24,
  "silent WebSocket": 10,
  "abandoned poll": 12,
  "two polls": 4,
  "too large": 6,
  nonsense: 12,
};

/** Longest wait for what a deadline of the server has to end, in milliseconds. */
const GIVE_UP_MS = 5_000;

/** What is being attacked. */
interface Attacker {
  readonly port: number;
  readonly wire: Wire;
  readonly random: Random;
  readonly revision: Revision;
}

const attacks = {
  async "half a head"({ wire, random, revision }: Attacker): Promise<void> {
    const head = `GET ${targetOf(revision, "polling")} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: `;
    wire.write(head.slice(0, 1 + random.below(head.length)));
    await delay(random.below(200));
  },

  async "half a body"(attacker: Attacker): Promise<void> {
    const { wire, random } = attacker;
    await begin(attacker, 1 + random.below(2_000));
    wire.write("4".repeat(random.below(2)));
    if (random.chance(0.3)) await answered(wire);
    else await delay(random.below(100));
  },

  async "trickled body"(attacker: Attacker): Promise<void> {
    const { wire } = attacker;
    await begin(attacker, 10_000);
    const timer = setInterval(() => wire.write("4"), 100);
    await answered(wire);
    clearInterval(timer);
  },

  async "abandoned handshake"({ wire, random, revision }: Attacker): Promise<void> {
    if (random.chance(0.5)) await wire.ask(targetOf(revision, "polling"));
    else if (random.chance(0.7)) await wire.upgrade(targetOf(revision, "websocket"));
    else wire.write(`GET ${targetOf(revision, "polling")} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  },

  /** Opens a session, and joins no namespace. */
  async "silent WebSocket"({ wire, random }: Attacker): Promise<void> {
    await wire.upgrade(targetOf(4, "websocket"));
    if (random.chance(0.3)) await atMost(GIVE_UP_MS, Promise.race([wire.ended, wire.closing]));
    else await delay(random.below(300));
  },

  /** A poll that nobody waits for any more. */
  async "abandoned poll"({ wire, random, revision }: Attacker): Promise<void> {
    const sid = sidOf(await wire.ask(targetOf(revision, "polling")));
    wire.write(`GET ${targetOf(revision, "polling", sid)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await delay(random.below(50));
  },

  async "two polls"({ port, wire, revision }: Attacker): Promise<void> {
    const sid = sidOf(await wire.ask(targetOf(revision, "polling")));
    const target = targetOf(revision, "polling", sid);
    if (revision === 3) await wire.ask(target); // what was sent unasked
    const other = await Wire.open(port);
    await atMost(GIVE_UP_MS, Promise.race([wire.ask(target), other.ask(target)]));
    other.reset();
  },

  async "too large"(attacker: Attacker): Promise<void> {
    await begin(attacker, 3_000_000);
    for (let part = 0; part < 20; part++) attacker.wire.write("x".repeat(64_000));
    await answered(attacker.wire);
  },

  async nonsense({ wire, random }: Attacker): Promise<void> {
    wire.write(random.pick(REQUESTS));
    await atMost(300, wire.answer());
  },
};

/** Requests that have no good answer. */
const REQUESTS: readonly string[] = [
  "EIO=4",
  "EIO=9&transport=polling",
  "EIO=4&transport=__proto__",
  "EIO=4&transport=polling&transport=websocket",
  "EIO=4&transport=polling&sid=constructor",
  "EIO=4&transport=websocket&sid=unknown",
  "EIO=4&transport=polling&sid=a&sid=b",
].flatMap((query) =>
  ["GET", "POST", "PUT", "OPTIONS"].map((method) =>
    `${method} /socket.io/?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n`
  )
).concat("\0\0\0\0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET http:// HTTP/1.1\r\nHost: a\r\n\r\n");

/** One attack from its connection to its end. */
export async function attack(port: number, random: Random, kind: Attack): Promise<void> {
  const wire = await Wire.open(port);
  try {
    await attacks[kind]({ port, wire, random, revision: random.chance(0.25) ? 3 : 4 });
  } finally {
    if (random.chance(0.5)) wire.reset();
    else wire.cut();
  }
}

/** Opens a session, and sends the head of a POST that promises so many bytes. */
async function begin({ wire, revision }: Attacker, bytes: number): Promise<void> {
  const sid = sidOf(await wire.ask(targetOf(revision, "polling")));
  const target = targetOf(revision, "polling", sid);
  wire.write(`POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${bytes}\r\n\r\n`);
}

async function answered(wire: Wire): Promise<void> {
  await atMost(GIVE_UP_MS, wire.answer());
}

function sidOf(answer: { readonly body: string } | undefined): string {
  const sid = /"sid":"([^"]+)"/.exec(answer?.body ?? "")?.[1];
  if (sid === undefined) throw new Error(`A handshake was answered with ${answer?.body}`);
  return sid;
}
