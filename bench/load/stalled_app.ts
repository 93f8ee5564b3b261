/**
 * The application of the load with one stalled socket, the same on every runtime.
 *
 * - Everybody is in one room, to which a number goes `RATE` times a second: the time, and padding.
 * - The socket that says "stall me" gets limits of its own, and first as much as the kernel takes for it:
 *   what comes after that waits in the server.
 * - Twice a second it is told what the process holds, and what waits for that socket.
 */
import type { BufferingOptions, Socket } from "@godwit/io/node";
import process from "node:process";

/** Broadcasts a second. */
const RATE = 4;
const PADDING = "x".repeat(1_000);
const FILL = "x".repeat(64_000);

/** What is used of a server. */
interface Room {
  on(event: "connection", listener: (socket: Socket) => void): unknown;
  to(room: string): { emit(event: string, ...args: unknown[]): unknown };
}

/** A time that processes of this machine can compare, in milliseconds. */
export function wallTime(): number {
  return performance.timeOrigin + performance.now();
}

/** Runs it; `print` writes a line to standard output. */
export function run(server: object, print: (line: string) => void): void {
  // The servers of all entries have these, with requests of their own kinds.
  const io = server as Room;
  let stalled: Socket | undefined;
  io.on("connection", (socket) => {
    void socket.join("everybody");
    socket.on("stall me", (options: BufferingOptions) => {
      stalled = socket.buffering(options);
      fill(socket);
    });
  });
  setInterval(() => io.to("everybody").emit("tick", wallTime(), PADDING), 1_000 / RATE);
  setInterval(() => {
    const { rss } = process.memoryUsage();
    const waits = stalled?.bufferedAmount ?? 0;
    const report = { kind: "memory", rss, waits, stays: stalled?.connected ?? false };
    print(`REPORT ${JSON.stringify(report)}`);
  }, 500);
}

/** Emits for two seconds: more than the kernel holds for both ends. */
function fill(socket: Socket): void {
  let turns = 0;
  const timer = setInterval(() => {
    for (let count = 0; count < 4; count++) socket.emit("fill", FILL);
    if (++turns === 200) clearInterval(timer);
  }, 10);
}
