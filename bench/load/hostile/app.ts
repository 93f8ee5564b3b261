/**
 * The application of the load with hostile clients: written once, against the API of socket.io.
 *
 * - Everybody is in one room, to which the time goes `RATE` times a second, and padding.
 * - Some ask for more than they read: the room "loud" gets 64 KiB, fifty times a second.
 * - Twice a second it is told what memory the process holds, and how many connections and events of
 *   hostile clients there were so far.
 */
import process from "node:process";
import type { Server, Socket } from "socket.io";

/** Broadcasts a second to everybody. */
const RATE = 4;
const PADDING = "x".repeat(1_000);
const LOUD = "x".repeat(65_536);

/** A time that processes of this machine can compare, in milliseconds. */
export function wallTime(): number {
  return performance.timeOrigin + performance.now();
}

/** Runs it; `print` writes a line to standard output. */
export function run(io: Server, print: (line: string) => void): void {
  let connections = 0;
  let events = 0;
  io.on("connection", (socket: Socket) => {
    connections++;
    void socket.join("everybody");
    socket.on("echo", (value: unknown, ack: (value: unknown) => void) => ack(value));
    socket.on("listen", () => void socket.join("loud"));
    socket.on("noise", () => {
      events++;
      socket.emit("heard", events);
    });
  });
  setInterval(() => void io.to("everybody").emit("tick", wallTime(), PADDING), 1_000 / RATE);
  setInterval(() => void io.to("loud").emit("loud", LOUD), 20);
  setInterval(() => {
    const { rss } = process.memoryUsage();
    const report = { kind: "state", tag: "", rss, connections, events };
    print(`REPORT ${JSON.stringify(report)}`);
  }, 500);
}
