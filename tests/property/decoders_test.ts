import fc from "fast-check";
import { PrototypeWatch } from "../fuzz/prototypes.ts";
import type { FuzzTarget } from "../fuzz/target.ts";
import { TARGETS } from "../fuzz/targets.ts";

const RUNS = { numRuns: 1_000 };

/** What the inputs of a target are made of, line by line. */
function inputOf({ dictionary }: FuzzTarget): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.json({ maxDepth: 3 }),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.nat().map(String),
  ).map((it) => new TextEncoder().encode(it));
  const known = fc.constantFrom(...dictionary).map((it) =>
    typeof it === "string" ? new TextEncoder().encode(it) : it
  );
  const piece = fc.oneof(
    { weight: 4, arbitrary: known },
    { weight: 2, arbitrary: text },
    fc.uint8Array({ maxLength: 8 }),
    fc.constantFrom("\n", "\n#").map((it) => new TextEncoder().encode(it)),
  );
  return fc.array(piece, { maxLength: 12, size: "max" }).map((pieces) =>
    Uint8Array.from(pieces.flatMap((it) => [...it]))
  );
}

for (const target of TARGETS) {
  Deno.test(`${target.name}: ${target.promise}`, async () => {
    const watch = new PrototypeWatch();
    await fc.assert(
      fc.asyncProperty(inputOf(target), async (input) => {
        await target.run(input);
        watch.check();
      }),
      RUNS,
    );
  });
}
