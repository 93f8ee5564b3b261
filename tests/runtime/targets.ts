/**
 * The servers that the suites run against.
 *
 * - A target is one line in `TARGETS`; its `missing` tells why it cannot run here, or nothing.
 * - A capability is a behaviour in which targets differ on purpose. A case that needs one is
 *   skipped, visibly and with the reason below, on a target that lacks it.
 * - `GODWIT_TARGETS=deno,reference` chooses; by default all run.
 */
import { ServerProcess } from "../support/server_process.ts";
import { TEST_CERTIFICATE, TEST_PRIVATE_KEY } from "../support/test_certificate.ts";

/** What a target without the capability does instead: the reason shown with a skip. */
export const CAPABILITIES = {
  survives_handler_errors: "an error thrown by a handler ends the reference's process",
  bare_query: "the query of the reference inherits from Object.prototype",
  allow_net_only: "the reference needs more permissions than the network",
  answers_other_paths:
    "the reference leaves requests for other paths to the HTTP server's listeners",
  one_websocket_per_session: "the reference offers an upgrade from WebSocket to WebSocket",
  strict_attachment_counts: "the reference reads the count with Number(), so 1e0 and +1 are 1",
  mandatory_payloads: "the reference takes an event or ack without payload as one without values",
  octet_stream_in_any_spelling: "the reference knows application/octet-stream in one spelling",
  attachments_bounded_in_bytes: "the reference bounds attachments in number alone",
  sockets_in_bulk: "fetchSockets, socketsJoin, socketsLeave, disconnectSockets: not delivered yet",
} as const;

export type Capability = keyof typeof CAPABILITIES;

export interface Target {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Why it cannot run on this machine; undefined if it can. */
  missing(): string | undefined;
  /** Program and arguments that start it; `args` are the fixture's. */
  command(args: readonly string[]): readonly [string, ...string[]];
}

export const TARGETS: readonly Target[] = [
  denoTarget("deno", "server_deno.ts", ["--allow-net", "--no-prompt"], allBut("sockets_in_bulk")),
  denoTarget("reference", "server_reference.ts", ["--allow-all"], new Set(["sockets_in_bulk"])),
];

function allBut(...missing: readonly Capability[]): ReadonlySet<Capability> {
  const names = Object.keys(CAPABILITIES) as Capability[];
  return new Set(names.filter((name) => !missing.includes(name)));
}

/** The targets asked for, in the order of the table. */
export function chosenTargets(): readonly Target[] {
  const asked = Deno.env.get("GODWIT_TARGETS")?.split(",").map((name) => name.trim());
  const unknown = asked?.filter((name) => !TARGETS.some((target) => target.name === name)) ?? [];
  if (unknown.length > 0) throw new TypeError(`Cannot find target: ${unknown.join(", ")}`);
  return TARGETS.filter(({ name }) => asked?.includes(name) ?? true);
}

/** A target that is not there: visible here, and a failure in CI, where all of them must be. */
export function skipTarget(target: Target, reason: string): void {
  Deno.test(`${target.name} is there`, () => {
    if (Deno.env.get("CI")) throw new Error(`Cannot run target ${target.name}: ${reason}`);
    say(`SKIP ${target.name}: ${reason}`);
  });
}

/** A case that does not hold for a target, which differs on purpose: said once, with the reason. */
export function leaveOut(title: string, needs: Capability): void {
  say(`left out: ${title} (${needs}: ${CAPABILITIES[needs]})`);
}

function say(line: string): void {
  // deno-lint-ignore no-console -- what is not run must be seen
  console.info(line);
}

/** Starts the application on a target, over TLS if `tls`. */
export function startTarget(
  target: Target,
  options: Readonly<Record<string, unknown>>,
  tls = false,
): Promise<ServerProcess> {
  const certificate = tls ? [TEST_CERTIFICATE, TEST_PRIVATE_KEY] : [];
  return ServerProcess.start({
    command: target.command([JSON.stringify(options), ...certificate]),
    scheme: tls ? "https" : "http",
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
  readonly #servers: Map<Name, ServerProcess> = new Map();

  constructor(target: Target, options: Readonly<Record<Name, Readonly<Record<string, unknown>>>>) {
    this.#target = target;
    this.#options = options;
  }

  async get(name: Name): Promise<ServerProcess> {
    const running = this.#servers.get(name);
    if (running?.alive) return running;
    const server = await startTarget(this.#target, this.#options[name]);
    this.#servers.set(name, server);
    return server;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers.values()) await server.stop();
  }
}

/** A fixture run by the very Deno that runs the tests. */
function denoTarget(
  name: string,
  fixture: string,
  permissions: readonly string[],
  capabilities: ReadonlySet<Capability>,
): Target {
  const path = (file: string): string => new URL(file, import.meta.url).pathname;
  const entry = new URL("../../mod.ts", import.meta.url);
  return {
    name,
    capabilities,
    missing: () => name === "deno" && !exists(entry) ? "mod.ts does not exist yet" : undefined,
    command: (args) => [
      Deno.execPath(),
      "run",
      "--no-lock", // the test run itself holds the lock; a fixture must not write it
      "--quiet",
      ...permissions,
      path(fixture),
      ...args,
    ],
  };
}

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}
