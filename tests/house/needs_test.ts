/** Tests that a stage does not run, and says why, when what it needs is not there. */
import { assertEquals } from "@std/assert";
import { type Met, Needs } from "../../tools/needs.ts";
import { unmet } from "../../tools/test.ts";

/** Needs that are met like this, and how often each was provided. */
function fakeNeeds(chromium: Met, builtPackage: Met): { needs: Needs; calls: string[] } {
  const calls: string[] = [];
  const provide = (name: string, met: Met) => (): Promise<Met> => {
    calls.push(name);
    return Promise.resolve(met);
  };
  const needs = new Needs({
    chromium: provide("chromium", chromium),
    package: provide("package", builtPackage),
  });
  return { needs, calls };
}

Deno.test("Needs gives the variables of all needs, and provides each once a run", async () => {
  const { needs, calls } = fakeNeeds({ environment: { A: "1" } }, { environment: { B: "2" } });
  assertEquals(await needs.meet(["package"]), { environment: { B: "2" } });
  assertEquals(await needs.meet(["chromium", "package"]), { environment: { A: "1", B: "2" } });
  assertEquals(await needs.meet([]), { environment: {} });
  assertEquals(calls, ["package", "chromium"]);
});

Deno.test("Needs tells every stage that asks why a need is not met", async () => {
  const broken = { reason: "no such file", isFailure: true };
  const { needs, calls } = fakeNeeds({ environment: {} }, broken);
  assertEquals(await needs.meet(["chromium", "package"]), broken);
  assertEquals(await needs.meet(["package"]), broken);
  assertEquals(calls, ["chromium", "package"]);
});

Deno.test("unmet is a failure only where the need says so, and notes the first line", () => {
  const result = (isFailure: boolean): readonly [number, string | undefined] => {
    const { failed, note } = unmet({ reason: "gone\nfor good", isFailure });
    return [failed, note];
  };
  assertEquals(result(true), [1, "not run: gone"]);
  assertEquals(result(false), [0, "skipped: gone"]);
});
