/**
 * Cases: WebSocket frames whose number, size or claims are meant to hurt.
 *
 * - Sizes that are huge in the advisories are scaled to some tens of megabytes: more than the budget
 *   of memory that is checked after every case, and more than what the system holds on the way.
 *
 * Source: published advisories of WebSocket servers, named at each case.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { flood, frameHead, frames } from "../../support/raw_frames.ts";
import { clientFrame, RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import type { ConformanceCase } from "../conformance.ts";
import { MEMORY_BUDGET_BYTES, stateOf } from "../hostile/watch.ts";

/** FIN and opcode. */
const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;
/** Without FIN: more is to come. */
const TEXT_BEGIN = 0x01;
const BINARY_BEGIN = 0x02;
const CONTINUATION = 0x00;
const CONTINUATION_END = 0x80;

/** The default of `maxHttpBufferSize`. */
const LIMIT_BYTES = 1_000_000;

/** What a peer may have sent before it is cut: the limit, and what was on its way. */
const CUT_BYTES = 8_000_000;

/** Time in milliseconds for tens of megabytes on a busy machine. */
const FLOOD_MS = 20_000;

/** A WebSocket session that has joined "/". */
async function joined(server: ServerProcess): Promise<RawTcp> {
  const tcp = await RawTcp.open(server.port);
  assertEquals((await tcp.upgrade("/socket.io/?EIO=4&transport=websocket")).status, 101);
  await tcp.write(clientFrame(TEXT, "40"));
  await tcp.readUntil('40{"sid":"');
  // To the end of the frame: bytes of the id must not be read as the head of the next one.
  await tcp.readUntil('"}');
  return tcp;
}

const claimCases: readonly ConformanceCase[] = [
  {
    name: "a frame that claims more than maxPayload is refused by its head alone (CVE-2016-10542)",
    needs: "messages-cut-at-the-limit",
    async run(server): Promise<void> {
      for (const bytes of [LIMIT_BYTES + 1, 2 ** 31, 2 ** 62]) {
        const tcp = await joined(server);
        await tcp.write(frameHead(BINARY, bytes));
        assertEquals([bytes, await tcp.webSocketEnded()], [bytes, 1009]);
      }
    },
  },
  {
    name: "a frame that claims gigabytes ends its session by its head alone (CVE-2016-10542)",
    async run(server): Promise<void> {
      for (const bytes of [128 * 2 ** 20, 2 ** 31, 2 ** 53, 2 ** 62]) {
        const tcp = await joined(server);
        await tcp.write(frameHead(TEXT, bytes));
        await tcp.webSocketEnded();
      }
    },
  },
  {
    name: "a frame that never comes to its end goes with its session's heartbeat",
    server: "brisk",
    async run(server): Promise<void> {
      const tcps = await Promise.all(Array.from({ length: 20 }, () => joined(server)));
      for (const tcp of tcps) {
        await tcp.write(frameHead(BINARY, LIMIT_BYTES));
        await tcp.write(new Uint8Array(LIMIT_BYTES / 2));
      }
      await Promise.all(tcps.map((tcp) => tcp.webSocketEnded()));
    },
  },
  {
    name: "a message of 40 MB is refused with 1009, in one frame and in fragments (CVE-2026-48809)",
    async run(server): Promise<void> {
      const megabyte = new Uint8Array(LIMIT_BYTES);
      const whole = await joined(server);
      await whole.write(frameHead(BINARY, 40 * LIMIT_BYTES));
      const wholeEnded = whole.webSocketEnded(FLOOD_MS);
      await flood(whole, { piece: megabyte, times: 40, ended: wholeEnded });
      assertEquals(await wholeEnded, 1009);
      const parts = await joined(server);
      const partsEnded = parts.webSocketEnded(FLOOD_MS);
      await parts.write(clientFrame(BINARY_BEGIN, megabyte));
      const piece = clientFrame(CONTINUATION, megabyte);
      const { isCut } = await flood(parts, { piece, times: 39, ended: partsEnded });
      if (!isCut) await parts.write(clientFrame(CONTINUATION_END, ""));
      assertEquals(await partsEnded, 1009);
    },
  },
  {
    name: "a message in fragments is cut while it comes in, at maxPayload (CVE-2026-48809)",
    needs: "messages-cut-at-the-limit",
    async run(server): Promise<void> {
      const tcp = await joined(server);
      const ended = tcp.webSocketEnded(FLOOD_MS);
      await tcp.write(clientFrame(BINARY_BEGIN, "x"));
      const piece = clientFrame(CONTINUATION, new Uint8Array(100_000));
      const { bytes, isCut } = await flood(tcp, { piece, times: 400, ended });
      assertEquals([await ended, isCut], [1009, true]);
      assertLess(bytes, CUT_BYTES);
    },
  },
];

