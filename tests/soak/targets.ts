/**
 * The servers under churn: those of tests/runtime/targets.ts, where garbage can be collected at will.
 */
import { ServerProcess } from "../support/server_process.ts";
import { type Target, targetsOf } from "../runtime/targets.ts";

/** Deadlines in milliseconds that let everything end within seconds, and little room for slow readers. */
const OPTIONS: Readonly<Record<string, unknown>> = {
  pingInterval: 1_000,
  pingTimeout: 3_000,
  connectTimeout: 4_000,
  upgradeTimeout: 2_000,
  bodyTimeout: 2_000,
  closeTimeout: 1_000,
  maxBufferedBytes: 1_000_000,
  allowEIO3: true,
  cleanupEmptyChildNamespaces: true,
};

/** The targets with these names, in the order of the table; all that are ours by default. */
export function soakTargets(names: readonly string[] | undefined): readonly Target[] {
  const ours = targetsOf(new URL("./", import.meta.url), "node")
    .filter(({ name }) => name !== "reference");
  const unknown = names?.filter((name) => !ours.some((target) => target.name === name)) ?? [];
  if (unknown.length > 0) throw new TypeError(`Cannot find target: ${unknown.join(", ")}`);
  return ours.filter(({ name }) => names?.includes(name) ?? true);
}

/** Starts the application on a target. */
export async function startSoaked(target: Target): Promise<ServerProcess> {
  const [program, ...args] = await target.prepare();
  const options = JSON.stringify(OPTIONS);
  return await ServerProcess.start({
    command: [program, ...withFlags(target, args), options],
  });
}

/**
 * What V8 is told, to make its memory comparable: garbage is collected when it is asked to, and code is
 * not compiled further in the middle, which takes half a megabyte within a thousand clients.
 */
const V8_FLAGS = [
  "--expose-gc",
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--no-flush-bytecode",
];

/** The arguments with the flags of V8, which Bun does not have. */
function withFlags({ name }: Target, args: readonly string[]): readonly string[] {
  if (name === "bun") return args;
  if (name === "node") return [...V8_FLAGS, ...args];
  const [run = "run", ...rest] = args;
  return [run, `--v8-flags=${V8_FLAGS.join(",")}`, ...rest];
}
