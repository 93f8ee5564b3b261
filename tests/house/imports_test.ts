/**
 * Tests that every file of the package imports its own floor or lower ones only, that nothing
 * imports in a circle, and that no file of `src/` is left over.
 */
import { assertEquals } from "@std/assert";
import {
  type Edge,
  findCycles,
  forbiddenEdges,
  missingFiles,
  type ModuleGraph,
  reachableFrom,
  readGraph,
} from "./module_graph.ts";
import { projectFiles, projectRoot } from "./project_files.ts";

const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", projectRoot)));
const entries = Object.values<string>(exports).map((it) => it.replace("./", ""));
const sources = await projectFiles(/^src\/.*\.ts$/);

function graphOf(...edges: readonly (readonly [from: string, to: string])[]): ModuleGraph {
  const graph = new Map<string, Edge[]>();
  for (const [from, to] of edges) {
    graph.set(from, [...(graph.get(from) ?? []), { from, to, line: 1 }]);
    if (!graph.has(to)) graph.set(to, []);
  }
  return graph;
}

function isForbidden(from: string, to: string): boolean {
  return forbiddenEdges(new Map([[from, [{ from, to, line: 1 }]]])).length > 0;
}

Deno.test("Imports go to the own floor or a lower one", async () => {
  const graph = await readGraph([...new Set([...entries, ...sources])]);
  assertEquals(missingFiles(graph), []);
  assertEquals(forbiddenEdges(graph), []);
});

Deno.test("Imports have no cycle, types included", async () => {
  assertEquals(findCycles(await readGraph(sources)), []);
});

Deno.test("Every file of src is reached from an export", async () => {
  const reached = reachableFrom(await readGraph(entries), entries);
  const dead = sources.filter((file) => !reached.has(file) && !entries.includes(file));
  assertEquals(dead, []);
});

Deno.test("forbiddenEdges allows what the floors allow", () => {
  const allowed: readonly (readonly [string, string])[] = [
    ["src/base/ids.ts", "src/base/bytes.ts"],
    ["src/wire/codec.ts", "src/base/errors.ts"],
    ["src/engine/engine_server.ts", "src/wire/engine_v4.ts"],
    ["src/socket/connection.ts", "src/engine/ports.ts"],
    ["src/socket/connection.ts", "src/session/close_reason.ts"],
    ["src/server/server.ts", "src/socket/api.ts"],
    ["src/cluster/bus.ts", "src/socket/adapter.ts"],
    ["src/runtime/deno.ts", "src/server/server.ts"],
    ["src/runtime/node.ts", "npm:ws@8.23.0"],
    ["src/runtime/node.ts", "node:http"],
    ["src/runtime/node.ts", "src/runtime/node/options.ts"],
    ["src/runtime/node/options.ts", "node:http"],
    ["src/runtime/node/options.ts", "src/runtime/node/platform.ts"],
    ["src/runtime/bun.ts", "src/runtime/bun/bun_sink.ts"],
    ["mod.ts", "src/runtime/deno.ts"],
    ["src/extra/msgpack.ts", "npm:@msgpack/msgpack@3.1.3"],
    ["src/extra/msgpack/encode.ts", "npm:@msgpack/msgpack@3.1.3"],
    ["src/extra/msgpack/encode.ts", "src/wire/limits.ts"],
    ["src/extra/msgpack.ts", "src/base/bytes.ts"],
  ];
  for (const [from, to] of allowed) {
    assertEquals([from, to, isForbidden(from, to)], [from, to, false]);
  }
});

