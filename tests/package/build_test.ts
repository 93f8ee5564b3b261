/** Tests of the build: what it rewrites, what it refuses, and how it makes folders. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { refuseLooseImports } from "../../tools/build.ts";
import { compile, readEntryTypes } from "../../tools/package/compile.ts";
import { entryFiles } from "../../tools/package/entries.ts";
import { keyedFolder, keyOf, npmFailure } from "../../tools/package/install.ts";
import { readModule } from "../../tools/package/sources.ts";

function names(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}

Deno.test("readModule rewrites specifiers of every kind, and nothing that looks like one", () => {
  const source = [
    'import { a } from "./a.ts";',
    '// @ts-types="npm:@types/ws@8.18.2"',
    'import { WebSocket } from "npm:ws@8.23.0";',
    'import deep from "npm:@scope/name@1.2.3/deep/file.js";',
    'import { Buffer } from "node:buffer";',
    'export type * from "../b.ts";',
    'export type C = import("./c.ts").C;',
    'export const d = (): Promise<unknown> => import("./d.ts");',
    "export const text = 'import \"./text.ts\"';",
    "",
  ].join("\n");
  const { text, imports, versions } = readModule("src/x/file.ts", source);
  assertEquals(text.split("\n"), [
    'import { a } from "./a.js";',
    'import { WebSocket } from "ws";',
    'import deep from "@scope/name/deep/file.js";',
    'import { Buffer } from "node:buffer";',
    'export type * from "../b.js";',
    'export type C = import("./c.js").C;',
    'export const d = (): Promise<unknown> => import("./d.js");',
    "export const text = 'import \"./text.ts\"';",
    "",
  ]);
  assertEquals([...imports].sort(), ["src/b.ts", "src/x/a.ts", "src/x/c.ts", "src/x/d.ts"]);
  assertEquals(versions, { "ws": "8.23.0", "@scope/name": "1.2.3" });
});

Deno.test("readModule refuses a top-level await, and specifiers that npm does not know", () => {
  const sources = {
    "await fetch(url);": "a.ts:1: a top-level await",
    "\nfor await (const x of y) use(x);": "a.ts:2: a top-level await",
    "export const x = [await y];": "a.ts:1: a top-level await",
    'import "jsr:@std/assert@1";': 'npm cannot resolve "jsr:@std/assert@1"',
    'import "https://a.example/x.ts";': 'npm cannot resolve "https://a.example/x.ts"',
  };
  for (const [source, message] of Object.entries(sources)) {
    assertThrows(() => readModule("a.ts", source), TypeError, message);
  }
  const fine =
    "async function f() { await 1; }\nclass A { async g() { for await (const x of y); } }";
  assertEquals(readModule("a.ts", fine).text, fine);
});

Deno.test("compile refuses declarations that need the types of another module", () => {
  const module = (text: string): Parameters<typeof compile>[0] => [readModule("a.ts", text)];
  assertThrows(() => compile(module('import { b } from "./b.ts";\nexport const a = b();')));
  const files = compile(module("/** Doc. */\nexport class A { readonly #b: number = 1; }"));
  assertEquals([...files.keys()], ["a.js", "a.d.ts"]);
  assertStringIncludes(files.get("a.js") ?? "", "#b = 1;");
  assertStringIncludes(files.get("a.d.ts") ?? "", "/** Doc. */\nexport declare class A {");
});

Deno.test("readEntryTypes sees through every export, and entryFiles write them for require()", () => {
  const files = compile([
    readModule(
      "src/node.ts",
      'export * from "./more.ts";\nexport type { T as Options } from "./more.ts";',
    ),
    readModule(
      "src/more.ts",
      `export type T = 1;
       export class Server<A, B extends A = A> { constructor(a?: A); constructor(a: A, b?: B) {} }`,
    ),
  ]);
  const types = readEntryTypes(files, "src/node.d.ts");
  assertEquals(types, {
    names: ["Options", "Server", "T"],
    server: { typeParameters: ["A", "B extends A = A"], signatures: 1 },
  });
  const node = entryFiles({ name: "node", source: "src/node.ts" }, types);
  assertStringIncludes(node.get("node.d.cts") ?? "", "(...options: Options<typeof Server<A, B>>)");
  assertStringIncludes(node.get("node.cjs") ?? "", "new names.Server(...options)");
  const bun = entryFiles({ name: "bun", source: "src/bun.ts" }, types);
  assertStringIncludes(bun.get("bun.cjs") ?? "", 'module.exports = require("./src/bun.js");');
  assertEquals(bun.get("bun.js"), 'export * from "./src/bun.js";\n');
});

