/** Tests the options that there are on Node only, and what the entry reads of its environment. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as options from "../../src/runtime/node/options.ts";
import { SERVER_OPTIONS } from "../../src/server/options.ts";
import { defaultFaults, documentedDefaults, exportedRules } from "../house/documented_defaults.ts";
import { projectRoot } from "../house/project_files.ts";
import { ask as askHttp } from "../support/raw_engine.ts";
import { startFixture, testOnBoth } from "./fixture_process.ts";

const { NODE_SERVER_OPTIONS, resolveNodeOptions } = options;

function resolve(given: unknown): unknown {
  return resolveNodeOptions(given, (warning) => {
    throw new Error(warning);
  });
}

Deno.test("@default of every option of Node is the default of its rule", async () => {
  const file = new URL("src/runtime/node/options.ts", projectRoot);
  const documented = await documentedDefaults(file, "NodeServerOptions");
  const { rules } = exportedRules(options);
  const own = Object.entries(rules).filter(([name]) => !Object.hasOwn(SERVER_OPTIONS.rules, name));
  assertEquals([...documented.keys()].sort(), own.map(([name]) => name).sort());
  assertEquals(defaultFaults(documented, { rules: Object.fromEntries(own), refused: [] }), []);
});

Deno.test("Options of every runtime are options on Node, and what none has is refused", () => {
  for (const name of Object.keys(SERVER_OPTIONS.rules)) assert(name in NODE_SERVER_OPTIONS.rules);
  assertThrows(() => resolve({ perMessageDeflate: true }), TypeError, "perMessageDeflate");
  assertThrows(() => resolve({ wsEngine: class {} }), TypeError, "wsEngine");
});

Deno.test("Options about the HTTP server are checked", () => {
  const resolved = resolve({ destroyUpgrade: false, destroyUpgradeTimeout: 5 });
  assertEquals((resolved as { destroyUpgradeTimeout: number }).destroyUpgradeTimeout, 5);
  assertThrows(() => resolve({ destroyUpgrade: 1 }), TypeError, "must be a boolean");
  assertThrows(() => resolve({ destroyUpgradeTimeout: 0 }), TypeError, "1–2147483647 ms");
  assertThrows(() => resolve({ closeHttpServer: "no" }), TypeError, "closeHttpServer");
  assertThrows(() => resolve({ closeHTTPServer: true }), TypeError, "did you mean");
});

testOnBoth("DEBUG shows lines of both scopes on standard error", async (runtime) => {
  const env = { DEBUG: "socket.io*,engine*" };
  await using server = await startFixture(runtime, "server", { env });
  await askHttp(`${server.url}/socket.io/?EIO=4&transport=polling`);
  await askHttp(`${server.url}/do/close`);
  await server.report({ kind: "closed" });
  assert(server.output.includes("engine handshake by polling"), server.output);
  assert(server.output.includes("socket.io:server closing"), server.output);
});

// `ws` reads this variable as it is loaded.
const ENOUGH = ["--allow-net", "--allow-env=WS_NO_BUFFER_UTIL"];

for (const flags of [ENOUGH, ["--allow-net", "--ignore-env"]]) {
  Deno.test(`deno: ${flags.join(" ")} is enough, and DEBUG is not asked for`, async () => {
    const env = { DEBUG: "*" };
    await using server = await startFixture("deno", "server", { flags, env });
    const { status } = await askHttp(`${server.url}/socket.io/?EIO=4&transport=polling`);
    assertEquals(status, 200);
    assertEquals(server.output, "");
  });
}
