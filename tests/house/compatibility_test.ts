/**
 * Tests that docs/compatibility.md tells everything that the reference has, and nothing that is not
 * shown by a test.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { DIFFERENCES } from "../differential/differences.ts";
import { serverApi } from "./api_snapshot.ts";
import {
  eventFault,
  exportFaults,
  keyFaults,
  optionFault,
  presenceFault,
  testFaults,
} from "./compatibility_faults.ts";
import { columnObjects } from "./compatibility_objects.ts";
import {
  COLUMNS,
  countStates,
  parseTable,
  readTable,
  type Row,
  STATES,
} from "./compatibility_table.ts";
import { type NamedTest, namedTests, runsOn, writtenNames } from "./named_tests.ts";
import { newMembers, ownEvents, ownOptions } from "./own_members.ts";
import { readProjectFile } from "./project_files.ts";
import { referenceMembers, referenceTexts } from "./reference_members.ts";
import { SCOPES, TEXT_SECTIONS } from "./reference_sources.ts";

const NEW_HERE = "New here";

const { rows, faults } = await readTable();

Deno.test("Every row of docs/compatibility.md is whole", () => {
  assertEquals(faults, []);
  assert(rows.length > 0);
});

Deno.test("docs/compatibility.md has a row for each member of the reference, and no other", async () => {
  const reference = referenceMembers();
  const wanted = new Map(reference).set(NEW_HERE, await newMembers(reference));
  assertEquals(keyFaults(rows, wanted), []);
});

Deno.test("Every row of docs/compatibility.md names tests that show what it says of each column", async () => {
  const tests = new Map<string, readonly NamedTest[] | undefined>();
  for (const { file } of rows.flatMap((row) => row.tests)) {
    if (!tests.has(file)) tests.set(file, await namedTests(file));
  }
  assertEquals(rows.flatMap((row) => testFaults(row, tests)), []);
});

Deno.test("Texts that docs/compatibility.md gives to the reference are in its code", () => {
  const texts = rows.filter(({ section }) => TEXT_SECTIONS.has(section));
  const code = referenceTexts();
  const textOf = ({ section, key }: Row): string =>
    section === SCOPES ? `("${key}")` : key.replaceAll(/^"|"$/g, "");
  assertEquals(texts.filter((row) => !code.includes(textOf(row))), []);
});

Deno.test("Members are there where the table says so, and absent where it says no", async () => {
  for (const target of Object.values(COLUMNS)) {
    const held = await columnObjects(target);
    const found: string[] = [];
    for (const row of rows) {
      const fault = await presenceFault(row, target, held);
      if (fault !== undefined) found.push(fault);
    }
    await held.close();
    assertEquals(found, []);
  }
});

Deno.test("Options are taken and refused where the table says so, and events declared", async () => {
  const [members, events] = [await ownOptions(), await ownEvents()];
  for (const target of Object.values(COLUMNS)) {
    const held = await columnObjects(target);
    const found = rows.flatMap((row) => [
      optionFault(row, target, { ...held, members }),
      eventFault(row, target, events),
    ]);
    await held.close();
    assertEquals(found.filter((it) => it !== undefined), []);
  }
});

Deno.test("Names of the reference are exported here, or have a counterpart", async () => {
  const api = Object.entries(await serverApi());
  assertEquals(rows.flatMap((row) => api.flatMap((entry) => exportFaults(row, entry))), []);
});

Deno.test("docs/compatibility.md counts its rows", async () => {
  const counts = countStates(rows);
  const text = await readProjectFile("docs/compatibility.md");
  assertMatch(text, new RegExp(`\\b${rows.length} rows\\b`));
  const lines = linesOf(text);
  for (const state of STATES) {
    const line = `| \`${state}\` | ${counts[state].join(" | ")} |`;
    assert(lines.includes(line), `The counts must have the line ${line}`);
  }
});

Deno.test("docs/compatibility.md tells each difference that the differential suite lets pass", async () => {
  const lines = linesOf(await readProjectFile("docs/compatibility.md"));
  const wanted = DIFFERENCES.map((it) =>
    `| ${it.name} | ${it.reference} | ${it.ours} | ${it.why} |`
  );
  assertEquals(wanted.filter((line) => !lines.includes(line)), []);
});

/** The lines of a document, however its tables are aligned. */
function linesOf(text: string): readonly string[] {
  return text.split("\n").map((line) => line.replaceAll(/\s+/g, " "));
}

