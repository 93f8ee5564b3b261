/**
 * Cases: clients that read slowly, late or never, and what may wait for them.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { joinedTcp } from "../../support/entry_checks.ts";
import { RawPolling } from "../../support/raw_engine.ts";
import { clientFrame, type RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { ask } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

const decoder = new TextDecoder();
const MEGABYTE = 1_000_000;
const NARROW = { maxBufferedBytes: 1_048_576, pingInterval: 300, pingTimeout: 400 };
const BURST = { maxBufferedBytes: MEGABYTE, bufferPolicy: "dropOldest" };
const NEWEST = { maxBufferedBytes: 65_536, bufferPolicy: "dropOldest" };

/** Sends pongs until it is told to stop. */
function beat(send: () => Promise<unknown>): Disposable {
  let isOver = false;
  const run = async (): Promise<void> => {
    while (!isOver) {
      await send();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  // A peer that was let go cannot send any more.
  run().catch(() => {});
  return { [Symbol.dispose]: () => void (isOver = true) };
}

async function isLetGo(server: ServerProcess): Promise<void> {
  const { reason } = await server.report({ kind: "disconnect" }, 15_000);
  assertEquals(reason, "transport error");
  const { sent } = await server.report({ kind: "flooded" });
  // What the kernel holds for both ends, and three times the limit.
  assertLess(Number(sent), 24 * MEGABYTE);
  assert(server.alive);
}

/** A socket with limits of its own, which then emits as the command says. */
async function limited(
  server: ServerProcess,
  options: typeof NEWEST,
  command: readonly unknown[],
): Promise<RawTcp> {
  const tcp = await joinedTcp(server);
  await tcp.write(clientFrame(0x81, `42${JSON.stringify(["limit me", options])}`));
  await tcp.write(clientFrame(0x81, `42${JSON.stringify(command)}`));
  return tcp;
}

/** Holds if the socket has kept to its limit, and has lived on. */
async function keepsToLimit(
  server: ServerProcess,
  { maxBufferedBytes }: typeof NEWEST,
): Promise<void> {
  const { most, connected } = await server.report({ kind: "numbered" }, 30_000);
  assertEquals(connected, true);
  assert(Number(most) <= maxBufferedBytes, `${most} bytes waited`);
}

/** The numbers that have come, from the first to `last`. */
async function numbersUpTo(last: number, tcp: RawTcp): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.at(-1) !== last) {
    const frame = await tcp.readFrame();
    assert(frame !== undefined, `the connection has ended after ${numbers.at(-1)}`);
    const number = /^42\["number",(\d+)/.exec(decoder.decode(frame.payload))?.[1];
    if (number !== undefined) numbers.push(Number(number));
  }
  return numbers;
}

export const slowReaderCases: readonly ContractCase[] = [
  {
    name: "a WebSocket client that reads no more but answers pings is let go",
    modes: ["websocket"],
    needs: "bounded-outbound",
    async run(context): Promise<void> {
      const server = await context.start(NARROW);
      using tcp = await joinedTcp(server);
      await tcp.write(clientFrame(0x81, '42["flood"]'));
      using _pongs = beat(() => tcp.write(clientFrame(0x81, "3")));
      await isLetGo(server);
    },
  },
  {
    name: "a polling client that polls no more but answers pings is let go",
    modes: ["polling"],
    needs: "bounded-outbound",
    async run(context): Promise<void> {
      const server = await context.start(NARROW);
      const peer = await RawPolling.start(server.url);
      await peer.join();
      await peer.post('42["flood"]');
      using _pongs = beat(() => peer.post("3"));
      await isLetGo(server);
    },
  },
  {
    name:
      "a WebSocket client that reads late loses the oldest events, and never more waits than may",
    modes: ["websocket"],
    needs: "bounded-outbound",
    async run(context): Promise<void> {
      const server = await context.start({});
      using tcp = await limited(server, NEWEST, ["number me", 20_000, 1_000, 50]);
      await keepsToLimit(server, NEWEST);
      const numbers = await numbersUpTo(19_999, tcp);
      assertEquals(numbers, numbers.toSorted((a, b) => a - b));
      assert(numbers[0] === 0 && numbers.length < 20_000, `${numbers.length} came`);
    },
  },
  {
    name:
      "of one turn's burst of three times the limit a client that reads has the limit, and its end",
    modes: ["websocket"],
    needs: "bounded-outbound",
    async run(context): Promise<void> {
      const server = await context.start({});
      using tcp = await limited(server, BURST, ["number me", 3_000, 1_000, 3_000]);
      const numbers = await numbersUpTo(2_999, tcp);
      await keepsToLimit(server, BURST);
      assertEquals(numbers, numbers.toSorted((a, b) => a - b));
      // The runtime has taken half at least, and the other half was kept, but for a packet of each.
      const bytes = numbers.length * 1_000;
      assert(numbers[0] === 0 && bytes >= 0.95 * MEGABYTE, `${numbers.length} came`);
      // Of what was kept, nothing is missing.
      assertEquals(numbers.slice(-450), Array.from({ length: 450 }, (_, at) => 2_550 + at));
    },
  },
  {
    name: "a question that is dropped, as its client does not read, is told of at once",
    modes: ["websocket"],
    needs: "bounded-outbound",
    async run(context): Promise<void> {
      const server = await context.start({});
      using _tcp = await limited(server, NEWEST, ["ask until lost", 10_000]);
      const { code, reason, connected } = await server.report({ kind: "question lost" }, 30_000);
      assertEquals([code, reason, connected], ["event-dropped", "dropOldest", true]);
      assert(server.alive);
    },
  },
  {
    name: "drained() keeps what waits small, and all of it arrives",
    needs: "bounded-outbound",
    async run(context): Promise<void> {
      const client = await context.connect();
      let got = 0;
      client.on("drop", (_index: number, { byteLength }: Uint8Array) => void (got += byteLength));
      const most = await ask(client, "pour politely", 200, 100_000);
      assertEquals(got, 200 * 100_000);
      assert(Number(most) <= 1_048_576 + 200_000, `${most} bytes waited`);
    },
  },
];
