/** Tests that the soak does not pass what should fail, and can be repeated. */
import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { State } from "./app.ts";
import { Census } from "./census.ts";
import { countHeld } from "./connections.ts";
import { Random } from "./random.ts";
import { readSettings } from "./settings.ts";
import { soakTargets } from "./targets.ts";
import { growth, leftovers, retained } from "./verdict.ts";

const namespace = { name: "/", sockets: 0, rooms: 0, sids: 0 };
const memory = { heapUsed: 10_000_000, external: 1_000_000, rss: 0 };
const empty: State = {
  clients: 0,
  namespaces: [namespace],
  asks: 0,
  alive: { conn: 0, socket: 0, namespace: 1 },
  memory,
  counters: {},
};

Deno.test("Every table that is not empty is a leftover", () => {
  assertEquals(leftovers(empty, 0), []);
  const left: State[] = [
    { ...empty, clients: 1 },
    { ...empty, asks: 1 },
    { ...empty, namespaces: [{ ...namespace, sockets: 1 }] },
    { ...empty, namespaces: [{ ...namespace, rooms: 1 }] },
    { ...empty, namespaces: [{ ...namespace, sids: 1 }] },
    { ...empty, namespaces: [namespace, { ...namespace, name: "/orders", sids: 1 }] },
  ];
  assertEquals(left.map((state) => leftovers(state, 0).length), left.map(() => 1));
});

Deno.test("One session held of a hundred is seen, and a few strays are none", () => {
  const held = (conn: number, made: number) =>
    retained({ ...empty, alive: { conn, socket: 2, namespace: 1 } }, 2, made);
  assertEquals([held(2, 2_000), held(6, 2_000)], [[], []]);
  assertEquals(held(22, 2_000), ["conn objects held: 22 in place of 2"]);
  assertEquals(held(8, 10_000), []);
  assertEquals(held(102, 10_000).length, 1);
});

Deno.test("Memory that has grown by more than a twentieth is told by its kind", () => {
  const grown = (heapUsed: number, external: number) =>
    growth(memory, { heapUsed, external, rss: 1e9 }).map((text) => text.split(" ")[0]);
  assertEquals(grown(10_500_000, 1_200_000), []);
  assertEquals(grown(10_500_001, 1_000_000), ["heapUsed"]);
  assertEquals(grown(9_000_000, 1_300_000), ["external"]);
});

Deno.test("A census counts what is held", () => {
  const [census, object] = [new Census(), {}];
  census.add("conn", object);
  census.add("conn", { ...object });
  census.add("socket", object);
  assertEquals(census.count()["socket"], 1);
});

Deno.test("countHeld counts rows of the port that somebody holds", () => {
  const row = (local: string, state: string, inode: number): string =>
    `   0: 0100007F:${local} 0100007F:9C40 ${state} 00000000:00000000 00:00000000 00000000 0 0 ${inode} 1`;
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    row("1F90", "01", 7),
    row("1F90", "08", 8),
    row("1F90", "0A", 9),
    row("1F90", "06", 0),
    row("1F90", "05", 0),
    row("1F91", "01", 10),
  ];
  assertEquals(countHeld(table.join("\n"), 8_080), 2);
});

Deno.test("A seed gives the same row again, and neighbours give others", () => {
  const row = (...seeds: number[]): number[] => {
    const random = new Random(...seeds);
    return Array.from({ length: 20 }, () => random.below(1_000));
  };
  assertEquals(row(1, 2), row(1, 2));
  assertNotEquals(row(1, 2), row(1, 3));
  assertNotEquals(row(1, 2), row(2, 1));
  const firsts = Array.from({ length: 1_000 }, (_, index) => new Random(7, index).below(10));
  const counts = Array.from(
    { length: 10 },
    (_, digit) => firsts.filter((it) => it === digit).length,
  );
  assertEquals(counts.filter((count) => count < 60 || count > 140), []);
});

Deno.test("readSettings takes the last of each option, and refuses what it does not know", () => {
  assertEquals(
    readSettings(["--minutes", "10", "--", "--minutes", "2", "--seed=7", "--targets", "deno, bun"]),
    { minutes: 2, seed: 7, targets: ["deno", "bun"] },
  );
  assertThrows(() => readSettings(["--minute", "2"]), TypeError, '"--minute"');
  assertThrows(() => readSettings(["--minutes", "soon"]), TypeError, '"soon"');
  assertThrows(() => soakTargets(["denno"]), TypeError, "Cannot find target: denno");
});
