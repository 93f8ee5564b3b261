/**
 * What has to be reached, and whether it was.
 *
 * A cell is met when the median of the ratios against socket.io on the same runtime reaches its target,
 * or when it reaches 85 % of the lean control beside it. Memory has a limit in KiB instead of a ratio.
 */
import { leanOf, peerOf, type Runtime } from "./servers.ts";
import { median, medianRatio } from "./statistics.ts";
import type { Workload } from "./workloads.ts";

/** The share of the lean control that is enough. */
const LEAN_SHARE = 0.85;

/** Ratios against socket.io, and for idle the most KiB of each connection. */
export const targets: Readonly<Record<Runtime, Readonly<Record<string, number>>>> = {
  "node": {
    echo32: 2.4,
    echo32k1: 1.1,
    ack32: 2.9,
    bin1024: 4,
    bcast1: 1.6,
    bcast8: 7,
    conn: 1.7,
    idle: 9.5,
  },
  "bun": {
    echo32: 2,
    echo32k1: 1.15,
    ack32: 2,
    bin1024: 4.5,
    bcast1: 1.5,
    bcast8: 10,
    conn: 2,
    idle: 5,
  },
  "deno": {
    echo32: 1.7,
    echo32k1: 1.5,
    ack32: 1.9,
    bin1024: 1.6,
    bcast1: 2.1,
    bcast8: 1.1,
    conn: 3,
    idle: 24,
  },
  "deno-node": {
    echo32: 2.5,
    echo32k1: 1.2,
    ack32: 2.9,
    bin1024: 3,
    bcast1: 1.6,
    bcast8: 6,
    conn: 1.7,
    idle: 12,
  },
};

/** The figures of one workload: by server, then by repetition. */
export type Figures = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** How one cell stands. */
export interface Verdict {
  readonly runtime: Runtime;
  readonly workload: string;
  /** A ratio, or KiB for idle; undefined where the table of targets has none. */
  readonly target: number | undefined;
  /** The ratio against the peer, or KiB for idle; NaN where it was not measured. */
  readonly reached: number;
  /** The share of the lean control, which is more than 1 where ours does better; NaN as above. */
  readonly ofLean: number;
  readonly outcome: "met" | "met by the control" | "missed" | "no target" | "not measured";
}

/** Judges ours on a runtime in a workload. */
export function judge(runtime: Runtime, workload: Workload, figures: Figures): Verdict {
  const none = new Map<number, number>();
  const ours = figures.get(`godwit-${runtime}`) ?? none;
  const peer = figures.get(peerOf(runtime)) ?? none;
  const lean = figures.get(leanOf(runtime)) ?? none;
  const isMemory = workload.unit === "memory";
  const reached = isMemory ? median([...ours.values()]) : medianRatio(ours, peer);
  const ofLean = isMemory ? medianRatio(lean, ours) : medianRatio(ours, lean);
  const target = targets[runtime][workload.name];
  const isReached = isMemory ? reached <= (target ?? NaN) : reached >= (target ?? NaN);
  const outcome = target === undefined
    ? "no target"
    : isReached
    ? "met"
    : ofLean >= LEAN_SHARE
    ? "met by the control"
    : Number.isNaN(reached)
    ? "not measured"
    : "missed";
  return { runtime, workload: workload.name, target, reached, ofLean, outcome };
}
