/**
 * Published bundles in Chromium, on a page of another origin than the server, with cookies: every
 * bundle, every way, every runtime. The run ends with a table.
 *
 * `GODWIT_TARGETS=deno,node` chooses the servers.
 */
import { assert, assertEquals } from "@std/assert";
import type { Target } from "../runtime/targets.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { type Bundle, BUNDLES, type Way, waysOf } from "./bundles.ts";
import type { SeenAnswer } from "./client_page.ts";
import { assertEverything, type Everything, type Plan, planOf } from "./everything.ts";
import { House, SERVER_TARGETS } from "./house.ts";
import { WayTable } from "./way_table.ts";

const house = new House((friend) => ({
  credentials: {
    allowEIO3: true,
    cors: { origin: [friend], credentials: true },
    cookie: { name: "crumb", path: "/", httpOnly: true, sameSite: "lax" },
  },
}));
const table = new WayTable(SERVER_TARGETS.map(({ name }) => name));

for (const target of SERVER_TARGETS) {
  for (const bundle of BUNDLES) {
    for (const way of waysOf(bundle)) {
      Deno.test({
        name: `${target.name}, bundle ${bundle.version}, ${way}: all goes both ways, with cookies`,
        // The browser and the servers outlive a test.
        sanitizeOps: false,
        sanitizeResources: false,
        fn: () =>
          table.note(bundle.version, way, target.name, () => tryBundle(target, bundle, way)),
      });
    }
  }
}
Deno.test.afterAll(async () => {
  await house.close();
  // deno-lint-ignore no-console -- the result of the run
  console.info(table.lines.join("\n"));
});

async function tryBundle(target: Target, bundle: Bundle, way: Way): Promise<void> {
  const server = await house.server(target, "credentials");
  const { version } = bundle;
  const page = await house.page({ version, origin: "friend", server });
  const plan = planOf(bundle, way, server.url);
  const seen = await page.play("everything", plan) as Everything;
  assertEquals(page.faults.splice(0), []);
  assertEverything(plan, seen);
  assertCookies(plan, seen, server);
  const answers = page.answers.filter(({ url }) => {
    return Object.values(plan.tags).includes(url.searchParams.get("tag") ?? "");
  });
  assertAllowed(answers, await house.originOf("friend", server), way);
  await assertEnds(plan, server);
}

/** The cookie of the first answer comes with every later request. */
function assertCookies(
  { tags, way }: Plan,
  { engineId, second }: Everything,
  server: ServerProcess,
): void {
  const crumb = `crumb=${engineId}`;
  const requests = server.reportsOf({ kind: "request", tag: tags.first });
  const [first, ...later] = requests.map(({ cookie }) => cookie);
  assertEquals(first, null);
  assertEquals(later, later.map(() => crumb));
  assertEquals(second.cookie, crumb);
  const upgrades = requests.filter(({ transport }) => transport === "websocket");
  assertEquals(upgrades.length, way === "upgrade" || way === "websocket" ? 1 : 0);
}

/** The answers name the page's very origin; scripts are asked for without telling it. */
function assertAllowed(answers: readonly SeenAnswer[], origin: string, way: Way): void {
  assertEquals(answers.length > 0, way !== "websocket");
  for (const { url, method, headers } of answers) {
    const { "access-control-allow-origin": allowed, "access-control-allow-credentials": sent } =
      headers;
    const isScript = way === "jsonp" && method === "GET";
    assertEquals([allowed, sent], [isScript ? undefined : origin, "true"], `${method} ${url}`);
  }
}

/** The server knows who has ended what. */
async function assertEnds({ tags, bundle }: Plan, server: ServerProcess): Promise<void> {
  const nsp = bundle.credentials === "none" ? "/orders" : "/guarded";
  const byServer = "server namespace disconnect";
  const byClient = "client namespace disconnect";
  await server.report({ kind: "disconnect", tag: tags.first, nsp, reason: byServer });
  await server.report({ kind: "disconnect", tag: tags.first, nsp: "/", reason: byServer });
  await server.report({ kind: "disconnect", tag: tags.second, nsp: "/", reason: byClient });
  assert(server.alive, server.output);
}