const ROW = "| `A.b` | yes | yes | no | no | – | [It works](../tests/x/a_test.ts) |";
const HEADER = `| | ${Object.keys(COLUMNS).join(" | ")} | note | shown by |`;

function tableOf(...lines: string[]): ReturnType<typeof parseTable> {
  return parseTable(["## A", HEADER, "|---|---|---|---|---|---|---|", ...lines].join("\n"));
}

Deno.test("parseTable gives rows, and tells of every line that is none", () => {
  const { rows: [row], faults: none } = tableOf(ROW);
  assertEquals(none, []);
  assertEquals(row, {
    section: "A",
    key: "A.b",
    states: { deno: "yes", "deno-node": "yes", bun: "no", node: "no" },
    note: "–",
    tests: [{ test: "It works", file: "tests/x/a_test.ts" }],
  });
  const two = ROW.replace(" |\n", "").replace(/(\[.*\))/, "$1, [It ends](../tests/b_test.ts)");
  assertEquals(tableOf(two).rows[0]?.tests.at(-1), { test: "It ends", file: "tests/b_test.ts" });
  const broken = [
    ROW.replace("–", " "),
    ROW.replace("| no |", "| maybe |"),
    ROW.replace("`A.b`", "A.b"),
    ROW.replace("| – ", ""),
    ROW.replace(/\[.*\)/, "a test"),
  ];
  assertEquals(tableOf(...broken).faults, [
    "A: `A.b` has an empty cell",
    'A: `A.b` has the state "maybe"',
    "A: A.b is not one key in backticks",
    "A: `A.b` has 6 cells",
    "A: `A.b` names no test",
  ]);
});

Deno.test("keyFaults tells what has no row, two, or no place in the reference", () => {
  const wanted = new Map([["A", new Set(["A.b", "A.c"])]]);
  const { rows } = tableOf(ROW, ROW, ROW.replace("A.b", "A.d"));
  assertEquals(keyFaults(rows, wanted), [
    "A: A.b has two rows",
    "A: A.d is not in the reference",
    "A: A.c has no row",
  ]);
});

Deno.test("testFaults tells of files, names, places and capabilities that are not there", () => {
  const [row] = tableOf(ROW).rows;
  assert(row !== undefined);
  const judge = (file: string, tests: readonly NamedTest[] | undefined, state = "yes"): unknown => {
    const states = { deno: state, node: "no" };
    const judged = { ...row, states, tests: [{ test: "It works", file }] };
    return testFaults(judged, new Map([[file, tests]]));
  };
  const works = [{ name: "It works" }];
  const unshown = (state: string): unknown => [
    `A: A.b says ${state} for deno, which its tests do not show`,
  ];
  assertEquals(judge("tests/x/a_test.ts", works), []);
  for (const tests of [undefined, [{ name: "It works so" }], [{ name: "It …" }]]) {
    assertEquals(judge("tests/x/a_test.ts", tests), [
      'A: A.b names "It works", which tests/x/a_test.ts does not run',
    ]);
  }
  assertEquals(judge("tests/node/a_test.ts", works), unshown("yes"));
  assertEquals(judge("tests/house/compatibility_test.ts", works), unshown("yes"));
  const needy = [{ name: "It works", needs: "buffers" }] as const;
  assertEquals(judge("tests/runtime/cases/a.ts", needy), unshown("yes"));
  assertEquals(judge("tests/runtime/cases/a.ts", works, "other"), unshown("other"));
  assertEquals(judge("tests/x/a_test.ts", works, "other"), []);
  const helpful = [{ name: "It works", needs: "bare-query" }] as const;
  assertEquals(judge("tests/runtime/cases/a.ts", helpful, "other"), []);
});