Deno.test("forbiddenEdges names each edge that breaks a rule", () => {
  const forbidden: readonly (readonly [string, string])[] = [
    ["src/base/ids.ts", "src/wire/codec.ts"],
    ["src/wire/codec.ts", "src/session/ports.ts"],
    ["src/session/session.ts", "src/engine/ports.ts"],
    ["src/engine/engine_server.ts", "src/wire/json_codec.ts"],
    ["src/engine/engine_server.ts", "src/socket/api.ts"],
    ["src/socket/connection.ts", "src/session/session.ts"],
    ["src/socket/connection.ts", "src/engine/engine_server.ts"],
    ["src/socket/api.ts", "src/server/server.ts"],
    ["src/server/server.ts", "src/cluster/bus.ts"],
    ["src/cluster/bus.ts", "src/server/server.ts"],
    ["src/server/server.ts", "src/runtime/deno.ts"],
    ["src/server/server.ts", "mod.ts"],
    ["src/server/server.ts", "tests/support/waiting.ts"],
    ["src/base/ids.ts", "jsr:@std/assert@1"],
    ["src/base/ids.ts", "npm:ws@8.23.0"],
    ["src/base/ids.ts", "node:fs"],
    ["src/runtime/deno.ts", "npm:ws@8.23.0"],
    ["src/runtime/deno.ts", "node:http"],
    ["src/runtime/deno.ts", "src/runtime/node/options.ts"],
    ["src/runtime/bun.ts", "node:buffer"],
    ["src/runtime/bun.ts", "npm:ws@8.23.0"],
    ["src/runtime/bun/bun_sink.ts", "node:buffer"],
    ["src/runtime/bun/bun_sink.ts", "src/runtime/node/frame_writer.ts"],
    ["src/runtime/node/options.ts", "src/runtime/deno.ts"],
    ["src/runtime/node/options.ts", "npm:ws@8.23.0"],
    ["src/runtime/node/ws.ts", "npm:ws@8.23.0"],
    ["src/runtime/nodes.ts", "node:http"],
    ["src/runtime/node_http.ts", "node:http"],
    ["src/server/runtime/node.ts", "node:http"],
    ["src/runtime/node.ts", "npm:wss@1.0.0"],
    ["src/runtime/node.ts", "npm:express@5.0.0"],
    ["src/runtime/node.ts", "jsr:@std/http@1"],
    ["src/elsewhere/x.ts", "src/base/ids.ts"],
    ["src/loose.ts", "src/base/ids.ts"],
    ["mod.ts", "src/base/ids.ts"],
    ["src/extra/metrics.ts", "npm:@msgpack/msgpack@3.1.3"],
    ["src/extra/msgpack_more.ts", "npm:@msgpack/msgpack@3.1.3"],
    ["src/extra/msgpack.ts", "npm:ws@8.23.0"],
    ["src/extra/msgpack.ts", "node:buffer"],
    ["src/extra/msgpack.ts", "src/server/server.ts"],
    ["src/extra/msgpack.ts", "src/runtime/node.ts"],
    ["src/wire/parser_codec.ts", "npm:@msgpack/msgpack@3.1.3"],
    ["src/wire/parser_codec.ts", "src/extra/msgpack.ts"],
    ["src/runtime/node.ts", "src/extra/msgpack.ts"],
    ["src/runtime/node.ts", "npm:@msgpack/msgpack@3.1.3"],
  ];
  for (const [from, to] of forbidden) {
    assertEquals([from, to, isForbidden(from, to)], [from, to, true]);
  }
  assertEquals(forbiddenEdges(graphOf(["src/base/ids.ts", "src/wire/codec.ts"])), [
    'src/base/ids.ts:1 may not import src/wire/codec.ts: "base" may not look at "wire"',
  ]);
});

Deno.test("missingFiles names imports of files that do not exist, and only those", () => {
  const graph = graphOf(["a.ts", "b.ts"], ["a.ts", "node:fs"], ["a.ts", "npm:ws@8.23.0"]);
  assertEquals(missingFiles(graph), []);
  const holes = new Map([["a.ts", graph.get("a.ts") ?? []]]);
  assertEquals(missingFiles(holes), ["a.ts:1 imports b.ts, which does not exist"]);
});

Deno.test("findCycles finds circles of any length, and none in a diamond", () => {
  assertEquals(findCycles(graphOf(["a", "b"], ["a", "c"], ["b", "d"], ["c", "d"])), []);
  assertEquals(findCycles(graphOf(["a", "a"])), [["a"]]);
  assertEquals(findCycles(graphOf(["a", "b"], ["b", "c"], ["c", "b"])), [["b", "c"]]);
  assertEquals(findCycles(graphOf(["a", "b"], ["b", "a"], ["c", "d"], ["d", "c"])), [
    ["a", "b"],
    ["c", "d"],
  ]);
});

Deno.test("readGraph sees type-only and dynamic imports, re-exports and import types", async () => {
  const graph = await readGraph(["tests/house/fixtures/imports.ts"]);
  const edges = graph.get("tests/house/fixtures/imports.ts") ?? [];
  assertEquals(edges.map(({ to, line }) => [to, line]), [
    ["tests/house/fixtures/one.ts", 2],
    ["tests/house/fixtures/two.ts", 3],
    ["node:path", 4],
    ["tests/house/fixtures/three.ts", 6],
    ["tests/house/fixtures/four.ts", 10],
  ]);
});
