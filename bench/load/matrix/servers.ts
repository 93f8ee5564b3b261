/**
 * The servers by name: what they are, and against which one ours are measured.
 *
 * Invariants
 * - Each server of ours has a peer, which is socket.io on the same runtime, and a lean control.
 */

/** Which runtime runs it; "deno-node" is `node:http` on Deno. */
export type Runtime = "deno" | "deno-node" | "bun" | "node";

/** One server. */
export interface ServerEntry {
  readonly name: string;
  readonly kind: "ours" | "socket.io" | "bare" | "lean";
  readonly runtime: Runtime;
  /** The program, in `bench/load/servers/`. */
  readonly program: string;
}

function entry(kind: ServerEntry["kind"], runtime: Runtime, program: string): ServerEntry {
  const prefix =
    { "ours": "godwit", "socket.io": "socketio", "bare": "bare", "lean": "lean" }[kind];
  return { name: `${prefix}-${runtime}`, kind, runtime, program: `${program}.ts` };
}

/** All servers, in the order in which the tables show them. */
export const servers: readonly ServerEntry[] = [
  entry("ours", "node", "godwit_node"),
  entry("ours", "bun", "godwit_bun"),
  entry("ours", "deno", "godwit_deno"),
  entry("ours", "deno-node", "godwit_node"),
  entry("socket.io", "node", "socketio_node"),
  entry("socket.io", "bun", "socketio_bun"),
  entry("socket.io", "deno", "socketio_node"),
  entry("lean", "node", "lean_node"),
  entry("lean", "bun", "lean_bun"),
  entry("lean", "deno", "lean_deno"),
  entry("lean", "deno-node", "lean_node"),
  entry("bare", "node", "bare_node"),
  entry("bare", "bun", "bare_bun"),
  entry("bare", "deno", "bare_deno"),
];

/** The server of socket.io that ours on a runtime is measured against. */
export function peerOf(runtime: Runtime): string {
  return `socketio-${runtime === "deno-node" ? "deno" : runtime}`;
}

/** The lean control of a runtime. */
export function leanOf(runtime: Runtime): string {
  return `lean-${runtime}`;
}
