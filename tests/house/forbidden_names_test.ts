/** Tests that each floor leaves the names alone that belong to another one. */
import { assertEquals } from "@std/assert";
import { forbiddenNames } from "./forbidden_names.ts";
import { projectFiles, readProjectFile } from "./project_files.ts";

const sources = await projectFiles(/^src\/.*\.ts$/);

Deno.test("No file of src names what its floor may not", async () => {
  const faults: string[] = [];
  for (const file of sources) faults.push(...forbiddenNames(file, await readProjectFile(file)));
  assertEquals(faults, []);
});

Deno.test("forbiddenNames finds values, types, imports and async code", () => {
  const samples: readonly (readonly [code: string, name: string])[] = [
    ["const now = Date.now();", "Date"],
    ["export function f(now: Date): void {}", "Date"],
    ["export type T = typeof console;", "console"],
    ["setTimeout(() => {}, 1);", "setTimeout"],
    ["export class A extends WebSocket {}", "WebSocket"],
    ["export const a = { crypto };", "crypto"],
    ["const id = globalThis['crypto'];", "globalThis"],
    ["export type R = Promise<void>;", "Promise"],
    ["export async function f() {}", "async"],
    ["export const f = async () => {};", "async"],
    ["export class A { async m() {} }", "async"],
    ["for await (const a of b) {}", "await"],
    ["import fs from 'node:fs';", '"node:fs"'],
    ["export type A = Deno.Addr;", "Deno"],
  ];
  for (const [code, name] of samples) {
    const found = forbiddenNames("src/session/sample.ts", `\n${code}`);
    const wanted = `src/session/sample.ts:2 may not name ${name}: `;
    assertEquals([code, found.some((it) => it.startsWith(wanted))], [code, true]);
  }
});

Deno.test("forbiddenNames leaves comments, strings and property names alone", () => {
  const free = [
    "/** Like setTimeout, but for Deno. */",
    "// no console here",
    "const a = 'Date'; const b = `console`; const c = /Promise/;",
    "host.process(); host.Date; const d = { console: 1 };",
    "interface Host { process(): void; readonly Date: string }",
    "class Link { crypto = 1; fetch(): void {} }",
  ];
  for (const code of free) assertEquals(forbiddenNames("src/session/sample.ts", code), []);
});

Deno.test("forbiddenNames follows the floor of the file", () => {
  const find = (file: string, code: string): number => forbiddenNames(file, code).length;
  assertEquals(find("src/base/clock.ts", "Date.now(); setTimeout(f, 1);"), 0);
  assertEquals(find("src/engine/engine_server.ts", "setTimeout(f, 1); performance.now();"), 2);
  assertEquals(find("src/base/ids.ts", "crypto.getRandomValues(bytes);"), 0);
  assertEquals(find("src/engine/engine_server.ts", "crypto.getRandomValues(bytes);"), 1);
  assertEquals(find("src/base/log.ts", "console.error('x');"), 0);
  assertEquals(find("src/base/clock.ts", "console.error('x');"), 1);
  assertEquals(find("src/server/server.ts", "Deno.serve(f); Bun.serve(f); process.exit();"), 3);
});

Deno.test("forbiddenNames leaves to each entry the names of its own runtime", () => {
  const code = {
    Deno: "Deno.serve(f);",
    Bun: "Bun.serve(f);",
    process: "process.exit();",
    Buffer: "Buffer.alloc(1);",
    turns: "setImmediate(f);",
    module: "import 'node:http';",
    lazily: "import('node:http');",
    console: "console.log();",
  };
  const free: Readonly<Record<string, readonly (keyof typeof code)[]>> = {
    "src/runtime/deno.ts": ["Deno", "turns"],
    "src/runtime/bun.ts": ["Bun", "Buffer", "turns"],
    "src/runtime/bun/bun_sink.ts": ["Bun", "Buffer", "turns"],
    "src/runtime/node.ts": ["Buffer", "turns", "module", "lazily"],
    "src/runtime/node/platform.ts": ["process", "Buffer", "turns", "module", "lazily"],
    "src/runtime/nodes.ts": ["turns"],
    "src/runtime/denofy.ts": ["turns"],
    "src/runtime/bundle.ts": ["turns"],
    "src/server/server.ts": [],
    "src/base/log.ts": ["console"],
  };
  for (const [file, names] of Object.entries(free)) {
    const allowed = Object.entries(code).filter(([, it]) => forbiddenNames(file, it).length === 0);
    assertEquals([file, allowed.map(([name]) => name)], [file, [...names]]);
  }
});

Deno.test("forbiddenNames lets an entry ask whether it runs on another runtime", () => {
  const code = "const { Deno: deno } = globalThis as { readonly Deno?: unknown };";
  assertEquals(forbiddenNames("src/runtime/node/platform.ts", code), []);
  assertEquals(forbiddenNames("src/runtime/node/platform.ts", "typeof Deno;").length, 1);
});
