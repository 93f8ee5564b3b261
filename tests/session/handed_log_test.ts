import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { HandedLog, type HandingLane } from "../../src/session/handed_log.ts";

class CountingLane implements HandingLane {
  bytes = 0;

  handed(bytes: number): void {
    this.bytes += bytes;
  }

  sent(bytes: number): void {
    this.bytes -= bytes;
  }
}

Deno.test("HandedLog takes off what was handed first", () => {
  const [a, b] = [new CountingLane(), new CountingLane()];
  const log = new HandedLog();
  log.add(a, 10);
  log.add(a, 5);
  log.add(b, 20);
  log.trim(30);
  assertEquals([a.bytes, b.bytes], [10, 20]);
  log.add(a, 1);
  log.trim(20);
  assertEquals([a.bytes, b.bytes], [1, 19]);
  log.trim(0);
  assertEquals([a.bytes, b.bytes], [0, 0]);
  log.add(b, 7);
  assertEquals([a.bytes, b.bytes], [0, 7]);
});

Deno.test("HandedLog leaves what it knows when the runtime has more, from before", () => {
  const lane = new CountingLane();
  const log = new HandedLog();
  log.add(lane, 10);
  log.trim(1_000);
  assertEquals(lane.bytes, 10);
});

Deno.test("HandedLog counts as a list of single bytes does", () => {
  const step = fc.record({
    lane: fc.nat(2),
    bytes: fc.nat(20),
    /** Bytes that the runtime sends next. */
    sent: fc.nat(25),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
    const lanes = [new CountingLane(), new CountingLane(), new CountingLane()];
    const log = new HandedLog();
    let owners: number[] = [];
    for (const { lane, bytes, sent } of steps) {
      log.add(lanes[lane] ?? new CountingLane(), bytes);
      for (let i = 0; i < bytes; i++) owners.push(lane);
      owners = owners.slice(sent);
      log.trim(owners.length);
      const counts = [0, 1, 2].map((index) => owners.filter((owner) => owner === index).length);
      assertEquals(lanes.map((it) => it.bytes), counts);
    }
  }));
});
