/**
 * What clients with a session do in their lives, and how these end.
 *
 * Invariants
 * - A life that is orderly demands to be served, and throws when it is not.
 * - When it is over, the client has no connection left.
 */
import { delay } from "@std/async";
import { atMost } from "../support/waiting.ts";
import { type Line, PollingLine, type Revision, WebSocketLine } from "../support/line.ts";
import { Peer } from "./peer.ts";
import type { Random, Weights } from "./random.ts";

/** Ways to reach the server. */
export type Way = "polling" | "upgrade" | "websocket";

/** Ends of sessions. */
export type End =
  | "abandoned upgrade"
  | "close"
  | "disconnect"
  | "end asked for"
  | "FIN"
  | "flooded"
  | "garbage"
  | "RST"
  | "silence"
  | "stall"
  | "stall, killed";

/** Of a hundred clients, how many come which way. */
export const WAYS: Weights<Way> = { polling: 35, upgrade: 25, websocket: 40 };

/** Of a hundred ends, how many are which. */
export const ENDS: Weights<End> = {
  close: 30,
  disconnect: 10,
  "end asked for": 7,
  FIN: 10,
  RST: 16,
  garbage: 10,
  "abandoned upgrade": 6,
  stall: 3,
  "stall, killed": 4,
  silence: 2,
  flooded: 1,
};

/** What a client does once; each waits until it is served, where it can be. */
const ACTS: Weights<keyof typeof acts> = {
  echo: 30,
  binary: 6,
  rooms: 15,
  asked: 12,
  thrower: 8,
  orders: 8,
  dynamic: 12,
  refused: 5,
};

/** Packets that make no sense. */
const PACKETS = ["", "9", "4", "42", '42{"a":1}', "45-", "451-[", "4x", '42["x', "\0", "7", "44{}"];

/** Frames that are none: reserved bits, an opcode that is not known, a length out of range, no mask. */
const FRAMES = [
  [0xff, 0x80, 0, 0, 0, 0],
  [0x83, 0x80, 0, 0, 0, 0],
  [0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0],
  [0x81, 0x02, 0x34, 0x32],
  [0x81, 0x81, 0, 0, 0, 0, 0xff],
];

/** A client in the middle of its life. */
interface Living {
  readonly peer: Peer;
  readonly random: Random;
  readonly revision: Revision;
}

const acts = {
  async echo({ peer, random, revision }: Living): Promise<void> {
    // Text of revision 3 that is not ASCII is a subject of its own: see tests/conformance.
    const text = (revision === 3 ? "u" : "ü").repeat(
      random.below(random.chance(0.05) ? 20_000 : 60),
    );
    const answer = await peer.ask("/", "echo", text);
    if (answer !== JSON.stringify([text])) throw new Error("An echo was not what was sent");
  },

  async binary({ peer, random }: Living): Promise<void> {
    peer.line.send('451-["echo",{"_placeholder":true,"num":0}]');
    peer.line.attach(1, 2, random.below(256));
    await peer.ask("/", "echo", 0);
  },

  async rooms({ peer, random }: Living): Promise<void> {
    const room = `square ${random.below(20)}`;
    await peer.ask("/", "join", room);
    peer.emit("/", "tell", room, "hello");
    if (random.chance(0.5)) peer.emit("/", "leave", room);
  },

  async asked({ peer, random }: Living): Promise<void> {
    peer.emit("/", "ask me", random.below(1_000));
    if (random.chance(0.3)) peer.emit("/", "ask room", `square ${random.below(20)}`, 1);
    await peer.ask("/", "echo", 1);
  },

  async thrower({ peer, random }: Living): Promise<void> {
    peer.emit("/", random.pick(["throw", "reject", "throw at end"]));
    await peer.ask("/", "echo", 2);
  },

  async orders({ peer }: Living): Promise<void> {
    await joinOnce(peer, "/orders");
  },

  async dynamic({ peer, random }: Living): Promise<void> {
    await joinOnce(peer, `/room-${random.below(50)}`);
  },

  /** A namespace that is not there, or that does not let it in. */
  async refused({ peer, random, revision }: Living): Promise<void> {
    if (random.chance(0.5) || revision === 3) peer.line.send("40/nowhere,");
    else peer.line.send('40/orders,{"refuse":true}');
    await peer.ask("/", "echo", 3);
  },
};

