/**
 * What browsers and the server let pages of other origins do, bundle by bundle and way by way.
 *
 * - Each test says what becomes of every bundle: the transport it is in by, or what keeps it out.
 * - What is refused leaves nothing behind on the server.
 */
import { assertEquals } from "@std/assert";
import { io } from "socket.io-client";
import type { Target } from "../runtime/targets.ts";
import { ask, engineUrl } from "../support/raw_engine.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { eventually, within } from "../support/waiting.ts";
import { type Bundle, BUNDLES, type Way, waysOf } from "./bundles.ts";
import { House, type Origin, SERVER_TARGETS } from "./house.ts";

/** Timers so short that a test can wait for what a page has left behind. */
const brisk = { allowEIO3: true, pingInterval: 1_000, pingTimeout: 1_000 };

const house = new House((friend) => ({
  listed: { ...brisk, cors: { origin: [friend], credentials: true } },
  listedWithoutCredentials: { ...brisk, cors: { origin: [friend] } },
  anybody: { ...brisk, cors: { origin: "*" } },
  nothing: brisk,
}));

type ServerName = "listed" | "listedWithoutCredentials" | "anybody" | "nothing";

/** Who asks whom. */
interface Scene {
  readonly server: ServerName;
  readonly origin: Origin;
  readonly referrer?: string;
  /** Options of the client. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Which bundles and ways are tried. @default all but upgrades */
  readonly only?: (bundle: Bundle, way: Way) => boolean;
}

/** What a page told of one client. */
interface Entry {
  readonly transport?: string;
  readonly token?: string | null;
  readonly error?: { readonly message: string };
}

/** One client that was tried. */
interface Tried {
  readonly bundle: Bundle;
  readonly way: Way;
  readonly tag: string;
  readonly entry: Entry;
}

/** How a client is told that it is kept out, whatever the reason. */
const KEPT_OUT: Readonly<Record<Way, string>> = {
  polling: "xhr poll error",
  jsonp: "jsonp poll error",
  websocket: "websocket error",
  upgrade: "xhr poll error",
};

for (const target of SERVER_TARGETS) {
  const test = (name: string, fn: () => Promise<void>): void =>
    Deno.test({
      name: `${target.name}: ${name}`,
      // The browser and the servers outlive a test.
      sanitizeOps: false,
      sanitizeResources: false,
      fn,
    });
  test("A page of an origin that is not listed gets in by no way", () => keepsOut(target));
  test("Without cors a page of another origin gets in by WebSocket alone", async () => {
    const tried = await tryAll(target, { server: "nothing", origin: "stranger" });
    assertOutcomes(tried, ({ way }) => way === "websocket");
    await assertRefusals(target, "nothing", tried.filter(({ way }) => way === "jsonp"));
  });
  test("Without cors a page of the server's own origin gets in by every way", async () => {
    const tried = await tryAll(target, { server: "nothing", origin: "own", only: everyWay });
    assertOutcomes(tried, () => true);
  });
  test("With any origin, clients that send cookies cannot read what they are answered", async () => {
    const scene: Scene = { server: "anybody", origin: "stranger" };
    const options = { withCredentials: true };
    assertOutcomes(await tryAll(target, { ...scene, options }), ({ way }) => way !== "polling");
    assertOutcomes(await tryAll(target, { ...scene, only: choosesCredentials }), () => true);
  });
  test("Where cors has no credentials, a listed page with cookies cannot poll", async () => {
    const scene: Scene = { server: "listedWithoutCredentials", origin: "friend" };
    const options = { withCredentials: true };
    assertOutcomes(await tryAll(target, { ...scene, options }), ({ way }) => way !== "polling");
    assertOutcomes(await tryAll(target, { ...scene, only: choosesCredentials }), () => true);
  });
  test("A listed page that does not tell its origin polls with scripts in vain", async () => {
    const scene: Scene = { server: "listed", origin: "friend", referrer: "no-referrer" };
    const tried = await tryAll(target, scene);
    assertOutcomes(tried, ({ way }) => way !== "jsonp");
    await assertRefusals(target, "listed", tried.filter(({ way }) => way === "jsonp"), "null");
  });
  test("Headers of the client pass the preflight of a listed page, and of no other", async () => {
    const options = { withCredentials: true, extraHeaders: { "x-token": "mine" } };
    const only = ({ revision }: Bundle, way: Way): boolean => revision === 4 && way === "polling";
    const scene = { server: "listed", options, only } as const;
    const listed = await tryAll(target, { ...scene, origin: "friend" });
    assertEquals(listed.map(({ entry }) => entry.token), ["mine", "mine"]);
    assertOutcomes(await tryAll(target, { ...scene, origin: "stranger" }), () => false);
  });
}
Deno.test.afterAll(() => house.close());

