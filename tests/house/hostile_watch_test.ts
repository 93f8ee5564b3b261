/** Tests the check that is made around every hostile case. */
import { assertEquals } from "@std/assert";
import { leftOf, MEMORY_BUDGET_BYTES } from "../conformance/hostile/watch.ts";
import type { AppState } from "../runtime/app_state.ts";

const BEFORE: AppState = {
  sessions: 2,
  sockets: 2,
  rooms: 2,
  timers: 1,
  requests: 0,
  heapBytes: 10_000_000,
  rssBytes: 60_000_000,
};

Deno.test("leftOf names whatever there is more of than before, and nothing else", () => {
  assertEquals(leftOf(BEFORE, BEFORE), []);
  assertEquals(leftOf(BEFORE, { ...BEFORE, sessions: 0, timers: 0, rssBytes: 1e9 }), []);
  for (const name of ["sessions", "sockets", "rooms", "timers", "requests"] as const) {
    const more = BEFORE[name] + 1;
    const left = leftOf(BEFORE, { ...BEFORE, [name]: more });
    assertEquals(left, [`${more} ${name}, before ${BEFORE[name]}`]);
  }
});

Deno.test("leftOf takes memory for left behind only beyond the budget", () => {
  const heapBytes = BEFORE.heapBytes + MEMORY_BUDGET_BYTES;
  assertEquals(leftOf(BEFORE, { ...BEFORE, heapBytes }), []);
  const more = leftOf(BEFORE, { ...BEFORE, heapBytes: heapBytes + 1 });
  assertEquals(more, [`${MEMORY_BUDGET_BYTES + 1} bytes`]);
});
