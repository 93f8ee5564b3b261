/** Tests of events that wait for others of their key. */
import { assertEquals } from "@std/assert";
import { ConnectionMemory } from "../../src/session/connection_memory.ts";
import { EventLanes } from "../../src/socket/event_lanes.ts";

/** Lanes whose events end when the test says so; those whose name begins with "!" end at once. */
function lanes({ maxPendingEvents = Infinity, maxBytes = Infinity } = {}): {
  readonly lanes: EventLanes<string>;
  readonly memory: ConnectionMemory;
  readonly started: string[];
  readonly end: (event: string) => void;
} {
  const started: string[] = [];
  const running = new Map<string, () => void>();
  const run = (event: string, done: () => void): void => {
    started.push(event);
    if (event.startsWith("!")) done();
    else running.set(event, done);
  };
  const memory = new ConnectionMemory(maxBytes);
  const bytesOf = (event: string): number => event.length;
  const made = new EventLanes({ run, bytesOf, limits: { maxPendingEvents }, memory });
  return { lanes: made, memory, started, end: (event) => running.get(event)?.() };
}

Deno.test("EventLanes runs events of one key one after the other, in their order", () => {
  const { lanes: it, started, end } = lanes();
  for (const event of ["a", "b", "!c", "d"]) it.add("k", event);
  assertEquals([started, it.length, it.running], [["a"], 3, 1]);
  end("a");
  assertEquals(started, ["a", "b"]);
  end("b");
  assertEquals([started, it.length, it.running], [["a", "b", "!c", "d"], 0, 1]);
  end("d");
  assertEquals([it.running, it.length], [0, 0]);
});

Deno.test("EventLanes lets no key wait for another, and one that never ends stops its own", () => {
  const { lanes: it, started, end } = lanes();
  it.add(1, "never");
  it.add(1, "waits");
  it.add("1", "other");
  end("other");
  it.add("1", "!next");
  assertEquals([started, it.length, it.running], [["never", "other", "!next"], 1, 1]);
});

Deno.test("EventLanes refuses what is too many or too much, and nothing has changed", () => {
  const { lanes: it, memory, started, end } = lanes({ maxPendingEvents: 2, maxBytes: 10 });
  it.add("k", "runs, however long it is");
  it.add("k", "waits");
  const much = it.add("k", "waits too");
  assertEquals([much?.limit, much?.max, much?.found], ["maxConnectionMemory", 10, 14]);
  it.add("k", "!d");
  const many = it.add("k", "e");
  assertEquals([many?.limit, many?.max, many?.found, many?.closeReason], [
    "maxPendingEvents",
    2,
    3,
    "transport error",
  ]);
  assertEquals([it.length, memory.heldBytes], [2, 7]);
  end("runs, however long it is");
  end("waits");
  assertEquals([started.length, it.running, memory.heldBytes], [3, 0, 0]);
});

Deno.test("EventLanes starts nothing after clear, and frees what it held", () => {
  const { lanes: it, memory, started, end } = lanes();
  for (const event of ["a", "b"]) it.add("k", event);
  assertEquals(memory.heldBytes, 1);
  it.clear();
  end("a");
  assertEquals([started, it.length, memory.heldBytes, it.running], [["a"], 0, 0, 0]);
});

Deno.test("EventLanes runs any number of events that end at once on one stack", () => {
  const { lanes: it, started, end } = lanes();
  it.add("k", "a");
  for (let i = 0; i < 50_000; i++) it.add("k", `!${i}`);
  end("a");
  assertEquals([started.length, it.running], [50_001, 0]);
});