/** A script or a WebSocket never reaches a session; what a request opened ends by itself. */
async function keepsOut(target: Target): Promise<void> {
  const server = await house.server(target, "listed");
  const scene = { server: "listed", origin: "stranger" } as const;
  const judged = await tryAll(target, { ...scene, only: (_, way) => isJudged(way) });
  assertEquals(await sessionsOf(server), 0);
  assertOutcomes(judged, () => false);
  await assertRefusals(target, "listed", judged, await house.originOf("stranger", server));
  await assertForbidden(server, await house.originOf("stranger", server));
  const unread = await tryAll(target, { ...scene, only: (_, way) => way === "polling" });
  assertOutcomes(unread, () => false);
  await eventually("the end of sessions that nobody reads", async () => {
    return await sessionsOf(server) === 0 || undefined;
  }, 10_000);
}

/** What a browser keeps from a page whose script was refused: the status. */
async function assertForbidden(server: ServerProcess, origin: string): Promise<void> {
  const query = { EIO: "3", transport: "polling", j: "0", b64: "1" };
  const { status } = await ask(engineUrl(server.url, query), { headers: { referer: origin } });
  assertEquals(status, 403);
}

/** Whether the server judges the page itself: browsers do not. */
function isJudged(way: Way): boolean {
  return way === "jsonp" || way === "websocket";
}

function everyWay(): boolean {
  return true;
}

/** Older clients always send cookies. */
function choosesCredentials({ revision }: Bundle): boolean {
  return revision === 4;
}

/** Has the bundles connect, one after the other. */
async function tryAll(target: Target, scene: Scene): Promise<readonly Tried[]> {
  const { only = (_: Bundle, way: Way) => way !== "upgrade" } = scene;
  const tried: Tried[] = [];
  for (const bundle of BUNDLES) {
    for (const way of waysOf(bundle)) {
      if (only(bundle, way)) tried.push(await tryOne(target, scene, { bundle, way }));
    }
  }
  return tried;
}

async function tryOne(
  target: Target,
  { server: name, options = {}, ...place }: Scene,
  { bundle, way }: Pick<Tried, "bundle" | "way">,
): Promise<Tried> {
  const server = await house.server(target, name);
  const page = await house.page({ version: bundle.version, server, ...place });
  const tag = `${bundle.version} ${way} ${crypto.randomUUID().slice(0, 8)}`;
  const entry = await page.play("enter", { url: server.url, way, tag, options }) as Entry;
  assertEquals(page.faults.splice(0), []);
  return { bundle, way, tag, entry };
}

/** Each client is in by its way, or kept out, as `isIn` says. */
function assertOutcomes(tried: readonly Tried[], isIn: (tried: Tried) => boolean): void {
  const outcomes = tried.map((it) => [nameOf(it), outcomeOf(it.entry)]);
  const expected = tried.map((
    it,
  ) => [nameOf(it), isIn(it) ? transportOf(it.way) : KEPT_OUT[it.way]]);
  assertEquals(outcomes, expected);
}

/** The server has opened no session for these, and told why. */
async function assertRefusals(
  target: Target,
  name: ServerName,
  tried: readonly Tried[],
  origin?: string,
): Promise<void> {
  const server = await house.server(target, name);
  const asking = origin ?? await house.originOf("stranger", server);
  for (const { tag } of tried) {
    const { code, context } = await server.report({ kind: "connection_error", tag });
    assertEquals({ code, context }, {
      code: 4,
      context: { name: "ORIGIN_NOT_ALLOWED", origin: asking },
    });
    assertEquals(server.reportsOf({ kind: "connection", tag }), []);
  }
}

function nameOf({ bundle, way }: Tried): string {
  return `${bundle.version} ${way}`;
}

function outcomeOf({ transport, error }: Entry): string | undefined {
  return transport ?? error?.message;
}

function transportOf(way: Way): string {
  return way === "polling" || way === "jsonp" ? "polling" : "websocket";
}

/** How many sessions the server has, beside the one that asks. */
async function sessionsOf(server: ServerProcess): Promise<number> {
  const client = io(server.url, { transports: ["websocket"], forceNew: true, reconnection: false });
  try {
    const { clients } = await within("the sizes of a server", client.emitWithAck("sizes"));
    return clients - 1;
  } finally {
    client.disconnect();
  }
}