Deno.test("runsOn knows the tests of one entry", () => {
  const targets = (file: string): unknown =>
    Object.values(COLUMNS).filter((target) => runsOn(target, file));
  assertEquals(targets("tests/engine/a_test.ts"), Object.values(COLUMNS));
  assertEquals(targets("tests/node/a_test.ts"), ["deno-node", "node"]);
  assertEquals(targets("tests/bun/a_test.ts"), ["bun"]);
  assertEquals(targets("tests/runtime/deno_entry_test.ts"), ["deno"]);
});

Deno.test("writtenNames gives names of tests and cases, and no other text", () => {
  const source = `
    Deno.test("one", () => {});
    testOnBoth("two", async () => {});
    Deno.test.ignore("never", () => {});
    Deno.test(\`six (\${transport})\`, () => {});
    for (const way of ["port", "path"] as const) testOnBoth(\`by \${way}, seven\`, () => {});
    for (const way of WAYS) testOnBoth(\`by \${way}\`, () => {});
    const cases = [{ name: "three", run() { socket.emit("four"); } }, { name: "five" }];`;
  const filled = ["six (…)", "by port, seven", "by path, seven", "by …"];
  assertEquals(writtenNames(source), ["one", "two", ...filled, "three"]);
});

Deno.test("A row that real objects deny is a fault", async () => {
  const held = await columnObjects("deno");
  const [row] = tableOf(ROW).rows;
  assert(row !== undefined);
  const judge = (key: string, state: string): Promise<string | undefined> =>
    presenceFault({ ...row, key, states: { deno: state } }, "deno", held);
  assertEquals(await judge("Server.of", "yes"), undefined);
  assertEquals(
    await judge("Server.of", "no"),
    "A: Server.of on deno is said to be no, but is there",
  );
  assertEquals(
    await judge("Server.eio", "yes"),
    "A: Server.eio on deno is said to be yes, but is absent",
  );
  assertEquals(
    await judge("Server.path", "refused"),
    "A: Server.path on deno is said to be refused, but throws nothing",
  );
  const form = "new Server(port, options)";
  assertEquals(await judge(form, "refused"), undefined);
  assertEquals(await judge(form, "yes"), `A: ${form} on deno is said to be yes, but is refused`);
  await held.close();
});

Deno.test("A row that options and events deny is a fault", async () => {
  const held = await columnObjects("deno");
  const [row] = tableOf(ROW).rows;
  assert(row !== undefined);
  const members = new Set(["ServerOptions.cors.origin"]);
  const option = (name: string, state: string): string | undefined => {
    const judged = { ...row, key: `ServerOptions.${name}`, states: { deno: state } };
    return optionFault(judged, "deno", { ...held, members })?.split(", but ")[1];
  };
  const right = [["cookie", "yes"], ["serveClient", "refused"], ["cors.origin", "other"]] as const;
  assertEquals(right.map(([name, state]) => option(name, state)), Array(3).fill(undefined));
  assertEquals(option("cookie", "refused"), "is yes or other");
  assertEquals(option("perMessageDeflate", "yes"), "is refused");
  assertEquals(option("connectionStateRecovery.skipMiddlewares", "no"), "is refused");
  assertEquals(option("cors.orign", "yes"), "is no");
  assertEquals(option("closeHttpServer", "other"), "is no");
  const event = (key: string, state: string): string | undefined =>
    eventFault({ ...row, key, states: { deno: state } }, "deno", new Set(['Server "connect"']));
  assertEquals([event('Server "connect"', "yes"), event('Transport "packet"', "no")], [
    undefined,
    undefined,
  ]);
  assertEquals(
    event('Transport "packet"', "yes"),
    'A: Transport "packet" on deno is said to be yes, but is not declared',
  );
  assertEquals(
    event('Server "connect"', "no"),
    'A: Server "connect" on deno is said to be no, but is declared',
  );
  await held.close();
});