/** Fragments of a message that never ends, by what they hold (CVE-2026-48779, CVE-2026-42786). */
const FRAGMENTS: Readonly<Record<string, string>> = { "one byte each": "x", "no byte each": "" };

const fragmentCases: readonly ConformanceCase[] = Object.entries(FRAGMENTS).flatMap((
  [name, payload],
): readonly ConformanceCase[] => [
  {
    name: `131,000 fragments of ${name} go with the heartbeat of their session (CVE-2026-48779)`,
    server: "brisk",
    async run(server): Promise<void> {
      const peers = await Promise.all(Array.from({ length: 5 }, () => joined(server)));
      await Promise.all(peers.map(async (tcp) => {
        const ended = tcp.webSocketEnded(FLOOD_MS);
        await tcp.write(clientFrame(TEXT_BEGIN, "4"));
        const piece = frames(1_000, CONTINUATION, payload);
        await flood(tcp, { piece, times: 131, ended });
        await ended;
      }));
    },
  },
  {
    name: `a message of 300,000 fragments of ${name} is refused with 1008 (CVE-2026-48779)`,
    needs: "fragments-bounded-in-number",
    async run(server): Promise<void> {
      const tcp = await joined(server);
      const ended = tcp.webSocketEnded(FLOOD_MS);
      await tcp.write(clientFrame(TEXT_BEGIN, "4"));
      const piece = frames(1_000, CONTINUATION, payload);
      await flood(tcp, { piece, times: 300, ended });
      assertEquals(await ended, 1008);
    },
  },
  {
    name: `300,000 fragments of ${name} cost no more memory than their bytes (CVE-2026-42786)`,
    async run(server): Promise<void> {
      const before = await stateOf(server);
      const tcp = await joined(server);
      await tcp.write(clientFrame(TEXT_BEGIN, "4"));
      await flood(tcp, { piece: frames(1_000, CONTINUATION, payload), times: 300 });
      const { heapBytes, rssBytes } = await stateOf(server);
      assertLess(heapBytes - before.heapBytes, MEMORY_BUDGET_BYTES);
      assertLess(rssBytes - before.rssBytes, 2 * MEMORY_BUDGET_BYTES);
    },
  },
]);

const controlCases: readonly ConformanceCase[] = [
  {
    name: "pings of a peer that reads nothing cost a bounded amount of memory (ws 8.23.0)",
    async run(server): Promise<void> {
      const before = await stateOf(server);
      const tcp = await joined(server);
      // 600,000 pings of 125 bytes: 78 MB of pongs.
      const piece = frames(1_000, PING, "x".repeat(125));
      await flood(tcp, { piece, times: 600 });
      const { heapBytes, rssBytes } = await stateOf(server);
      assertLess(heapBytes - before.heapBytes, MEMORY_BUDGET_BYTES);
      assertLess(rssBytes - before.rssBytes, 2 * MEMORY_BUDGET_BYTES);
    },
  },
  {
    name: "100,000 pongs over WebSocket set no timer each (CVE-2026-48802)",
    async run(server): Promise<void> {
      using tcp = await joined(server);
      const { timers } = await stateOf(server);
      await flood(tcp, { piece: frames(1_000, TEXT, "3"), times: 100 });
      await tcp.write(clientFrame(TEXT, '421["echo","sentinel"]'));
      await tcp.readUntil('431["sentinel"]', FLOOD_MS);
      assert((await stateOf(server)).timers <= timers, "Expected no more timers than before");
    },
  },
  {
    name: "a compressed frame that nobody has agreed on ends its session (CVE-2026-48779)",
    async run(server): Promise<void> {
      for (const frame of [clientFrame(0xc1, "4"), clientFrame(0x41, "4")]) {
        const tcp = await joined(server);
        await tcp.write(frame);
        const code = await tcp.webSocketEnded();
        assert(code === 1002 || code === undefined, `Expected 1002 or a cut, found ${code}`);
      }
    },
  },
];

export const hostileFrameCases: readonly ConformanceCase[] = [
  ...claimCases,
  ...fragmentCases,
  ...controlCases,
];
