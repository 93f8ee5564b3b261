/**
 * The one check around every hostile case: whatever the peers of a case have done, afterwards the
 * server is what it was before.
 *
 * - The peers that the case has made are ended first: what the server holds then is left behind.
 * - Memory is compared after a collection of garbage, see tests/runtime/app_state.ts.
 */
import type { AppState } from "../../runtime/app_state.ts";
import { endPeers, notePeers } from "../../support/peers_left.ts";
import { ask, RawWebSocket } from "../../support/raw_engine.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { peersHeld } from "../../support/tcp_table.ts";
import { eventually, within } from "../../support/waiting.ts";

/** Time in milliseconds in which a client that is new must be served. */
const SERVED_MS = 1_000;

/** How often a client may try: a machine may be busy with others. */
const TRIES = 3;

/** Bytes by which live memory may be more than before a case. */
export const MEMORY_BUDGET_BYTES = 33_554_432;

/** Time in milliseconds in which what was left must be gone. */
const GONE_MS = 6_000;

/** What a server says that it holds. */
export async function stateOf(server: ServerProcess): Promise<AppState> {
  const { text } = await ask(`${server.url}/state`);
  return JSON.parse(text) as AppState;
}

/** Plays a case, ends its peers, and holds if the server lives, serves and has nothing left. */
export async function watched(server: ServerProcess, play: () => Promise<void>): Promise<void> {
  const before = await stateOf(server);
  notePeers();
  let ports: readonly number[] = [];
  try {
    await play();
  } finally {
    ports = await endPeers();
  }
  await assertServedSoon(server);
  await assertNothingLeft(server, before, ports);
}

/** Holds if the process lives, and a client that comes now is let in and answered at once. */
export async function assertServedSoon(server: ServerProcess): Promise<void> {
  for (let left = TRIES; left > 0; left--) {
    if (!server.alive) throw new Error(`Server died:\n${server.output}`);
    try {
      return await within("a client that is new to be served", echoOnce(server), SERVED_MS);
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

async function echoOnce(server: ServerProcess): Promise<void> {
  await using session = await RawWebSocket.start(server.url);
  await session.join();
  session.send('42["echo","fresh"]');
  const answer = await session.next();
  if (answer !== '42["echo","fresh"]') throw new Error(`Expected an echo, found ${answer}`);
}

/** Holds once the server holds no more than before, and none of the connections of `ports`. */
export async function assertNothingLeft(
  server: ServerProcess,
  before: AppState,
  ports: readonly number[],
): Promise<void> {
  let left: readonly string[] = [];
  try {
    await eventually("the end of what peers have left", async () => {
      left = [...leftOf(before, await stateOf(server)), ...heldOf(server, ports)];
      return left.length === 0 || undefined;
    }, GONE_MS);
  } catch (cause) {
    throw new Error(`Left behind: ${left.join("; ")}`, { cause });
  }
}

const COUNTS = ["sessions", "sockets", "rooms", "timers", "requests"] as const;

/** What a server holds more of than before, in words; memory only beyond its budget. */
export function leftOf(before: AppState, now: AppState): readonly string[] {
  const counts = COUNTS.filter((name) => now[name] > before[name]);
  const left = counts.map((name) => `${now[name]} ${name}, before ${before[name]}`);
  const bytes = now.heapBytes - before.heapBytes;
  return bytes > MEMORY_BUDGET_BYTES ? [...left, `${bytes} bytes`] : left;
}

function heldOf(server: ServerProcess, ports: readonly number[]): readonly string[] {
  const held = peersHeld(server.port)?.filter((port) => ports.includes(port)) ?? [];
  return held.length > 0 ? [`${held.length} connections`] : [];
}
