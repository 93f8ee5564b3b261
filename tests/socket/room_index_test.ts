import { assertEquals, assertStrictEquals } from "@std/assert";
import { RoomIndex, type RoomObserver } from "../../src/socket/room_index.ts";

/** An index whose changes are written down as `"event room id"`. */
function watched(): { readonly index: RoomIndex; readonly changes: string[] } {
  const changes: string[] = [];
  const observer: RoomObserver = {
    roomChanged: (event, room, id) => void changes.push(`${event} ${room} ${id}`),
  };
  return { index: new RoomIndex(observer), changes };
}

/** An index that tells a function, which may change the index again. */
function reentrant(tell: (index: RoomIndex, event: string, id: string) => void): RoomIndex {
  const index: RoomIndex = new RoomIndex({
    roomChanged: (event, _room, id) => tell(index, event, id),
  });
  return index;
}

function selected(
  index: RoomIndex,
  rooms: readonly string[] = [],
  except: readonly string[] = [],
): string[] {
  const ids: string[] = [];
  index.select({ rooms: new Set(rooms), except: new Set(except) }, (id) => void ids.push(id));
  return ids;
}

/** Both maps as plain values. */
function state(index: RoomIndex): unknown {
  const plain = (map: Map<string, Set<string>>): unknown =>
    Object.fromEntries([...map].map(([key, set]) => [key, [...set]]));
  return { rooms: plain(index.rooms), sids: plain(index.sids) };
}

Deno.test("RoomIndex keeps both directions of a join", () => {
  const { index, changes } = watched();
  index.join("s1", "a");
  index.join("s2", "a");
  index.join("s1", "b");
  assertEquals(state(index), {
    rooms: { a: ["s1", "s2"], b: ["s1"] },
    sids: { s1: ["a", "b"], s2: ["a"] },
  });
  assertEquals(changes, [
    "create-room a s1",
    "join-room a s1",
    "join-room a s2",
    "create-room b s1",
    "join-room b s1",
  ]);
});

Deno.test("RoomIndex tells nothing of a socket that joins a room again", () => {
  const { index, changes } = watched();
  index.join("s1", "a");
  const before = state(index);
  changes.length = 0;
  index.join("s1", "a");
  assertEquals([state(index), changes], [before, []]);
});

Deno.test("RoomIndex keeps a socket that has left every room, and drops the room", () => {
  const { index, changes } = watched();
  index.join("s1", "a");
  changes.length = 0;
  index.leave("s1", "a");
  assertEquals(state(index), { rooms: {}, sids: { s1: [] } });
  assertEquals(changes, ["leave-room a s1", "delete-room a s1"]);
  assertEquals(selected(index), ["s1"]);
});

Deno.test("RoomIndex drops a room with its last socket only", () => {
  const { index, changes } = watched();
  for (const id of ["s1", "s2"]) index.join(id, "a");
  changes.length = 0;
  index.leave("s1", "a");
  assertEquals(changes, ["leave-room a s1"]);
  assertEquals(state(index), { rooms: { a: ["s2"] }, sids: { s1: [], s2: ["a"] } });
});

Deno.test("RoomIndex ignores who leaves a room that it is not in, or is not known at all", () => {
  const { index, changes } = watched();
  index.join("s1", "a");
  index.join("s2", "b");
  const before = state(index);
  changes.length = 0;
  index.leave("s1", "b");
  index.leave("s1", "none");
  index.leave("nobody", "a");
  index.leaveAll("nobody");
  assertEquals([state(index), changes], [before, []]);
});

Deno.test("RoomIndex forgets a socket that leaves all rooms", () => {
  const { index, changes } = watched();
  for (const room of ["a", "b"]) index.join("s1", room);
  index.join("s2", "b");
  changes.length = 0;
  index.leaveAll("s1");
  assertEquals(state(index), { rooms: { b: ["s2"] }, sids: { s2: ["b"] } });
  assertEquals(changes, ["leave-room a s1", "delete-room a s1", "leave-room b s1"]);
  assertEquals(selected(index), ["s2"]);
});

Deno.test("RoomIndex selects the union of rooms, without those excepted, each socket once", () => {
  const { index } = watched();
  for (const room of ["s1", "a", "b"]) index.join("s1", room);
  for (const room of ["s2", "b", "c"]) index.join("s2", room);
  for (const room of ["s3", "c"]) index.join("s3", room);
  assertEquals(selected(index), ["s1", "s2", "s3"]);
  assertEquals(selected(index, ["b"]), ["s1", "s2"]);
  assertEquals(selected(index, ["a", "b", "c"]), ["s1", "s2", "s3"]);
  assertEquals(selected(index, ["c", "none", "b"]), ["s2", "s3", "s1"]);
  assertEquals(selected(index, [], ["b"]), ["s3"]);
  assertEquals(selected(index, ["b", "c"], ["a", "s3", "none"]), ["s2"]);
  assertEquals(selected(index, ["none"]), []);
  assertEquals(selected(index, ["a"], ["a"]), []);
});

