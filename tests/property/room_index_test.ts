/** Any sequence of joins and leaves, beside a model that is too simple to be wrong. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { RoomIndex, type RoomSelection } from "../../src/socket/room_index.ts";

const RUNS = { numRuns: 1_000 };

const id = fc.constantFrom("s1", "s2", "s3", "s4");
const room = fc.constantFrom("a", "b", "c", "s1", "s2");
const names = fc.uniqueArray(fc.oneof(room, fc.constantFrom("none", "s3")), { maxLength: 4 });

type Step =
  | { readonly type: "join" | "leave"; readonly id: string; readonly room: string }
  | { readonly type: "leaveAll"; readonly id: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("join" as const), id, room }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("leave" as const), id, room }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leaveAll" as const), id }) },
);

const selection: fc.Arbitrary<RoomSelection> = fc.tuple(names, names).map(([rooms, except]) => ({
  rooms: new Set(rooms),
  except: new Set(except),
}));

/** Who is in which room, as a list of pairs, and who is known. */
class Model {
  readonly known = new Set<string>();
  pairs: (readonly [id: string, room: string])[] = [];

  isIn(id: string, room: string): boolean {
    return this.pairs.some((pair) => pair[0] === id && pair[1] === room);
  }

  isRoom(room: string): boolean {
    return this.pairs.some((pair) => pair[1] === room);
  }

  roomsOf(id: string): string[] {
    return this.pairs.filter((pair) => pair[0] === id).map((pair) => pair[1]);
  }

  /** Takes a step; gives the changes that must be told. */
  take(step: Step): string[] {
    if (step.type === "join") return this.#join(step.id, step.room);
    if (step.type === "leave") return this.#leave(step.id, step.room);
    const rooms = this.roomsOf(step.id);
    this.known.delete(step.id);
    return rooms.flatMap((each) => this.#leave(step.id, each));
  }

  select({ rooms, except }: RoomSelection): string[] {
    return [...this.known].filter((id) => {
      const inAny = (set: ReadonlySet<string>): boolean =>
        [...set].some((each) => this.isIn(id, each));
      return (rooms.size === 0 || inAny(rooms)) && !inAny(except);
    });
  }

  #join(id: string, room: string): string[] {
    this.known.add(id);
    if (this.isIn(id, room)) return [];
    const isNew = !this.isRoom(room);
    this.pairs.push([id, room]);
    return [...(isNew ? [`create-room ${room}`] : []), `join-room ${room} ${id}`];
  }

  #leave(id: string, room: string): string[] {
    if (!this.isIn(id, room)) return [];
    this.pairs = this.pairs.filter((pair) => pair[0] !== id || pair[1] !== room);
    return [`leave-room ${room} ${id}`, ...(this.isRoom(room) ? [] : [`delete-room ${room}`])];
  }
}

/** The pairs that one of the index's maps tells, sorted. */
function pairsOf(map: Map<string, Set<string>>, idFirst: boolean): string[] {
  const pairs = [...map].flatMap(([key, set]) => [...set].map((item) => [key, item] as const));
  return pairs.map(([key, item]) => idFirst ? `${key} ${item}` : `${item} ${key}`).sort();
}

function assertSame(index: RoomIndex, model: Model): void {
  const pairs = model.pairs.map(([id, room]) => `${id} ${room}`).sort();
  assertEquals(pairsOf(index.sids, true), pairs);
  assertEquals(pairsOf(index.rooms, false), pairs);
  assertEquals([...index.sids.keys()].sort(), [...model.known].sort());
  assertEquals([...index.rooms.values()].filter((set) => set.size === 0), []);
}

Deno.test("RoomIndex keeps, tells and selects what a naive model does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(step, selection), { maxLength: 40, size: "max" }),
      (steps) => {
        const changes: string[] = [];
        const index = new RoomIndex({
          roomChanged: (event, room, id) => {
            const isWhole = event === "create-room" || event === "delete-room";
            changes.push(isWhole ? `${event} ${room}` : `${event} ${room} ${id}`);
          },
        });
        const model = new Model();
        for (const [each, choice] of steps) {
          changes.length = 0;
          if (each.type === "join") index.join(each.id, each.room);
          else if (each.type === "leave") index.leave(each.id, each.room);
          else index.leaveAll(each.id);
          assertEquals(changes, model.take(each));
          assertSame(index, model);
          const visits: string[] = [];
          index.select(choice, (id) => void visits.push(id));
          assertEquals(visits.toSorted(), model.select(choice).sort());
        }
      },
    ),
    RUNS,
  );
});

Deno.test("RoomIndex keeps its maps equal, and visits once, though listeners change rooms", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 12, size: "max" }),
      fc.array(step, { minLength: 1, maxLength: 12, size: "max" }),
      selection,
      (steps, inside, choice) => {
        let left = 0;
        let isSelecting = false;
        const nested = (): void => {
          if (left <= 0) return;
          const each = inside[--left % inside.length];
          // An id that was forgotten does not come back, so it cannot be met twice.
          if (each === undefined || (isSelecting && each.type === "leaveAll")) return;
          run(index, each);
        };
        const told = new Set<string>();
        const index: RoomIndex = new RoomIndex({
          roomChanged(event, room): void {
            if (event === "create-room") told.add(room);
            if (event === "delete-room") told.delete(room);
            nested();
          },
        });
        for (const each of steps) {
          left = inside.length;
          run(index, each);
        }
        assertEquals(pairsOf(index.rooms, false), pairsOf(index.sids, true));
        const visits: string[] = [];
        left = 100;
        isSelecting = true;
        index.select(choice, (id) => {
          visits.push(id);
          nested();
        });
        assertEquals(visits.length, new Set(visits).size);
        assertEquals([...told].sort(), [...index.rooms.keys()].sort());
        assertEquals(pairsOf(index.rooms, false), pairsOf(index.sids, true));
      },
    ),
    RUNS,
  );
});

function run(index: RoomIndex, each: Step): void {
  if (each.type === "join") index.join(each.id, each.room);
  else if (each.type === "leave") index.leave(each.id, each.room);
  else index.leaveAll(each.id);
}