/** Joins a namespace, is served there, and leaves it: one can join only what one is not in. */
async function joinOnce(peer: Peer, namespace: string): Promise<void> {
  await peer.join(namespace);
  await peer.ask(namespace, "join", "square 1");
  peer.emit(namespace, "tell", "square 1", "hello");
  await peer.ask(namespace, "echo", [{ deep: ["er"] }]);
  peer.leave(namespace);
}

/** One client from its handshake to its end. */
export async function live(port: number, random: Random, way: Way, end: End): Promise<void> {
  const revision: Revision = random.chance(0.25) ? 3 : 4;
  const line: Line = way === "websocket"
    ? await WebSocketLine.open(port, revision)
    : await PollingLine.open(port, revision);
  const peer = new Peer(line, revision, random);
  try {
    // A client of revision 3 is pinged by nobody.
    if (revision === 3) peer.beat(700);
    await peer.join();
    const living = { peer, random, revision };
    const before = random.below(5);
    for (let count = 0; count < before; count++) await acts[random.weighted(ACTS)](living);
    if (way === "upgrade" && line instanceof PollingLine) peer.use(await line.upgrade());
    const after = random.below(4);
    for (let count = 0; count < after; count++) await acts[random.weighted(ACTS)](living);
    await ends[end](living);
  } finally {
    line.cut();
    peer.line.cut();
  }
}

const ends = {
  async close({ peer }: Living): Promise<void> {
    await peer.line.close();
  },

  async disconnect({ peer, random }: Living): Promise<void> {
    peer.leave();
    if (random.chance(0.5)) await peer.line.close();
  },

  async "end asked for"({ peer, random }: Living): Promise<void> {
    const whole = random.chance(0.5);
    peer.emit("/", "end", whole);
    if (whole) await peer.ended("asked the server to end it");
  },

  FIN({ peer }: Living): void {
    peer.line.cut();
  },

  /** Dies in the middle of something. */
  async RST({ peer, random }: Living): Promise<void> {
    for (let count = random.below(3); count > 0; count--) peer.emit("/", "echo", "x".repeat(2_000));
    if (random.chance(0.5)) peer.emit("/", "ask me", 1);
    // The second attachment will never come.
    if (random.chance(0.3)) {
      peer.line.send('452-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
      peer.line.attach(1, 2, 3);
    }
    if (random.chance(0.5)) await delay(random.below(20));
    peer.line.reset();
  },

  async garbage({ peer, random }: Living): Promise<void> {
    const { line } = peer;
    if (random.chance(0.3)) line.spoil(Uint8Array.of(...random.pick(FRAMES)));
    else line.send(random.pick(PACKETS));
    await atMost(500, line.ended);
  },

  async "abandoned upgrade"({ peer, random }: Living): Promise<void> {
    const { line } = peer;
    if (!(line instanceof PollingLine)) return line.reset();
    const wire = random.chance(0.5) ? await line.probe() : await line.openWebSocket();
    try {
      const next = random.pick(["wait", "reset", "say nonsense"] as const);
      if (next === "say nonsense") wire.send("2nonsense");
      // The server gives up, and the client is served as before.
      if (next === "wait") await Promise.race([wire.ended, wire.closing]);
      wire.reset();
      await peer.ask("/", "echo", 4);
    } finally {
      wire.cut();
    }
  },

  /** Is stuck while others talk, and goes on. */
  async stall({ peer }: Living): Promise<void> {
    await peer.ask("/", "join", "crowd");
    peer.line.stall();
    await delay(300);
    peer.line.resume();
    await peer.ask("/", "echo", 5);
    await peer.line.close();
  },

  async "stall, killed"({ peer, random }: Living): Promise<void> {
    await peer.ask("/", "join", "crowd");
    peer.line.stall();
    await delay(100 + random.below(400));
    peer.line.reset();
  },

  /** Shows no sign of life, but reads. */
  async silence({ peer }: Living): Promise<void> {
    peer.mute();
    await peer.ended("was silent");
  },

  /** Shows signs of life, but does not read what others say. */
  async flooded({ peer }: Living): Promise<void> {
    await peer.ask("/", "join", "crowd");
    peer.line.stall();
    peer.beat(300);
    await delay(3_000);
    peer.line.reset();
  },
};
