/**
 * The part of the contract's application that is about draining, which the reference cannot do.
 */
import type { RequestListener } from "node:http";
import type { Server, Socket } from "socket.io";
import type { ReportSink } from "./app.ts";

/** What a server has that can be drained. */
interface Drained {
  drain(options: Readonly<Record<string, unknown>>): Promise<object>;
}

/** What a server on node:http has that answers probes. */
export interface Probed {
  healthHandler(): RequestListener;
}

/** Drains the server on request, and tells what came of it. */
export function setupDrain(io: Server, report: ReportSink): void {
  io.on("connection", (socket: Socket) => {
    socket.on("drain server", async (options: Readonly<Record<string, unknown>>) => {
      const ends: number[] = [];
      for (const each of io.of("/").sockets.values()) {
        each.on("disconnect", () => ends.push(performance.now()));
      }
      const outcome = await (io as unknown as Drained).drain(options);
      const densest = mostWithin(ends, Number(options["jitter"] ?? 1_000));
      report({ kind: "drained", tag: "", ...outcome, count: io.engine.clientsCount, densest });
    });
  });
}

/** The most of these times, which rise, that lie within any span of this length. */
function mostWithin(times: readonly number[], ms: number): number {
  const counts = times.map((from, index) =>
    times.slice(index).filter((at) => at < from + ms).length
  );
  return Math.max(0, ...counts);
}

/** Whether a request asks how the server is. */
export function isProbe(url: string): boolean {
  return url.replace(/^https?:\/\/[^/]+/, "").startsWith("/health/");
}
