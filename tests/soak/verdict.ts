/**
 * What a server may still hold when its clients have gone, and how its memory is judged.
 *
 * Invariants
 * - Tables are judged exactly. Objects are too, but for `STRAYS`: a collector that looks for references
 *   in stacks and registers takes a few old values there for references.
 * - Memory is compared after collections of garbage, between two moments with the same clients.
 */
import type { State } from "./app.ts";

/** Of a thousand clients, how many objects a collector may have overlooked; and how many in any case. */
const STRAYS = { perThousand: 1, atLeast: 4 } as const;

/** How far memory may grow, as a share, and the least growth in bytes that is looked at. */
const GROWTH = { share: 0.05, atLeastBytes: 262_144 } as const;

/** The namespaces that the application has always, but for the main one, which nobody is told of. */
const OWN_NAMESPACES = 1;

/** What is not empty that should be, with so many clients left; empty if all is well. */
export function leftovers(state: State, clients: number): readonly string[] {
  const faults: string[] = [];
  const expect = (what: string, found: number, wanted: number): void => {
    if (found !== wanted) faults.push(`${what}: ${found} in place of ${wanted}`);
  };
  expect("sessions", state.clients, clients);
  expect("acknowledgements", state.asks, 0);
  for (const { name, sockets, rooms, sids } of state.namespaces) {
    const wanted = name === "/" ? clients : 0;
    expect(`sockets of ${name}`, sockets, wanted);
    expect(`rooms of ${name}`, rooms, wanted);
    expect(`sids of ${name}`, sids, wanted);
  }
  return faults;
}

/** What objects of clients that have gone are still held, after so many clients in all. */
export function retained({ alive }: State, clients: number, made: number): readonly string[] {
  const strays = Math.max(STRAYS.atLeast, Math.floor(made * STRAYS.perThousand / 1_000));
  const wanted: Readonly<Record<string, number>> = {
    conn: clients,
    socket: clients,
    namespace: OWN_NAMESPACES,
  };
  return Object.entries(alive)
    .filter(([kind, count]) => count > (wanted[kind] ?? 0) + strays)
    .map(([kind, count]) => `${kind} objects held: ${count} in place of ${wanted[kind]}`);
}

/** How memory has grown between two moments; a sentence for each kind that has grown too far. */
export function growth(before: State["memory"], after: State["memory"]): readonly string[] {
  return (["heapUsed", "external"] as const)
    .filter((kind) => {
      const grown = after[kind] - before[kind];
      return grown > Math.max(before[kind] * GROWTH.share, GROWTH.atLeastBytes);
    })
    .map((kind) => `${kind} has grown from ${before[kind]} to ${after[kind]} bytes`);
}
