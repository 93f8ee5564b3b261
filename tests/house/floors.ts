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

/** All floors from the ground up. */
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
      engine: ["src/engine/ports.ts", "src/engine/handshake_info.ts"],
    },
  },
  { folder: "cluster", imports: upToSocket },
  { folder: "server", imports: upToSocket },
  { folder: "runtime", imports: [...upToSocket, "server", "cluster"] },
];

/** Files outside `src/` that belong to the package, and the folders of `src/` they may import. */
export const topFiles: Readonly<Record<string, readonly string[]>> = { "mod.ts": ["runtime"] };

/** Imports that leave the project: a file and the only specifiers it may name. */
export const externalImports: Readonly<Record<string, RegExp>> = {
  "src/runtime/node.ts": /^(node:|npm:ws@)/,
};

/** Names that a folder may not say in code; comments and strings are free. */
export interface NameRule {
  /** Tells whether the rule applies to a file, by its path in the project. */
  readonly appliesTo: (file: string) => boolean;
  readonly names: ReadonlySet<string>;
  /** Whether `async` and `await` are names too. */
  readonly noAsync?: boolean;
  /** Why, for the message. */
  readonly reason: string;
}

const isCore = (file: string): boolean => /^src\/(?!runtime\/)/.test(file);
const isPure = (file: string): boolean => /^src\/(wire|session)\//.test(file);

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
  {
    appliesTo: isCore,
    names: new Set(["Bun", "Deno", "process"]),
    reason: "only src/runtime names a runtime",
  },
  {
    appliesTo: (file) => file.startsWith("src/") && file !== "src/base/log.ts",
    names: new Set(["console"]),
    reason: "only src/base/log.ts writes to the console",
  },
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
