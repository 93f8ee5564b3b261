/**
 * What decoded frames of msgpack hold of the heap, for each byte on the wire, with default options.
 *
 * Frames of 990,000 bytes, of one value again and again. `held` is after garbage is collected, `peak`
 * before it; `refused` is over `maxElements`.
 *
 * Run: deno run -A tools/deno.ts run -A bench/memory/msgpack.ts
 */
// deno-lint-ignore-file no-console -- it is a program, and this is what it prints
import { HEAVY_VALUES, weigh } from "../../tests/extra/heavy_frames.ts";

const SIZE = 990_000;

console.log("| value, again and again | held | peak |");
console.log("| --- | ---: | ---: |");
for (const [name, value] of Object.entries(HEAVY_VALUES)) {
  const { frame, use } = weigh(value, SIZE);
  const factors = use === undefined
    ? ["refused", "–"]
    : [use.held, use.peak].map((bytes) => (bytes / frame).toFixed(1));
  console.log(`| ${name} | ${factors.join(" | ")} |`);
}
