/** Tests of the packed package by the linters that judge packages. */
import { consumer } from "../support/consumer.ts";
import { runTool } from "./run.ts";
import { toolFile } from "./toolbox.ts";

Deno.test("publint finds nothing in the packed package, strictly", async () => {
  const { node, tarball } = await consumer();
  await runTool([node, await toolFile("publint/src/cli.js"), "--strict", tarball]);
});

Deno.test("arethetypeswrong finds types that fit the code under every resolution", async () => {
  const { node, tarball } = await consumer();
  const program = await toolFile("@arethetypeswrong/cli/dist/index.js");
  await runTool([node, program, tarball, "--profile", "strict", "--no-color", "--no-emoji"]);
});
