import { assertEquals } from "@std/assert";
import { describeUntold, type LineGrant, LineQuota } from "../../src/base/line_quota.ts";

Deno.test("LineQuota grants so many lines a minute, and says which is the last", () => {
  const quota = new LineQuota(2);
  const take = (now: number): LineGrant | undefined => quota.take(now);
  assertEquals(take(1_000), { untold: 0, isLast: false });
  assertEquals(take(60_999), { untold: 0, isLast: true });
  assertEquals(take(60_999), undefined);
  assertEquals(quota.isOver(60_999), false);
  assertEquals(quota.isOver(61_000), true);
  assertEquals(take(61_000), { untold: 1, isLast: false });
  assertEquals(take(61_000), { untold: 0, isLast: true });
});

Deno.test("LineQuota tells with the next line what had none, its own and what it inherits", () => {
  const gone = new LineQuota(1);
  gone.take(0);
  gone.take(0);
  gone.take(0);
  const quota = new LineQuota(1);
  quota.pass();
  quota.inherit(gone);
  assertEquals(quota.take(0), { untold: 3, isLast: true });
  assertEquals(gone.take(60_000), { untold: 0, isLast: true });
});

Deno.test("describeUntold says nothing of nothing", () => {
  assertEquals(describeUntold(0), "");
  assertEquals(describeUntold(7), " (7 more since the last such line)");
});