Deno.test("RoomIndex gives its maps live", () => {
  const { index } = watched();
  const { rooms, sids } = index;
  index.join("s1", "a");
  const members = rooms.get("a");
  index.join("s2", "a");
  assertStrictEquals(rooms.get("a"), members);
  assertEquals([[...members ?? []], [...sids.keys()]], [["s1", "s2"], ["s1", "s2"]]);
});

Deno.test("RoomIndex keeps its maps equal when a socket leaves as its room is created", () => {
  const index = reentrant((self, event, id) => {
    if (event === "create-room") self.leave(id, "a");
  });
  index.join("s1", "a");
  assertEquals(state(index), { rooms: {}, sids: { s1: [] } });
});

Deno.test("RoomIndex tells of no join when the socket has left as its room was created", () => {
  const told: string[] = [];
  const index = reentrant((self, event, id) => {
    told.push(event);
    if (event === "create-room") self.leave(id, "a");
  });
  index.join("s1", "a");
  assertEquals(told, ["create-room", "leave-room", "delete-room"]);
});

Deno.test("RoomIndex forgets a socket that is taken out as its room is created", () => {
  const index = reentrant((self, event, id) => {
    if (event === "create-room") self.leaveAll(id);
  });
  index.join("s1", "a");
  assertEquals(state(index), { rooms: {}, sids: {} });
});

Deno.test("RoomIndex keeps a room that somebody joins while its last socket leaves", () => {
  const index = reentrant((self, event) => {
    if (event === "leave-room") self.join("s2", "a");
  });
  index.join("s1", "a");
  index.leave("s1", "a");
  assertEquals(state(index), { rooms: { a: ["s2"] }, sids: { s1: [], s2: ["a"] } });
});

Deno.test("RoomIndex tells of a room that somebody joins while its last socket leaves", () => {
  const told = new Set<string>();
  const index: RoomIndex = new RoomIndex({
    roomChanged(event, room): void {
      if (event === "create-room") told.add(room);
      if (event === "delete-room") told.delete(room);
      if (event === "leave-room") index.join("s2", room);
    },
  });
  index.join("s1", "a");
  index.leave("s1", "a");
  assertEquals([...told], [...index.rooms.keys()]);
});

Deno.test("RoomIndex keeps its maps equal when a socket comes back as it leaves all rooms", () => {
  const index = reentrant((self, event, id) => {
    if (event === "leave-room" && !self.rooms.has("c")) {
      self.join(id, "c");
      self.join(id, "b");
    }
  });
  for (const room of ["a", "b"]) index.join("s1", room);
  index.leaveAll("s1");
  assertEquals(state(index), { rooms: { c: ["s1"], b: ["s1"] }, sids: { s1: ["c", "b"] } });
});

Deno.test("RoomIndex visits a socket once that comes back while another one leaves", () => {
  for (const rooms of [["a"], ["a", "b"]]) {
    const { index } = watched();
    for (const id of ["s1", "s2", "s3"]) index.join(id, "a");
    const visits: string[] = [];
    index.select({ rooms: new Set(rooms), except: new Set() }, (id) => {
      visits.push(id);
      if (id !== "s1") return;
      for (const leaver of ["s1", "s2"]) index.leave(leaver, "a");
      index.join("s1", "a");
    });
    assertEquals([rooms, visits], [rooms, ["s1", "s3"]]);
  }
});

Deno.test("RoomIndex visits a socket once, though it leaves and joins again meanwhile", () => {
  for (const rooms of [["a"], ["a", "b"], []]) {
    const { index } = watched();
    for (const id of ["s1", "s2"]) index.join(id, "a");
    const visits: string[] = [];
    index.select({ rooms: new Set(rooms), except: new Set() }, (id) => {
      visits.push(id);
      if (visits.length > 9) return;
      index.leave(id, "a");
      index.join(id, "a");
    });
    assertEquals([rooms, visits], [rooms, ["s1", "s2"]]);
  }
});

Deno.test("RoomIndex passes over a socket that was taken out meanwhile", () => {
  for (const rooms of [["a"], ["a", "b"], []]) {
    const { index } = watched();
    for (const id of ["s1", "s2", "s3"]) index.join(id, "a");
    const visits: string[] = [];
    index.select({ rooms: new Set(rooms), except: new Set() }, (id) => {
      visits.push(id);
      index.leaveAll("s2");
    });
    assertEquals([rooms, visits], [rooms, ["s1", "s3"]]);
  }
});
