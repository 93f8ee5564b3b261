/** The workloads by name, and how the generator plays them. */

/** What the generator is told of a workload. */
export interface Play {
  readonly workload: "echo" | "ack" | "binary" | "broadcast" | "connect" | "idle";
  /** Connections in all; for "connect" at a time. */
  readonly connections: number;
  /** Messages on their way: of each connection, of the one that broadcasts for "broadcast". */
  readonly inFlight: number;
  /** Bytes of the string or attachment. */
  readonly bytes: number;
  /** Messages until the code of a server is compiled as it stays: what was seen on all runtimes. */
  readonly warmUpMessages: number;
}

/** One workload. */
export interface Workload {
  readonly name: string;
  /** One sentence for people. */
  readonly means: string;
  readonly play: Play;
  /** Whether a WebSocket without Socket.IO can do it. */
  readonly isBare: boolean;
  /** What is measured: more is better for "rate" (each CPU second), less for "memory" (KiB each). */
  readonly unit: "rate" | "memory";
}

function messages(play: Play["workload"], bytes: number, inFlight: number): Play {
  return { workload: play, connections: 100, inFlight, bytes, warmUpMessages: 40_000 };
}

function broadcasts(inFlight: number): Play {
  return { workload: "broadcast", connections: 1_000, inFlight, bytes: 32, warmUpMessages: 60_000 };
}

/** All workloads, in the order in which they run. */
export const workloads: readonly Workload[] = [
  {
    name: "echo32",
    means: "100 connections, 4 messages in flight each, a string of 32 bytes comes back",
    play: messages("echo", 32, 4),
    isBare: true,
    unit: "rate",
  },
  {
    name: "echo32k1",
    means: "the same with 1 in flight: nothing to join",
    play: messages("echo", 32, 1),
    isBare: true,
    unit: "rate",
  },
  {
    name: "echo1024",
    means: "echo32 with 1,024 bytes",
    play: messages("echo", 1_024, 4),
    isBare: true,
    unit: "rate",
  },
  {
    name: "ack32",
    means: "echo32 through an acknowledgement",
    play: messages("ack", 32, 4),
    isBare: false,
    unit: "rate",
  },
  {
    name: "bin1024",
    means: "echo32 with an attachment of 1,024 bytes",
    play: messages("binary", 1_024, 4),
    isBare: true,
    unit: "rate",
  },
  {
    name: "bcast1",
    means: "1,000 connections, one has everybody sent 32 bytes, again when its own copy came",
    play: broadcasts(1),
    isBare: true,
    unit: "rate",
  },
  {
    name: "bcast8",
    means: "the same with 8 outstanding: several share a turn of the event loop",
    play: broadcasts(8),
    isBare: true,
    unit: "rate",
  },
  {
    name: "conn",
    means: "connect, Engine.IO open, Socket.IO CONNECT, close; 50 at a time",
    play: { workload: "connect", connections: 50, inFlight: 0, bytes: 0, warmUpMessages: 5_000 },
    isBare: true,
    unit: "rate",
  },
  {
    name: "idle",
    means: "10,000 connected, after garbage collection: KiB of resident memory each",
    play: { workload: "idle", connections: 10_000, inFlight: 0, bytes: 0, warmUpMessages: 0 },
    isBare: true,
    unit: "memory",
  },
];
