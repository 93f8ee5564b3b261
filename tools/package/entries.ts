/**
 * The files at the root of the package, four for each entry: what resolvers find under its name.
 *
 * - `node.js` and `node.d.ts` forward to the module of the repository.
 * - `node.cjs` and `node.d.cts` are what `require()` gets: the very same module, loaded by the
 *   `require()` of the runtime, which gives one copy of every class to both worlds. They are files of
 *   their own because resolvers that judge by the extension want one, and because the required
 *   entry of Node is a function, as the required reference is.
 *
 * Invariants
 * - Types are declared once, by the ES modules; nothing is declared twice for CommonJS.
 * - The files lie at the root, so that resolvers which do not read `exports` find them as well.
 */
import type { EntryTypes, Files } from "./compile.ts";

/** An entry of the package. */
export interface Entry {
  /** The last part of its name: `node` for `@godwit/io/node`. */
  readonly name: string;
  /** The module of the repository, for example `src/runtime/node.ts`. */
  readonly source: string;
}

/** Whether what `require()` gives can be called as a function that makes a server. */
export function isCallable(entry: Entry): boolean {
  return entry.name === "node";
}

/**
 * For the compiler's modes `node16` and `node18`, which know no Node that can require an ES module; from
 * 20.19 on it can.
 */
const ignoreOldModes =
  '// @ts-ignore -- TS1479, of "module": "node16" and "node18": Node 20.19 can require this module';

/** The four files of an entry. */
export function entryFiles(entry: Entry, types: EntryTypes): Files {
  const target = `./${entry.source.replace(/\.ts$/, ".js")}`;
  const forward = `export * from "${target}";\n`;
  const plainTypes = `${ignoreOldModes}\n${forward}`;
  const callable = isCallable(entry);
  return new Map([
    [`${entry.name}.js`, forward],
    [`${entry.name}.d.ts`, forward],
    [`${entry.name}.cjs`, callable ? callableScript(target) : plainScript(target)],
    [`${entry.name}.d.cts`, callable ? callableTypes(target, types) : plainTypes],
  ]);
}

function plainScript(target: string): string {
  return `"use strict";\nmodule.exports = require("${target}");\n`;
}

function callableScript(target: string): string {
  return `"use strict";
const names = require("${target}");

function createServer(...options) {
  return new names.Server(...options);
}

module.exports = Object.assign(createServer, names);
`;
}

function callableTypes(target: string, { names, server }: EntryTypes): string {
  const own = server.typeParameters.map((it) => it.split(/\s/, 1)[0]).join(", ");
  const ways = Array.from({ length: server.signatures }, (_, index) => `Options${index + 1}`);
  return `import {
${names.map((name) => `  ${name},`).join("\n")}
  ${ignoreOldModes}
} from "${target}";

/** What a constructor takes, of all its signatures. */
type Options<Constructor> = Constructor extends {
${ways.map((name) => `  new (...options: infer ${name}): unknown;`).join("\n")}
} ? ${ways.join(" | ")} : never;

/** Makes a server: \`new Server()\` for those who call what they require. */
declare function createServer<
${server.typeParameters.map((it) => `  ${it},`).join("\n")}
>(...options: Options<typeof Server<${own}>>): Server<${own}>;

declare namespace createServer {
  export {
${names.map((name) => `    ${name},`).join("\n")}
  };
}

export = createServer;
`;
}
