/**
 * The programs that try the package, installed from npm: linters of packages, compilers, and Node in
 * several versions.
 *
 * Owns `dist/toolbox` and `dist/projects`; both are made once for what `tools/package/versions.ts`
 * says.
 */
import { installPackages, keyedFolder, keyOf } from "../../tools/package/install.ts";
import {
  bunTypesVersion,
  compilers,
  linters,
  newestNodeTypes,
  nodes,
  oldestNodeTypes,
} from "../../tools/package/versions.ts";
import { toPath } from "../../tools/to_path.ts";
import { consumer } from "../support/consumer.ts";

const root = new URL("../../", import.meta.url);
const hasNodes = Deno.build.os === "linux" && Deno.build.arch === "x86_64";
let installed: Promise<URL> | undefined;

/** The folder in whose `node_modules` everything is, with a slash at its end. */
export function toolbox(): Promise<URL> {
  return installed ??= install();
}

async function install(): Promise<URL> {
  const packages = { ...linters, ...compilers, ...(hasNodes ? nodes : {}) };
  const key = await keyOf(JSON.stringify(packages));
  const parent = new URL("dist/toolbox/", root);
  return await keyedFolder(parent, key, (folder) => installPackages(folder, packages));
}

/** Path of a file of an installed tool. */
export async function toolFile(path: string): Promise<string> {
  return toPath(new URL(`node_modules/${path}`, await toolbox()));
}

/** Names of the programs of Node to try; one that says why where there are none. */
export function nodeNames(): readonly string[] {
  return hasNodes
    ? Object.keys(nodes)
    : ["the node of this machine (npm has others for Linux on x64)"];
}

/** The program of Node with one of these names. */
export async function nodeProgram(name: string): Promise<string> {
  return hasNodes ? await toolFile(`${name}/bin/node`) : (await consumer()).node;
}

/** A fresh project with the packed package and declarations of a runtime, and nothing else. */
export async function freshProject(runtime: "node" | "bun"): Promise<URL> {
  const { tarball } = await consumer();
  const types = runtime === "node"
    ? { "@types/node": oldestNodeTypes }
    : { "@types/node": newestNodeTypes, "@types/bun": bunTypesVersion };
  const packages = { "@godwit/io": `file:${tarball}`, ...types };
  const key = await keyOf(JSON.stringify(packages));
  const parent = new URL(`dist/projects/${runtime}/`, root);
  return await keyedFolder(parent, key, (folder) => installPackages(folder, packages));
}
