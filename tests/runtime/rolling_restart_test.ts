/**
 * A rolling restart: two servers behind a switch, and fifty published clients that do not know of it.
 *
 * - The switch leads new connections to the second server as soon as the first is not ready, as load
 *   balancers do; what is open stays where it is.
 * - Nobody helps the clients: they reconnect by themselves, or not at all.
 */
import { assert, assertEquals } from "@std/assert";
import { io, type Socket } from "socket.io-client";
import { TcpGate } from "../interop/tcp_gate.ts";
import { ask as askHttp } from "../support/raw_engine.ts";
import { eventually, within } from "../support/waiting.ts";
import { ask, connected, upgraded } from "./case_context.ts";
import { isLeftOut, runningTargets, startTarget, type Target } from "./targets.ts";

const CLIENTS = 50;
const BATCH = 10;
const JITTER_MS = 400;

/** Half of the clients begin by polling, and move to a WebSocket. */
function open(url: string, index: number): Socket {
  return io(url, {
    forceNew: true,
    transports: index % 2 === 0 ? ["websocket"] : ["polling", "websocket"],
    reconnectionDelay: 100,
    reconnectionDelayMax: 500,
  });
}

async function restart(target: Target): Promise<void> {
  await using first = await startTarget(target, {});
  await using second = await startTarget(target, {});
  await using gate = new TcpGate(first.port);
  const clients = Array.from({ length: CLIENTS }, (_, index) => open(gate.url, index));
  const reasons: string[] = [];
  try {
    await Promise.all(clients.map(async (client) => {
      await connected(client);
      await upgraded(client);
      client.on("disconnect", (reason) => reasons.push(reason));
    }));
    const before = new Set(clients.map(({ id }) => id));
    clients[0]?.emit("drain server", { batch: BATCH, jitter: JITTER_MS });
    await eventually("the end of readiness", async () => {
      return (await askHttp(`${first.url}/health/ready`)).status === 503 || undefined;
    });
    gate.lead(second.port);
    const report = await first.report({ kind: "drained" }, 15_000);
    assertEquals([report.closed, report.forced, report.count], [CLIENTS, 0, 0]);
    // One more than a batch: a late one and the early ones of the next span. One for a late timer.
    assert(Number(report.densest) <= BATCH + 2, `${report.densest} went within ${JITTER_MS} ms`);
    await eventually("all to be back", () => {
      return clients.every((client) => client.connected && !before.has(client.id)) || undefined;
    }, 15_000);
    assertEquals(reasons, Array(CLIENTS).fill("transport close"));
    const echoes = clients.map((client, index) => ask(client, "echo", index));
    assertEquals(await within("echoes", Promise.all(echoes)), clients.map((_, index) => index));
    const back = new Set(second.reportsOf({ kind: "connection" }).map(({ id }) => id));
    assert(clients.every(({ id }) => back.has(id)));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

for (const target of await runningTargets()) {
  const title = "fifty clients are led from one server to the next, no more at a time than asked";
  if (isLeftOut(target, `${target.name}: ${title}`, "drains")) continue;
  Deno.test({
    name: `${target.name}: ${title}`,
    // What the published client leaves behind is not ours to judge.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => restart(target),
  });
}