Deno.test("refuseLooseImports names what would not resolve, in code and in declarations", () => {
  const check = (path: string, text: string): void =>
    refuseLooseImports(
      new Map([["src/a.js", ""], ["src/a.d.ts", ""], [path, text]]),
      new Set(["ws"]),
    );
  check("src/b.js", 'import "./a.js";\nimport "ws";\nimport "node:http";');
  check("src/b.d.ts", 'import "./a.js";\nimport "node:http";');
  const bad = [
    ["src/b.js", "./c.js"],
    ["src/b.js", "./a.ts"],
    ["src/b.js", "express"],
    ["src/b.d.ts", "ws"], // It has no declarations of its own.
  ];
  for (const [path = "", specifier] of bad) {
    assertThrows(
      () => check(path, `import "${specifier}";`),
      TypeError,
      `"${specifier}" is not part`,
    );
  }
});

Deno.test("keyedFolder makes a folder once, and not at all when it fails", async () => {
  const root = await Deno.makeTempDir();
  const parent = new URL(`file://${root}/made/`);
  const key = await keyOf("a", "b");
  let calls = 0;
  const fill = async (folder: URL): Promise<void> => {
    calls++;
    await Deno.writeTextFile(new URL("file", folder), "whole");
  };
  const broken = (): Promise<never> => Promise.reject(new Error("no network"));
  await assertRejects(() => keyedFolder(parent, key, broken), Error, "no network");
  assertEquals(names(parent), []);
  const made = await Promise.all([1, 2, 3].map(() => keyedFolder(parent, key, fill)));
  assertEquals(new Set(made.map(String)), new Set([new URL(`${key}/`, parent).href]));
  assertEquals(names(parent), [key]);
  const callsThen = calls;
  await keyedFolder(parent, key, fill);
  assertEquals(calls, callsThen, "it is there already");
  await Deno.remove(root, { recursive: true });
});

Deno.test("keyedFolder removes old folders when it makes another, but none of the last hour", async () => {
  const root = await Deno.makeTempDir();
  const parent = new URL(`file://${root}/`);
  const keys = await Promise.all(["a", "b", "c", "d", "e", "f"].map((text) => keyOf(text)));
  for (const key of keys) await Deno.mkdir(new URL(key, parent));
  await Deno.mkdir(new URL("node_modules", parent));
  const [oldest = "", older = "", ...young] = keys;
  for (const key of [oldest, older, "node_modules"]) {
    await Deno.utime(new URL(key, parent), 1, 1);
  }
  const added = await keyOf("g");
  await keyedFolder(parent, added, () => Promise.resolve());
  assertEquals(names(parent), [...young, added, "node_modules"].sort());
  await Deno.remove(root, { recursive: true });
});

Deno.test("npmFailure says first why npm has failed, and below all that npm said", () => {
  const firstLine = (...said: readonly string[]): string => {
    const output = ["npm warn old", ...said.map((line) => `npm error ${line}`), ""].join("\n");
    const [first, ...rest] = npmFailure(output).split("\n");
    assertEquals(rest.join("\n"), output);
    return String(first);
  };
  assertEquals(
    firstLine("code ENOTFOUND", "syscall getaddrinfo", "network request to x failed", ""),
    "npm install failed: the registry cannot be reached (ENOTFOUND)",
  );
  assertEquals(
    firstLine("code ETARGET", "notarget No matching version found for a@9.", "notarget In most"),
    "npm install failed: notarget No matching version found for a@9.",
  );
  assertEquals(firstLine(), "npm install failed: npm does not say why");
});
