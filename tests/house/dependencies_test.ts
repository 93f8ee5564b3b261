/** Tests that a fresh clone gets its dependencies with and without JSR, from one list. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { canReachJsr, npmOnlyImportMap, readConfig, standIns } from "../../tools/dependencies.ts";
import { projectFiles, projectRoot, readProjectFile } from "./project_files.ts";

const { name, exports, imports } = await readConfig();
const lock = JSON.parse(await readProjectFile("deno.lock"));

Deno.test("deno.lock holds every npm import of deno.json and nothing of JSR", () => {
  const declared = Object.values(imports).filter((it) => it.startsWith("npm:")).sort();
  assertEquals(Object.keys(lock.specifiers).sort(), declared);
  assertEquals(lock.jsr, undefined);
});

Deno.test("deno.lock knows the imports of deno.json, so that no run writes to it", () => {
  const foreign = Object.values(imports).filter((it) => !it.startsWith("./"));
  assertEquals(lock.workspace.dependencies.toSorted(), foreign.sort());
});

Deno.test("Local imports are the package's own entries, under the names that users import", () => {
  const local = Object.entries(imports).filter(([, target]) => target.startsWith("./"));
  const entries = Object.entries(exports).map((
    [entry, file],
  ) => [`${name}${entry.slice(1)}`, file]);
  assertEquals(local.sort(), entries.sort());
});

Deno.test("npm imports are pinned to one version", () => {
  const loose = Object.values(imports).filter((it) =>
    it.startsWith("npm:") && !/@\d[^@]*$/.test(it)
  );
  assertEquals(loose, []);
});

Deno.test("Every import of JSR has a stand-in, and every stand-in is a file", async () => {
  const declared = Object.keys(imports).filter((name) => imports[name]?.startsWith("jsr:"));
  const covered = declared.filter((name) => {
    return Object.keys(standIns).some((it) => it === name || it.startsWith(`${name}/`));
  });
  assertEquals(covered, declared);
  const files = await projectFiles(/^tests\/npm-only\//);
  assertEquals(Object.values(standIns).filter((file) => !files.includes(file)), []);
});

Deno.test("npmOnlyImportMap keeps npm, replaces JSR and makes files absolute", () => {
  const map = npmOnlyImportMap({
    "@std/assert": "jsr:@std/assert@^1.0.14",
    "hono": "npm:hono@4.13.19",
    "local": "./tests/local.ts",
  });
  assertEquals(map.imports["hono"], "npm:hono@4.13.19");
  assertEquals(map.imports["hono/"], "npm:/hono@4.13.19/");
  assertEquals(map.imports["local"], new URL("tests/local.ts", projectRoot).href);
  assertStringIncludes(map.imports["@std/assert"] ?? "", "/tests/npm-only/assert.ts");
});

Deno.test("canReachJsr asks the registry it is given", async () => {
  const paths: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    paths.push(new URL(request.url).pathname);
    return new Response("{}", { status: paths.length === 1 ? 200 : 404 });
  });
  const registry = `http://127.0.0.1:${server.addr.port}`;
  assertEquals(await canReachJsr(registry), true);
  assertEquals(await canReachJsr(`${registry}/`), false);
  await server.shutdown();
  assertEquals(await canReachJsr(registry), false);
  assertEquals(paths, ["/@std/assert/meta.json", "/@std/assert/meta.json"]);
});
