/**
 * Hostile clients, in a process of their own: one of a hundred.
 *
 * Run by main.ts with the port of the server and how many there are; ends when it is ended. Each does one
 * thing again and again, with one connection at a time, and comes again when it is cut off.
 */
import { clientFrame } from "../../../tests/support/client_frame.ts";
import { PollingLine, targetOf, WebSocketLine } from "../../../tests/support/line.ts";
import { Wire } from "../../../tests/support/wire.ts";

const port = Number(Deno.args[0]);
const count = Number(Deno.args[1]);

/** Events that a flood has in a millisecond: twenty thousand a second, if the server takes them. */
const FLOOD = '42["noise","' + "x".repeat(100) + '"]';
const FLOOD_SIZE = 20;
/** A flood waits while so many bytes of it are not taken. */
const FLOOD_UNSENT = 1_048_576;

/** An event of 200 KB whose payload is 100,000 arrays, one in the other. */
const NESTED = `42["noise",${"[".repeat(100_000)}${"]".repeat(100_000)}]`;
const OVERSIZED = clientFrame(0x81, `42["noise","${"x".repeat(2_000_000)}"]`);
const GARBAGE = ["42{", "4", "451-[", "45999-[1]", '42["x', "9", "\0", '42{"a":1}', "40/,", "44{}"];

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A client that is in the main namespace. */
async function joined(): Promise<WebSocketLine> {
  const line = await WebSocketLine.open(port, 4);
  const isIn = new Promise<void>((resolve) => {
    line.listen((packet) => {
      if (packet.startsWith("40")) resolve();
    });
  });
  line.send("40");
  await Promise.race([isIn, line.ended]);
  return line;
}

const kinds: readonly (() => Promise<void>)[] = [
  async function flood(): Promise<void> {
    const wire = await Wire.open(port);
    // As clients do: socket.io ends those who send before they are told that they are in.
    const isIn = new Promise<void>((resolve) => {
      wire.onMessage = (message) => {
        if (String(message).startsWith("0")) wire.send("40");
        else if (String(message).startsWith("40")) resolve();
      };
    });
    await wire.upgrade(targetOf(4, "websocket"));
    await Promise.race([isIn, wire.ended]);
    while (!wire.isEnded) {
      if (wire.unsentBytes < FLOOD_UNSENT) {
        for (let index = 0; index < FLOOD_SIZE; index++) wire.send(FLOOD);
      }
      await wait(1);
    }
    wire.cut();
  },

  /** Reads nothing, and gives signs of life. */
  async function stalled(): Promise<void> {
    const line = await joined();
    line.send('42["listen"]');
    line.stall();
    const timer = setInterval(() => line.send("3"), 10_000);
    await line.ended;
    clearInterval(timer);
    line.cut();
  },

  async function garbage(): Promise<void> {
    const line = await joined();
    line.send(GARBAGE[Math.floor(Math.random() * GARBAGE.length)] ?? "");
    await Promise.race([line.ended, wait(50)]);
    line.reset();
  },

  async function trickle(): Promise<void> {
    const wire = await Wire.open(port);
    const answer = await wire.ask(targetOf(4, "polling"));
    const sid = /"sid":"([^"]+)"/.exec(answer?.body ?? "")?.[1];
    const head = `POST ${targetOf(4, "polling", sid)} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
    wire.write(`${head}Content-Length: 900000\r\n\r\n`);
    while (!wire.isEnded) {
      wire.write("4");
      await wait(20);
    }
    wire.cut();
  },

  /** Comes and goes, as fast as it can. */
  async function churn(): Promise<void> {
    const line = await joined();
    line.reset();
  },

  async function oversized(): Promise<void> {
    const line = await joined();
    line.spoil(OVERSIZED);
    await Promise.race([line.ended, wait(200)]);
    line.reset();
  },

  async function nested(): Promise<void> {
    const line = await joined();
    line.send(NESTED);
    await Promise.race([line.ended, wait(100)]);
    line.reset();
  },

  /** Opens sessions, and leaves them to the server. */
  async function abandoned(): Promise<void> {
    const line = await PollingLine.open(port, 4);
    line.cut();
  },
];

/** Does one thing until the process is ended. */
async function goOn(kind: () => Promise<void>): Promise<never> {
  while (true) {
    // A server that refuses it, or cuts it off, is what it is here for.
    await kind().catch(() => {});
    await wait(10);
  }
}

await Promise.all(Array.from({ length: count }, (_, index) => {
  const kind = kinds[index % kinds.length];
  return kind && goOn(kind);
}));
