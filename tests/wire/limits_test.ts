import { assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_CODEC_LIMITS, resolveCodecLimits } from "../../src/wire/limits.ts";

Deno.test("resolveCodecLimits fills in the defaults", () => {
  assertEquals(resolveCodecLimits(), { ...DEFAULT_CODEC_LIMITS });
  assertEquals(resolveCodecLimits({ maxAttachments: 3 }), {
    maxAttachments: 3,
    maxAttachmentsBytes: 5_000_000,
    maxNamespaceLength: 1_024,
  });
});

Deno.test("resolveCodecLimits takes zero and Infinity where they make sense", () => {
  const limits = resolveCodecLimits({ maxAttachments: 0, maxAttachmentsBytes: Infinity });
  assertEquals(limits.maxAttachments, 0);
  assertEquals(limits.maxAttachmentsBytes, Infinity);
});

Deno.test("resolveCodecLimits refuses what is no bound, and names it", () => {
  for (const value of [-1, 1.5, NaN, -Infinity, "10" as unknown as number]) {
    assertThrows(() => resolveCodecLimits({ maxAttachments: value }), RangeError, "maxAttachments");
  }
  const error = assertThrows(() => resolveCodecLimits({ maxNamespaceLength: 0 }), RangeError);
  assertEquals(
    error.message,
    "Cannot create codec: maxNamespaceLength must be a whole number from 1 or Infinity, found 0",
  );
});
