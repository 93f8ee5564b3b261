/**
 * What choosing the sockets of a broadcast costs among 100,000, beside a plain version with sets.
 *
 * Invariants
 * - Both sides start from the same two maps and visit each chosen socket once; that they choose the
 *   same ones is checked before anything is measured.
 * - The plain version gathers who is excepted and who was visited in sets, for every selection.
 * - Results go into a sink, so that nothing is optimised away.
 *
 * Run: deno bench bench/micro/rooms_bench.ts
 */
import { RoomIndex, type RoomSelection } from "../../src/socket/room_index.ts";

const SOCKETS = 100_000;
/** Rooms of equal size: 1,000 sockets each. */
const SMALL_ROOMS = 100;

const index = new RoomIndex({ roomChanged: () => {} });
for (let number = 0; number < SOCKETS; number++) {
  const id = `socket-${number}`;
  index.join(id, id);
  index.join(id, `small-${number % SMALL_ROOMS}`);
  if (number % 2 === 0) index.join(id, "half");
}

interface Case {
  readonly name: string;
  readonly rooms: readonly string[];
  readonly except: readonly string[];
}

const tenSmall = Array.from({ length: 10 }, (_, number) => `small-${number}`);

const CASES: readonly Case[] = [
  { name: "all sockets", rooms: [], except: [] },
  { name: "all but one", rooms: [], except: ["socket-7"] },
  { name: "all but a room of 50,000", rooms: [], except: ["half"] },
  { name: "one socket", rooms: ["socket-7"], except: [] },
  { name: "a room of 1,000", rooms: ["small-7"], except: [] },
  { name: "a room of 1,000 but one", rooms: ["small-7"], except: ["socket-7"] },
  { name: "a room of 50,000", rooms: ["half"], except: [] },
  { name: "ten rooms of 1,000", rooms: tenSmall, except: [] },
  { name: "two rooms that overlap", rooms: ["half", "small-8"], except: [] },
  { name: "ten rooms of 1,000 but a room of 50,000", rooms: tenSmall, except: ["half"] },
];

/** The plain version. */
function selectPlainly({ rooms, except }: RoomSelection, visit: (id: string) => void): void {
  const excepted = new Set<string>();
  for (const room of except) {
    for (const id of index.rooms.get(room) ?? []) excepted.add(id);
  }
  const visited = new Set<string>();
  const ids = rooms.size === 0 ? [index.sids.keys()] : [...rooms].map(membersOf);
  for (const members of ids) {
    for (const id of members) {
      if (visited.has(id) || excepted.has(id)) continue;
      visited.add(id);
      visit(id);
    }
  }
}

function membersOf(room: string): Iterable<string> {
  return index.rooms.get(room) ?? [];
}

let sink = 0;

function count(id: string): void {
  sink += id.length;
}

function chosen(select: (visit: (id: string) => void) => void): string {
  const ids: string[] = [];
  select((id) => void ids.push(id));
  return ids.sort().join();
}

for (const { name, rooms, except } of CASES) {
  const selection: RoomSelection = { rooms: new Set(rooms), except: new Set(except) };
  const ours = chosen((visit) => index.select(selection, visit));
  if (ours !== chosen((visit) => selectPlainly(selection, visit))) {
    throw new Error(`Cannot bench ${name}: the two versions choose different sockets`);
  }
  Deno.bench({
    name: "plain",
    group: name,
    baseline: true,
    fn: () => selectPlainly(selection, count),
  });
  Deno.bench({ name: "godwit", group: name, fn: () => index.select(selection, count) });
}

Deno.bench({
  name: "plain",
  group: "join and leave a room of 1,000",
  baseline: true,
  fn: () => {
    const rooms = index.sids.get("socket-1");
    const members = index.rooms.get("small-7");
    rooms?.add("small-7");
    members?.add("socket-1");
    rooms?.delete("small-7");
    members?.delete("socket-1");
  },
});
Deno.bench({
  name: "godwit",
  group: "join and leave a room of 1,000",
  fn: () => {
    index.join("socket-1", "small-7");
    index.leave("socket-1", "small-7");
  },
});

/** For those who look: what was visited last. */
export function lastResult(): number {
  return sink;
}
