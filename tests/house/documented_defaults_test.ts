/** Tests that the documentation of every option tells the default that counts. */
import { assertEquals, assertThrows } from "@std/assert";
import * as msgpackOptions from "../../src/extra/msgpack/options.ts";
import * as drainOptions from "../../src/server/drain_options.ts";
import * as nodeOptions from "../../src/runtime/node/options.ts";
import * as options from "../../src/server/options.ts";
import { defaultFaults, documentedDefaults, exportedRules } from "./documented_defaults.ts";
import { projectRoot } from "./project_files.ts";

const rule = (value: unknown) => ({ default: value, read: () => {} });

Deno.test("@default of every ServerOptions member is the default of its rule", async () => {
  const file = new URL("src/server/server_options.ts", projectRoot);
  const documented = await documentedDefaults(file, "ServerOptions");
  assertEquals(defaultFaults(documented, exportedRules(options)), []);
});

Deno.test("@default of every NodeServerOptions member is the default of its rule", async () => {
  const file = new URL("src/runtime/node/options.ts", projectRoot);
  const own = await documentedDefaults(file, "NodeServerOptions");
  assertEquals(own.size > 0, true);
  const inherited = exportedRules(options);
  const { rules, refused } = exportedRules(nodeOptions);
  // What the interface inherits is documented there; its rules are the same objects.
  const ownRules = Object.fromEntries(
    Object.entries(rules).filter(([name, rule]) => inherited.rules[name] !== rule),
  );
  assertEquals(defaultFaults(own, { rules: ownRules, refused }), []);
  assertEquals(Object.keys(inherited.rules).filter((name) => rules[name] === undefined), []);
  // Whatever the interface allows is either of some effect or refused.
  assertEquals(refused.filter((name) => own.has(name)), []);
  assertEquals(inherited.refused.filter((name) => !refused.includes(name) && !own.has(name)), []);
});

Deno.test("@default of every DrainOptions member is the default of its rule", async () => {
  const file = new URL("src/server/drain_options.ts", projectRoot);
  const documented = await documentedDefaults(file, "DrainOptions");
  assertEquals(documented.size, 5);
  assertEquals(defaultFaults(documented, exportedRules(drainOptions)), []);
});

Deno.test("@default of every MsgpackOptions member is the default of its rule", async () => {
  const file = new URL("src/extra/msgpack/options.ts", projectRoot);
  const documented = await documentedDefaults(file, "MsgpackOptions");
  assertEquals(documented.size, 3);
  assertEquals(defaultFaults(documented, exportedRules(msgpackOptions)), []);
});

Deno.test("documentedDefaults reads the members of an interface", async () => {
  const file = new URL("tests/house/fixtures/api.ts", projectRoot);
  const documented = await documentedDefaults(file, "SampleOptions");
  assertEquals([...documented], [["waitMs", "25_000"], ["onValue", undefined]]);
});

Deno.test("defaultFaults finds wrong, missing and superfluous defaults", () => {
  const documented = new Map([["a", "1_000"], ["b", "true"], ["c", undefined], ["d", "1"]]);
  const rules = { a: rule(1000), b: rule(false), c: rule(1), e: rule(1) };
  assertEquals(defaultFaults(documented, { rules, refused: [] }), [
    "b: written true, but it is false",
    "c has no @default",
    "d is documented and has no rule",
    "e has a rule and no documentation",
  ]);
});

Deno.test("defaultFaults lets refused options be documented, without a default", () => {
  const documented = new Map([["a", undefined], ["b", "1"]]);
  assertEquals(defaultFaults(documented, { rules: {}, refused: ["a", "b", "c"] }), [
    "b is refused and has a @default",
  ]);
});

Deno.test("defaultFaults compares texts, lists, nothing, and lets functions be described", () => {
  const documented = new Map([["a", '"/x"'], ["b", '["p", "w"]'], ["c", "undefined"], [
    "d",
    "any",
  ]]);
  const rules = { a: rule("/x"), b: rule(["p", "w"]), c: rule(undefined), d: rule(() => 1) };
  assertEquals(defaultFaults(documented, { rules, refused: [] }), []);
  const others = { ...rules, b: rule(["p"]), c: rule(0) };
  assertEquals(defaultFaults(documented, { rules: others, refused: [] }).length, 2);
});

Deno.test("exportedRules finds the table of options, and refuses to find none", () => {
  const rules = { a: rule(1) };
  assertEquals(exportedRules({ f: 1, table: { rules, refused: { b: {} } } }), {
    rules,
    refused: ["b"],
  });
  assertThrows(() => exportedRules({ other: { rules: { a: 1 } }, rules }), Error, "found none");
});
