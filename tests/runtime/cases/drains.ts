/**
 * Cases of a server that is drained: who goes when, what is still sent, what others are answered.
 */
import { assert, assertEquals } from "@std/assert";
import { ask as askHttp, engineUrl, RawPolling } from "../../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { within } from "../../support/waiting.ts";
import { ask, disconnected, next, upgraded } from "../case_context.ts";
import { lack } from "../capabilities.ts";
import type { ContractCase } from "../contract.ts";

const CALM = { pingInterval: 25_000, pingTimeout: 20_000 };

/** Statuses of the probes. */
async function probes(server: ServerProcess): Promise<readonly number[]> {
  const ready = await askHttp(`${server.url}/health/ready`);
  const live = await askHttp(`${server.url}/health/live`);
  return [ready.status, live.status];
}

/** Asks for a session: the status, and whether there is a time to come again. */
async function knock(server: ServerProcess): Promise<unknown[]> {
  const url = engineUrl(server.url, { EIO: "4", transport: "polling" });
  const { status, headers, text } = await askHttp(url);
  if (status === 503) assertEquals(text, "");
  return [status, Number(headers.get("retry-after")) > 0];
}

export const drainCases: readonly ContractCase[] = [
  {
    name:
      "a server that is drained waits for acknowledgements, refuses others, and goes on serving HTTP",
    needs: "drains",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const client = await context.connect("/", {}, server);
      const other = await context.connect("/orders", { auth: { tag: "other" } }, server);
      if (context.mode === "upgrade") await Promise.all([upgraded(client), upgraded(other)]);
      assertEquals(await probes(server), [200, 200]);
      // The server asks, and so owes an answer itself; both wait for the test.
      const asked = next(client, "question");
      const answered = client.emitWithAck("ask in time", 20_000, "question", []);
      const [answer] = await asked as [(value: string) => void];
      const reasons = [disconnected(client, 15_000), disconnected(other)];
      client.emit("drain server", { reason: "release" });
      assertEquals(await reasons[1], "transport close");
      assertEquals(await probes(server), [503, 200]);
      assertEquals(await knock(server), [503, true]);
      using tcp = await RawTcp.open(server.port);
      const refusal = await tcp.upgrade("/socket.io/?EIO=4&transport=websocket");
      assertEquals([refusal.status, Number(refusal.headers.get("retry-after")) > 0], [503, true]);
      // Who is there goes on.
      assertEquals(await ask(client, "echo", "still here"), "still here");
      const order: string[] = [];
      client.once("disconnect", () => order.push("disconnect"));
      void answered.then(() => order.push("answer"));
      answer("at last");
      assertEquals(await within("the answer", answered), { error: null, answer: ["at last"] });
      assertEquals(await reasons[0], "transport close");
      assertEquals(order, ["answer", "disconnect"]);
      const { closed, forced, count } = await server.report({ kind: "drained" });
      assertEquals([closed, forced, count], [2, 0, 0]);
      const told = server.reportsOf({ kind: "disconnect" }).map(({ reason }) => reason);
      assertEquals(told, ["server shutting down", "server shutting down"]);
      assertEquals(await probes(server), [503, 503]);
      assertEquals(await knock(server), [503, false]);
      const { text } = await askHttp(`${server.url}/other`);
      assertEquals(text, "GET /other is elsewhere");
    },
  },
  {
    name: "a server that is drained tells WebSockets why, and that it goes away",
    modes: ["websocket"],
    needs: "drains",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const client = await context.connect("/", {}, server);
      const ended = next(client, "disconnect");
      client.emit("drain server", { reason: "release 7 – näher" });
      const [reason, details] = await ended as [string, { context: CloseEvent }];
      const { code, reason: text } = details.context;
      assertEquals([reason, code, String(text)], ["transport close", 1001, "release 7 – näher"]);
    },
  },
  {
    name: "a server that is drained sends a large queue first",
    needs: "drains",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const client = await context.connect("/", {}, server);
      if (context.mode === "upgrade") await upgraded(client);
      const places: unknown[] = [];
      client.on("drop", (place: number, bytes: { length: number; byteLength: number }) => {
        places.push([place, bytes.byteLength]);
      });
      const reason = disconnected(client, 30_000);
      client.emit("pour", 40, 300_000);
      client.emit("drain server", {});
      assertEquals(await reason, "transport close");
      assertEquals(places, Array.from({ length: 40 }, (_, place) => [place, 300_000]));
      const { closed, forced } = await server.report({ kind: "drained" });
      assertEquals([closed, forced], [1, 0]);
    },
  },
  {
    name: "a server that is drained cuts off who does not read, when the time is over",
    modes: ["polling", "websocket"],
    needs: "drains",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const client = await context.connect("/", {}, server);
      using tcp = await RawTcp.open(server.port);
      const pour = '42["pour",36,400000]';
      if (context.mode === "polling") {
        const stalled = await RawPolling.start(server.url);
        await stalled.join();
        await stalled.post(pour);
      } else {
        await tcp.upgrade("/socket.io/?EIO=4&transport=websocket");
        await tcp.readUntil("}"); // the end of the open packet
        await tcp.write(clientFrame(0x81, "40"));
        await tcp.readUntil("}"); // the end of the answer
        await tcp.write(clientFrame(0x81, pour));
      }
      // What it has poured by now is on its way, or waits.
      assertEquals(await ask(client, "echo", 1), 1);
      const reason = disconnected(client);
      client.emit("drain server", { timeout: 2_000 });
      assertEquals(await reason, "transport close");
      const { closed, forced, count } = await server.report({ kind: "drained" }, 10_000);
      assertEquals([closed, forced, count], [1, 1, 0]);
      const told = server.reportsOf({ kind: "disconnect" }).map(({ reason }) => reason);
      assertEquals(told, ["server shutting down", "server shutting down"]);
      assert(server.alive);
    },
  },
  {
    name: "a server that is drained leaves no connection of a WebSocket that does not answer",
    modes: ["websocket"],
    needs: "drain-cuts",
    async run(context): Promise<void> {
      const server = await context.start(CALM);
      const client = await context.connect("/", {}, server);
      using mute = await RawTcp.open(server.port);
      using stalled = await RawTcp.open(server.port);
      for (const tcp of [mute, stalled]) {
        await tcp.upgrade("/socket.io/?EIO=4&transport=websocket");
        await tcp.readUntil("}"); // the end of the open packet
        await tcp.write(clientFrame(0x81, "40"));
        await tcp.readUntil("}"); // the end of the answer
      }
      await stalled.write(clientFrame(0x81, '42["pour",20,400000]'));
      assertEquals(await ask(client, "echo", 1), 1);
      client.emit("drain server", { timeout: 4_000 });
      const { closed, forced } = await server.report({ kind: "drained" }, 10_000);
      const awaitsEnd = lack(context.target.name, "awaits-the-end") === undefined;
      assertEquals([closed, forced], awaitsEnd ? [1, 2] : [3, 0]);
      for (const tcp of [mute, stalled]) await tcp.ended();
    },
  },
];
