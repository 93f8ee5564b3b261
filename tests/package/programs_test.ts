/**
 * Tests that the installed package serves the published client on every runtime, and that `import`
 * and `require()` give the same.
 */
import { assert, assertEquals } from "@std/assert";
import { bundleFixture, consumer } from "../support/consumer.ts";
import type { Exchange } from "./fixtures/exchange.ts";
import type { NodeReport } from "./fixtures/node_program.ts";
import { runTool } from "./run.ts";
import { nodeNames, nodeProgram } from "./toolbox.ts";

function exchanges(binaryClass: string): readonly Exchange[] {
  return ["polling", "websocket"].map((transport) => {
    return { transport, echoed: "hello", bytes: [1, 2, 3], binaryClass };
  });
}

for (const name of nodeNames()) {
  Deno.test(`The package is imported and required, and serves a client, on ${name}`, async () => {
    const fixture = await bundleFixture("tests/package/fixtures/node_program.ts");
    const { stdout, stderr } = await runTool([await nodeProgram(name), fixture]);
    const { version, ...report }: NodeReport = JSON.parse(stdout);
    assert(version.startsWith(`v${name.replace("node-", "")}`) || !/\d/.test(name), version);
    assertEquals(report, {
      different: [],
      sameByCondition: true,
      callable: true,
      imported: exchanges("Buffer"),
      required: exchanges("Buffer"),
      msgpack: exchanges("Buffer"),
    });
    assertEquals(stderr, "", "no warning is printed");
  });
}

Deno.test("Every module of the package can be required, so none has a top-level await", async () => {
  const { directory } = await consumer();
  const script = `
    const { readdirSync } = require("node:fs");
    const files = readdirSync("node_modules/@godwit/io", { recursive: true });
    const modules = files.filter((file) => /\\.c?js$/.test(file));
    for (const file of modules) require(\`./node_modules/@godwit/io/\${file}\`);
    console.log(modules.length > 50);`;
  const [oldest = ""] = nodeNames();
  const node = await nodeProgram(oldest);
  const { stdout } = await runTool([node, "--input-type=commonjs", "-e", script], directory);
  assertEquals(stdout, "true\n");
});

Deno.test("The package is imported and required, and serves a client, on Bun", async () => {
  const { bun } = await consumer();
  const fixture = await bundleFixture("tests/package/fixtures/bun_program.ts");
  const { stdout, stderr } = await runTool([bun, fixture]);
  const same = [true, true];
  const report = { same, exchanges: exchanges("Buffer"), msgpack: exchanges("Buffer") };
  assertEquals(JSON.parse(stdout), report);
  assertEquals(stderr, "", "no warning is printed");
});

Deno.test("The package of npm serves a client on Deno", async () => {
  const { directory } = await consumer();
  const fixture = await bundleFixture("tests/package/fixtures/deno_program.ts");
  const flags = ["--no-lock", "--node-modules-dir=manual", "--unstable-no-legacy-abort", "-A"];
  const { stdout } = await runTool([Deno.execPath(), "run", ...flags, fixture], directory);
  const [plain, msgpack] = [exchanges("Uint8Array"), exchanges("Uint8Array")];
  const report = { same: true, callable: true, exchanges: plain, msgpack };
  assertEquals(JSON.parse(stdout), report);
});
