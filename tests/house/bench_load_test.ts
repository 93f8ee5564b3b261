/** Tests that the load bench reads, sums up and judges what it measures. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Figures, judge, targets } from "../../bench/load/matrix/judgement.ts";
import {
  allowedCores,
  cpuSeconds,
  openFiles,
  residentKiB,
} from "../../bench/load/matrix/process_stat.ts";
import { type CpuProfile, hotTable, hottest, profiled } from "../../bench/load/matrix/profile.ts";
import { scheduleOf } from "../../bench/load/matrix/schedule.ts";
import { leanOf, peerOf, servers } from "../../bench/load/matrix/servers.ts";
import { readSettings } from "../../bench/load/matrix/settings.ts";
import { median, medianRatio, spreadOf } from "../../bench/load/matrix/statistics.ts";
import { figureTable, short, verdictTable } from "../../bench/load/matrix/table.ts";
import { type Workload, workloads } from "../../bench/load/matrix/workloads.ts";

const by = (...values: readonly number[]): ReadonlyMap<number, number> => new Map(values.entries());

function workload(name: string): Workload {
  const found = workloads.find((it) => it.name === name);
  if (found === undefined) throw new TypeError(`Cannot find ${name}`);
  return found;
}

Deno.test("median takes the middle, or what lies between the two in the middle", () => {
  assertEquals(median([9, 1, 4]), 4);
  assertEquals(median([10, 1, 4, 9]), 6.5);
  assertEquals(median([]), NaN);
  assertEquals(spreadOf([5, 3, 20]), { median: 5, min: 3, max: 20 });
});

Deno.test("medianRatio compares what was measured in the same repetition", () => {
  // Both are twice as slow in the second: the ratio is 2 in each.
  assertEquals(medianRatio(by(20, 10, 20), by(10, 5, 10)), 2);
  assertEquals(medianRatio(new Map([[0, 8], [2, 6]]), new Map([[1, 1], [2, 2]])), 3);
  assertEquals(medianRatio(by(1), by()), NaN);
});

Deno.test("cpuSeconds adds user and system time, whatever the process is called", () => {
  const stat = (name: string): string =>
    `12 (${name}) S 1 12 12 0 -1 4194304 500 0 0 0 1234 66 0 0 20 0 11 0 100 1 2 3\n`;
  assertEquals(cpuSeconds(stat("node")), 13);
  assertEquals(cpuSeconds(stat("a ) b (c) 1 2 3")), 13);
  assertThrows(() => cpuSeconds("nonsense"), TypeError, 'found "nonsense"');
});

Deno.test("The files of a process tell its memory, its open files and its processors", () => {
  const status = "Name:\tnode\nVmHWM:\t  9 kB\nVmRSS:\t   45678 kB\nCpus_allowed_list:\t0,2-4\n";
  assertEquals(residentKiB(status), 45678);
  assertEquals(allowedCores(status), [0, 2, 3, 4]);
  const limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files   1024   20000   files\n";
  assertEquals(openFiles(limits), 1024);
  assertEquals(openFiles("Max open files   unlimited   unlimited   files\n"), Infinity);
  assertThrows(() => residentKiB(""), TypeError);
  assertThrows(() => openFiles(""), TypeError);
});

Deno.test("scheduleOf interleaves servers, and begins with another one each time", () => {
  const cells = scheduleOf(["a", "b", "c"], ["x", "y"], {
    repetitions: 2,
    canPlay: (server, play) => !(server === "c" && play === "y"),
  });
  const text = cells.map((it) => `${it.workload}${it.repetition}${it.server}`).join(" ");
  assertEquals(text, "x0a x0b x0c x1b x1c x1a y0a y0b y1b y1a");
});

Deno.test("A ratio is met by the target or by 85 % of the lean control, and else missed", () => {
  const figures = (ours: number): Figures =>
    new Map([["godwit-node", by(ours)], ["socketio-node", by(10)], ["lean-node", by(25)]]);
  const outcome = (ours: number): string =>
    judge("node", workload("echo32"), figures(ours)).outcome;
  assertEquals(outcome(24), "met");
  assertEquals(outcome(21.3), "met by the control");
  assertEquals(outcome(21.2), "missed");
  const { reached, ofLean, target } = judge("node", workload("echo32"), figures(24));
  assertEquals([reached, target], [2.4, 2.4]);
  assertEquals(ofLean, 24 / 25);
});

Deno.test("Memory is met below its limit, or a little above that of the lean control", () => {
  const figures = (ours: number): Figures =>
    new Map([["godwit-bun", by(ours)], ["socketio-bun", by(99)], ["lean-bun", by(6)]]);
  const outcome = (ours: number): string => judge("bun", workload("idle"), figures(ours)).outcome;
  assertEquals([5, 7, 7.1].map(outcome), ["met", "met by the control", "missed"]);
});

Deno.test("What was not measured, or has no target, is neither met nor missed", () => {
  const none: Figures = new Map([["godwit-deno", by(5)]]);
  assertEquals(judge("deno", workload("ack32"), none).outcome, "not measured");
  assertEquals(judge("deno", workload("idle"), new Map()).outcome, "not measured");
  assertEquals(judge("deno", workload("echo1024"), none).outcome, "no target");
});

Deno.test("Each server of ours has a peer and a control, and targets for workloads there are", () => {
  const names = servers.map(({ name }) => name);
  const ours = servers.filter(({ kind }) => kind === "ours");
  const wanted = ours.flatMap(({ runtime }) => [peerOf(runtime), leanOf(runtime)]);
  assertEquals(wanted.filter((name) => !names.includes(name)), []);
  assertEquals(ours.map(({ runtime }) => runtime).sort(), Object.keys(targets).sort());
  const plays = new Set(workloads.map(({ name }) => name));
  const strange = Object.values(targets).flatMap(Object.keys).filter((name) => !plays.has(name));
  assertEquals(strange, []);
});

Deno.test("readSettings chooses by name, kind and runtime, and tells what is left out", () => {
  const { servers: chosen, workloads: plays, repetitions, leftOut } = readSettings([
    "--servers=ours,lean-bun",
    "--workloads=idle,conn",
    "--repetitions=7",
  ]);
  assertEquals(chosen.map(({ name }) => name), [
    "godwit-node",
    "godwit-bun",
    "godwit-deno",
    "godwit-deno-node",
    "lean-bun",
  ]);
  assertEquals(plays.map(({ name }) => name), ["conn", "idle"]);
  assertEquals(repetitions, 7);
  assertEquals(leftOut.includes("socketio-node") && leftOut.includes("echo32"), true);
  assertEquals(readSettings(["--servers=all", "--workloads=all"]).leftOut, []);
});

Deno.test("readSettings refuses what it does not know", () => {
  const refused = (argument: string, text: string): void =>
    void assertThrows(() => readSettings([argument]), TypeError, text);
  refused("--servers=noone", 'Cannot find server "noone"');
  refused("--workloads=echo", 'Cannot find workload "echo"');
  refused("--repetitions=0", "wanted more than 0");
  refused("--repetitions=1.5", "wanted a whole number");
  refused("--seconds=soon", "Cannot take soon for --seconds");
  refused("--hurry=1", "Cannot find option --hurry");
  refused("echo32", 'Cannot read "echo32"');
});

Deno.test("short writes figures with two or three digits", () => {
  assertEquals([9.64, 99.96, 833.3, 4_320, 9_990, 56_700, 999_600, 1_234_000, NaN].map(short), [
    "9.6",
    "100.0",
    "833",
    "4.3k",
    "10k",
    "57k",
    "1.00M",
    "1.23M",
    "",
  ]);
});

Deno.test("The tables have a row for each server and a column for each workload", () => {
  const entry = (server: string, play: string, median: number, isDoubtful = false) => ({
    server,
    workload: play,
    spread: { median, min: median / 2, max: median * 2 },
    isDoubtful,
  });
  const table = figureTable([
    entry("a", "x", 100),
    entry("a", "y", 2_000),
    entry("b", "y", 10, true),
  ]);
  assertEquals(table.split("\n"), [
    "| server | x | y |",
    "| --- | --- | --- |",
    "| a | 100 (50.0–200) | 2.0k (1.0k–4.0k) |",
    "| b |  | 10.0 (5.0–20.0) * |",
  ]);
  const figures: Figures = new Map([["godwit-node", by(12)], ["socketio-node", by(10)]]);
  const verdicts = ["echo32", "idle"].map((name) => judge("node", workload(name), figures));
  assertStringIncludes(
    verdictTable(verdicts),
    "| node | 1.20x of 2.40x, **missed** | 12.0 KiB of 9.5 KiB, **missed** |",
  );
});

Deno.test("hottest counts what was on top in the last milliseconds, without idle time", () => {
  const node = (id: number, functionName: string, url = "", lineNumber = -1) => ({
    id,
    callFrame: { functionName, url, lineNumber },
  });
  const profile: CpuProfile = {
    nodes: [
      node(1, "(idle)"),
      node(2, "(garbage collector)"),
      node(3, "write", "file:///a/node_modules/p/w.js", 6),
      node(4, "write", "file:///a/node_modules/p/w.js", 6), // called from elsewhere
      node(5, "", "node:net", 0),
    ],
    startTime: 0,
    endTime: 10_000,
    samples: [5, 3, 1, 4, 2, 5],
    timeDeltas: [4_000, 2_000, 1_000, 1_000, 1_000, 1_000],
  };
  const hot = hottest(profile, 5);
  assertEquals(hot, [
    { name: "write", place: "p/w.js:7", share: 0.5 },
    { name: "(garbage collector)", place: "", share: 0.25 },
    { name: "(anonymous)", place: "node:net:1", share: 0.25 },
  ]);
  assertEquals(hotTable(hot, 1).split("\n").at(-1), "| 50.0 % | write | p/w.js:7 |");
});

Deno.test("profiled puts its flags before the program", () => {
  const flags = "--cpu-prof --cpu-prof-dir=f";
  assertEquals(profiled(["node", "--x", "a"], "f").join(" "), `node ${flags} --x a`);
  assertEquals(profiled(["deno", "run", "-A", "a"], "f").join(" "), `deno run ${flags} -A a`);
});
