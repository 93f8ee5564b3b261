/**
 * The servers that the suites run against.
 *
 * - A target is one line in `TARGETS`: Deno runs this package from source, Bun and Node run the
 *   package as it is built, in a project that has installed it.
 * - Where targets differ on purpose, capabilities.ts says how. A case that needs a capability is
 *   left out, visibly and with the reason, on a target that lacks it.
 * - `GODWIT_TARGETS=deno,node` chooses; by default all run.
 */
import { toPath } from "../../tools/to_path.ts";
import { bundleFixture, consumer } from "../support/consumer.ts";
import { ServerProcess } from "../support/server_process.ts";
import { TEST_CERTIFICATE, TEST_PRIVATE_KEY } from "../support/test_certificate.ts";
import { CAPABILITIES, type Capability, lack, type TargetName } from "./capabilities.ts";

/** Path of a program, then its first arguments. */
type Command = readonly [string, ...string[]];

export interface Target {
  readonly name: TargetName;
  /**
   * Builds what the target runs; the command starts it, and takes the arguments of the fixture.
   * Rejects with the reason when it cannot run on this machine.
   *
   * @param readsDebug whether it may read DEBUG
   */
  prepare(readsDebug?: boolean): Promise<Command>;
}

/** Lets a program collect its memory before it measures it, see app_state.ts. */
const EXPOSE_GC = "--v8-flags=--expose-gc";

/** Permissions of the Node entry under Deno: `ws` looks at one variable. */
const NODE_ENTRY_PERMISSIONS = [
  "--allow-net",
  "--allow-env=WS_NO_BUFFER_UTIL",
  "--no-prompt",
];

/** All targets of the contract. The reference runs on Deno as it does on Node, and starts faster. */
export const TARGETS: readonly Target[] = targetsOf(new URL("./", import.meta.url), "deno");

/**
 * All targets, in the order in which they run; the measure of the others is the last.
 *
 * @param fixtures the folder of the suite's `server_deno.ts`, `server_node.ts`, `server_bun.ts` and
 * `server_reference.ts`
 * @param home the runtime of the reference
 */
export function targetsOf(fixtures: URL, home: "deno" | "node"): readonly Target[] {
  const fixture = (name: string): URL => new URL(name, fixtures);
  return [
    fromSource("deno", fixture("server_deno.ts"), ["--allow-net", "--no-prompt"]),
    fromSource("deno-node", fixture("server_node.ts"), NODE_ENTRY_PERMISSIONS),
    built("bun", "bun", fixture("server_bun.ts")),
    built("node", "node", fixture("server_node.ts")),
    home === "node"
      ? built("reference", "node", fixture("server_reference.ts"))
      : fromSource("reference", fixture("server_reference.ts"), ["--allow-all"]),
  ];
}

/** The targets asked for, in the order of the table. */
export function chosenTargets(targets: readonly Target[] = TARGETS): readonly Target[] {
  const asked = Deno.env.get("GODWIT_TARGETS")?.split(",").map((name) => name.trim());
  const unknown = asked?.filter((name) => !targets.some((target) => target.name === name)) ?? [];
  if (unknown.length > 0) throw new TypeError(`Cannot find target: ${unknown.join(", ")}`);
  return targets.filter(({ name }) => asked?.includes(name) ?? true);
}

/** The chosen targets that come up; one that does not is a failed test that says why. */
export async function runningTargets(): Promise<readonly Target[]> {
  const running: Target[] = [];
  for (const target of chosenTargets()) {
    try {
      await using _server = await startTarget(target, {});
      running.push(target);
    } catch (error) {
      Deno.test(`${target.name} comes up`, () => Promise.reject(error));
    }
  }
  return running;
}

/**
 * Whether a case must be left out on a target, which differs on purpose; if so, it says so.
 *
 * @param title what is left out
 */
export function isLeftOut(target: Target, title: string, needs: Capability | undefined): boolean {
  const instead = needs && lack(target.name, needs);
  if (!instead) return false;
  say(
    `left out: ${title} (${needs}: ${target.name} ${instead}, not: ${CAPABILITIES[needs].means})`,
  );
  return true;
}

function say(line: string): void {
  // deno-lint-ignore no-console -- what is not run must be seen
  console.info(line);
}

/** How a target is started. */
export interface StartSettings {
  /** Whether it serves over TLS. @default false */
  readonly tls?: boolean;
  /** The value of DEBUG. @default none */
  readonly debug?: string;
}

/** Starts the application on a target. */
export async function startTarget(
  target: Target,
  options: Readonly<Record<string, unknown>>,
  { tls = false, debug }: StartSettings = {},
): Promise<ServerProcess> {
  const command = await target.prepare(debug !== undefined);
  const certificate = tls ? [TEST_CERTIFICATE, TEST_PRIVATE_KEY] : [];
  return await ServerProcess.start({
    command: [...command, JSON.stringify(options), ...certificate],
    scheme: tls ? "https" : "http",
    ...(debug === undefined ? {} : { env: { DEBUG: debug } }),
  });
}

/**
 * The servers that cases of one target share, by the name of their options.
 *
 * Each is started when the first case asks for it, and again if a case has brought it down, so that
 * one death is one failure.
 */
export class SharedServers<Name extends string> {
  readonly #target: Target;
  readonly #options: Readonly<Record<Name, Readonly<Record<string, unknown>>>>;
  readonly #settings: Readonly<Partial<Record<Name, StartSettings>>> | undefined;
  readonly #servers: Map<Name, Promise<ServerProcess>> = new Map();

  constructor(
    target: Target,
    options: Readonly<Record<Name, Readonly<Record<string, unknown>>>>,
    settings?: Readonly<Partial<Record<Name, StartSettings>>>,
  ) {
    this.#target = target;
    this.#options = options;
    this.#settings = settings;
  }

  async get(name: Name): Promise<ServerProcess> {
    const running = this.#servers.get(name);
    if (running && (await running).alive) return await running;
    const starting = startTarget(this.#target, this.#options[name], this.#settings?.[name]);
    this.#servers.set(name, starting);
    return await starting;
  }

  async stop(): Promise<void> {
    const servers = await Promise.allSettled(this.#servers.values());
    for (const server of servers) {
      if (server.status === "fulfilled") await server.value.stop();
    }
  }
}

/** A fixture run by the very Deno that runs the tests. */
function fromSource(name: TargetName, fixture: URL, permissions: readonly string[]): Target {
  const command = (more: readonly string[]): Command => [
    Deno.execPath(),
    "run",
    "--frozen", // what the reference consists of is in the lock; a fixture must not write it
    "--quiet",
    EXPOSE_GC,
    ...permissions,
    ...more,
    toPath(fixture),
  ];
  const prepare = (readsDebug = false): Promise<Command> => {
    return Promise.resolve(command(readsDebug ? ["--allow-env=DEBUG"] : []));
  };
  return { name, prepare };
}

/** A fixture bundled for a project that has installed the built package, and run there. */
function built(name: TargetName, runtime: "bun" | "node", fixture: URL): Target {
  let command: Promise<Command> | undefined;
  const bundle = async (): Promise<Command> => {
    const project = await consumer();
    const program = await bundleFixture(fixture);
    return runtime === "node" ? [project.node, "--expose-gc", program] : [project.bun, program];
  };
  return { name, prepare: () => command ??= bundle() };
}
