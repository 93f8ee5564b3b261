/**
 * Runs protocol cases over raw fetch, WebSocket and TCP against every chosen target.
 *
 * - The servers are those of the runtime contract (tests/runtime/app.ts), one per set of options;
 * - after every case the server must still be alive and serve a fresh client.
 */
import { assertEquals } from "@std/assert";
import type { Capability } from "../runtime/capabilities.ts";
import {
  isLeftOut,
  runningTargets,
  SharedServers,
  type StartSettings,
  type Target,
} from "../runtime/targets.ts";
import { RawPolling, RawWebSocket } from "../support/raw_engine.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { watched } from "./hostile/watch.ts";

/** Sets of options; those that begin with `older` let in clients of revision 3. */
export type ServerKind =
  | "calm"
  | "brisk"
  | "steady"
  | "small"
  | "debugged"
  | "older"
  | "olderBrisk"
  | "olderSmall"
  | "olderShared";

type Options = Readonly<Record<string, unknown>>;

/** Timers so long that no case meets them; `maxPayload` is the default. */
const CALM: Options = { pingInterval: 25_000, pingTimeout: 20_000 };

/** Timers so short that a case can wait for them; `closeTimeout` and `bodyTimeout` are ours alone. */
const BRISK: Options = {
  pingInterval: 300,
  pingTimeout: 400,
  connectTimeout: 500,
  upgradeTimeout: 500,
  closeTimeout: 500,
  bodyTimeout: 500,
};

/** A heart that beats slowly enough to leave the other timers, and a busy machine, the time they need. */
const STEADY: Options = { ...BRISK, pingInterval: 1_000, pingTimeout: 1_500 };

/** Small payloads, so that a case can exceed them without effort. */
const SMALL: Options = { ...CALM, maxHttpBufferSize: 10_000 };

/** Pages of another site that may ask. */
const SHARED: Options = { ...CALM, cors: { origin: ["http://friend.example"] } };

/** Options of the servers that cases share. */
const SERVERS: Readonly<Record<ServerKind, Options>> = {
  calm: CALM,
  brisk: BRISK,
  steady: STEADY,
  small: SMALL,
  debugged: CALM,
  older: { ...CALM, allowEIO3: true },
  olderBrisk: { ...BRISK, allowEIO3: true },
  olderSmall: { ...SMALL, allowEIO3: true },
  olderShared: { ...SHARED, allowEIO3: true },
};

/** How they are started, where that is told. */
const SETTINGS: Readonly<Partial<Record<ServerKind, StartSettings>>> = {
  debugged: { debug: "*" },
};

export interface ConformanceCase {
  /** A sentence: subject, what it does, when. */
  readonly name: string;
  /** The shared server it runs on. @default "calm" */
  readonly server?: ServerKind;
  /** What a target must be able to do; without it the case is skipped with the reason. */
  readonly needs?: Capability;
  run(server: ServerProcess): Promise<void>;
}

/** How a suite is run. */
export interface SuiteOptions {
  /**
   * Whether the server must be after each case what it was before. Not asked of the reference, whose
   * open ends are published.
   *
   * @default false
   */
  readonly isWatched?: boolean;
  /** Whether the reference, of which most rows are about, is left out. @default false */
  readonly isOursAlone?: boolean;
}

/** Registers the cases for every target. */
export async function registerConformance(
  cases: readonly ConformanceCase[],
  { isWatched = false, isOursAlone = false }: SuiteOptions = {},
): Promise<void> {
  for (const target of await runningTargets()) {
    const isOurs = target.name !== "reference";
    if (isOursAlone && !isOurs) continue;
    registerTarget(target, cases.map((it) => isWatched && isOurs ? watchedCase(it) : it));
  }
}

function watchedCase(it: ConformanceCase): ConformanceCase {
  return { ...it, run: (server) => watched(server, () => it.run(server)) };
}

function registerTarget(target: Target, cases: readonly ConformanceCase[]): void {
  const servers = new SharedServers(target, SERVERS, SETTINGS);
  const get = (kind: ServerKind): Promise<ServerProcess> => servers.get(kind);
  Deno.test.afterAll(() => servers.stop());
  for (const conformanceCase of cases) registerCase(target, conformanceCase, get);
}

function registerCase(
  target: Target,
  { name, needs, server: kind = "calm", run }: ConformanceCase,
  get: (kind: ServerKind) => Promise<ServerProcess>,
): void {
  const title = `${target.name}: ${name}`;
  if (isLeftOut(target, title, needs)) return;
  Deno.test({
    name: title,
    // The servers, and what reads their output, outlive a case.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const server = await get(kind);
      await run(server);
      await assertServes(server);
    },
  });
}

/** Holds if a client that comes now is served over both transports. */
export async function assertServes(server: ServerProcess): Promise<void> {
  if (!server.alive) throw new Error(`Server died:\n${server.output}`);
  await using webSocket = await RawWebSocket.start(server.url);
  await webSocket.join();
  webSocket.send('42["echo","fresh"]');
  assertEquals(await webSocket.next(), '42["echo","fresh"]');
  const polling = await RawPolling.start(server.url);
  await polling.join();
  assertEquals((await polling.post('42["echo","fresh"]')).text, "ok");
  assertEquals(await polling.collect(1), ['42["echo","fresh"]']);
  await polling.post("1");
}

/** Holds if a session is unknown to the server. */
export async function assertGone(session: Pick<RawPolling, "poll">): Promise<void> {
  const { status, text } = await session.poll();
  assertEquals([status, text], [400, errorText(1)]);
}

/** The errors of the protocol by their code. */
const ERRORS = [
  "Transport unknown",
  "Session ID unknown",
  "Bad handshake method",
  "Bad request",
  "Forbidden",
  "Unsupported protocol version",
] as const;

/** The body of a refusal. */
export function errorText(code: number, message: string = ERRORS[code] ?? ""): string {
  return JSON.stringify({ code, message });
}

/** The message of a refusal. */
export function errorMessage(code: number): string {
  return ERRORS[code] ?? "";
}

/** A WebSocket session that has joined "/". */
export async function joinedWebSocket(
  server: ServerProcess,
  query: Readonly<Record<string, string>> = {},
): Promise<RawWebSocket> {
  const session = await RawWebSocket.start(server.url, query);
  const answer = await session.join();
  if (!answer.startsWith("40{")) throw new Error(`Expected to be in, found ${answer}`);
  return session;
}

/** A polling session that has joined "/". */
export async function joinedPolling(
  server: ServerProcess,
  query: Readonly<Record<string, string>> = {},
): Promise<RawPolling> {
  const session = await RawPolling.start(server.url, query);
  const answer = await session.join();
  if (!answer.startsWith("40{")) throw new Error(`Expected to be in, found ${answer}`);
  return session;
}
