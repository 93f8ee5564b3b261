/**
 * The floors of `src/` as data: who may import what, and which names a floor may not say.
 *
 * Invariants
 * - A folder of `src/` has exactly one row. A folder without a row is a failure of the test.
 * - The order of a row's `imports` says nothing; what is not listed is forbidden, types included.
 */

/** One folder of `src/`. */
export interface Floor {
  readonly folder: string;
  /** Folders it may import from, besides itself. */
  readonly imports: readonly string[];
  /** For some of those folders: the only files it may import. */
  readonly onlyFiles?: Readonly<Record<string, readonly string[]>>;
  /** Files it may not import, although their folder is listed. */
  readonly neverFiles?: readonly string[];
}

const upToSocket = ["base", "wire", "session", "engine", "socket"];

/** All floors from the ground up; the entries of `runtime` do not look at one another. */
export const floors: readonly Floor[] = [
  { folder: "base", imports: [] },
  { folder: "wire", imports: ["base"] },
  { folder: "session", imports: ["base", "wire"] },
  {
    folder: "engine",
    imports: ["base", "wire", "session"],
    // The engine moves opaque messages: it does not know what Socket.IO packets look like.
    neverFiles: ["src/wire/json_codec.ts"],
  },
  {
    folder: "socket",
    imports: ["base", "wire", "session", "engine"],
    onlyFiles: {
      session: ["src/session/ports.ts", "src/session/close_reason.ts"],
      engine: ["src/engine/api.ts", "src/engine/ports.ts", "src/engine/handshake_info.ts"],
    },
  },
  { folder: "cluster", imports: upToSocket },
  { folder: "server", imports: upToSocket },
  { folder: "runtime", imports: [...upToSocket, "server", "cluster"] },
  // Optional parts, each an entry of its own: no other floor looks at them.
  { folder: "extra", imports: ["base", "wire"] },
];

/** Files outside `src/` that belong to the package, and the folders of `src/` they may import. */
export const topFiles: Readonly<Record<string, readonly string[]>> = { "mod.ts": ["runtime"] };

/** Imports that leave the project: which files may name which specifiers; all others may name none. */
export interface ExternalImports {
  /** The files, by their path in the project. */
  readonly files: RegExp;
  readonly specifiers: RegExp;
}

/** The files of the entry for Node. */
const NODE_FILES = /^src\/runtime\/node(?:\.ts$|\/)/;

/** All rules about imports that leave the project. */
export const externalImports: readonly ExternalImports[] = [
  { files: NODE_FILES, specifiers: /^node:/ },
  { files: /^src\/runtime\/node\.ts$/, specifiers: /^npm:ws@/ },
  { files: /^src\/extra\/msgpack(?:\.ts$|\/)/, specifiers: /^npm:@msgpack\/msgpack@/ },
];

/** Names that a folder may not say in code; comments and strings are free. */
export interface NameRule {
  /** Tells whether the rule applies to a file, by its path in the project. */
  readonly appliesTo: (file: string) => boolean;
  readonly names: ReadonlySet<string>;
  /** Whether `async` and `await` are names too. */
  readonly noAsync?: boolean;
  /** Whether strings that begin with `node:` are names too. */
  readonly noNodeModules?: boolean;
  /** Why, for the message. */
  readonly reason: string;
}

const isCore = (file: string): boolean => /^src\/(?!runtime\/)/.test(file);
const isPure = (file: string): boolean => /^src\/(wire|session)\//.test(file);
const isNode = (file: string): boolean => NODE_FILES.test(file);
const isBun = (file: string): boolean => /^src\/runtime\/bun(?:\.ts$|\/)/.test(file);
const isDeno = (file: string): boolean => file === "src/runtime/deno.ts";

/** A rule that only some files of `src/` may say these names. */
function onlyFor(
  allowed: (file: string) => boolean,
  names: readonly string[],
  reason: string,
): NameRule {
  const appliesTo = (file: string): boolean => file.startsWith("src/") && !allowed(file);
  return { appliesTo, names: new Set(names), reason };
}

/** All rules about names. */
export const nameRules: readonly NameRule[] = [
  {
    appliesTo: isPure,
    names: new Set([
      "Date",
      "Promise",
      "Request",
      "Response",
      "WebSocket",
      "clearInterval",
      "clearTimeout",
      "console",
      "crypto",
      "fetch",
      "globalThis",
      "performance",
      "queueMicrotask",
      "setInterval",
      "setTimeout",
    ]),
    noAsync: true,
    reason: "wire and session are functions of their inputs",
  },
  onlyFor(isDeno, ["Deno"], "only src/runtime/deno.ts names Deno"),
  onlyFor(isBun, ["Bun"], "only the entry for Bun names Bun"),
  onlyFor((file) => file.startsWith("src/runtime/node/"), [
    "process",
  ], "only src/runtime/node names the process"),
  onlyFor((file) => isNode(file) || isBun(file), [
    "Buffer",
    "clearImmediate",
    "global",
    "require",
  ], "only the entries for Node and Bun name what is Node's"),
  onlyFor(
    (file) => file.startsWith("src/runtime/"),
    ["setImmediate"],
    "turns of the event loop are the platform's",
  ),
  {
    ...onlyFor(isNode, [], "only the entry for Node imports modules of Node"),
    noNodeModules: true,
  },
  onlyFor(
    (file) => file === "src/base/log.ts",
    ["console"],
    "only src/base/log.ts writes to the console",
  ),
  {
    appliesTo: (file) => isCore(file) && file !== "src/base/clock.ts",
    names: new Set(["clearInterval", "clearTimeout", "performance", "setInterval", "setTimeout"]),
    reason: "time comes from the Clock",
  },
  {
    appliesTo: (file) => isCore(file) && file !== "src/base/ids.ts",
    names: new Set(["crypto"]),
    reason: "randomness comes from an IdSource",
  },
];
