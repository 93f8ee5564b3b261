/**
 * Cases: hostile packets. The server answers or closes, stays alive, and serves the next client.
 *
 * Malformed packets that must close their session are among the protocol cases (socket_messages.ts).
 *
 * Source: published advisories of servers of this kind, named at each case.
 */
import { assert, assertEquals } from "@std/assert";
import { RawWebSocket } from "../../support/raw_engine.ts";
import { type ConformanceCase, joinedWebSocket } from "../conformance.ts";

type FrameOut = string | Uint8Array<ArrayBuffer>;

/** Time in milliseconds that an input of a megabyte may take on a busy machine. */
const LINEAR_MS = 3_000;

/** Holds if the session answers to an echo, or was closed, within `ms`. */
async function assertAnswersOrCloses(session: RawWebSocket, ms: number): Promise<void> {
  session.send('429["echo","sentinel"]');
  const answered = (async () => {
    while (await session.next(ms) !== '439["sentinel"]');
  })();
  answered.catch(() => {}); // the close below wins
  await Promise.race([answered, session.ended(ms)]);
}

const LONG = 900_000;

/** Frames whose parts grow to a megabyte (CVE-2020-36049). */
const LONG_FRAMES: Readonly<Record<string, string>> = {
  "an ack id of 900,000 digits": `42${"9".repeat(LONG)}["a"]`,
  "an attachment count of 900,000 digits": `45${"1".repeat(LONG)}-["a"]`,
  "an attachment count without an end": `45${"1".repeat(LONG)}`,
  "a namespace of 900,000 characters": `40/${"a".repeat(LONG)},`,
  "a namespace without an end": `42/${"a".repeat(LONG)}`,
  "digits for a payload": `42["a",${"9".repeat(LONG)}]`,
  "an event name of 900,000 characters": `42["${"a".repeat(LONG)}"]`,
  "400,000 arrays inside each other": `42["unheard",${"[".repeat(LONG / 2)}${
    "]".repeat(LONG / 2)
  }]`,
  "400,000 arrays that nobody closes": `42["unheard",${"[".repeat(LONG)}`,
  "100,000 objects inside each other": `42["unheard",${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)}]`,
};

const longCases: readonly ConformanceCase[] = Object.entries(LONG_FRAMES).map((
  [name, frame],
): ConformanceCase => ({
  name: `${name}: answered or closed in linear time`,
  async run(server): Promise<void> {
    await using session = await joinedWebSocket(server);
    session.send(frame);
    await assertAnswersOrCloses(session, LINEAR_MS);
  },
}));

const nameCases: readonly ConformanceCase[] = [
  {
    name: "events named 'error' or like a property of every object do no harm (CVE-2024-38355)",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      const names = ["error", "__proto__", "constructor", "hasOwnProperty", "toString", "", "0"];
      for (const name of names) {
        session.send(JSON.stringify([name]).replace(/^/, "42"));
        session.send(JSON.stringify([name, {}]).replace(/^/, "42"));
      }
      for (const packet of ["42[0]", "42[-1]", "42[1e999]", '42["error",null,[],"x"]']) {
        session.send(packet);
      }
      session.send('42["echo","still here"]');
      assertEquals(await session.next(), '42["echo","still here"]');
    },
  },
  {
    name: "objects with __proto__ stay data",
    async run(server): Promise<void> {
      await using session = await RawWebSocket.start(server.url);
      await session.join('40{"__proto__":{"polluted":1},"constructor":{"prototype":{"x":1}}}');
      session.send('421["inspect",{"__proto__":{"polluted":1},"constructor":1}]');
      assert(String(await session.next()).startsWith("431["), "Expected an answer");
      session.send('421["prototypes"]');
      assertEquals(String(await session.next()).includes("polluted"), false);
    },
  },
  {
    name: "an answer that cannot be encoded for its depth harms nobody",
    needs: "survives-handler-errors",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      session.send(`42["echo",${"[".repeat(200_000)}${"]".repeat(200_000)}]`);
      await assertAnswersOrCloses(session, LINEAR_MS);
    },
  },
];

/** Sends frames until the session is closed, and holds if it is. */
async function assertCloses(session: RawWebSocket, frames: Iterable<FrameOut>): Promise<void> {
  for (const frame of frames) session.send(frame);
  await session.ended();
}

function* repeat(count: number, bytes: number): Iterable<FrameOut> {
  for (let i = 0; i < count; i++) yield new Uint8Array(bytes);
}

const attachmentCases: readonly ConformanceCase[] = [
  {
    name: "binaries behind a header that promises none are not kept (CVE-2026-69185)",
    async run(server): Promise<void> {
      for (const header of ['450-["x"]', "460-[]"]) {
        const session = await joinedWebSocket(server);
        session.send(header);
        await assertCloses(session, repeat(200, 10_000));
      }
    },
  },
  {
    name: "the bytes of all binaries of one packet have a limit",
    needs: "attachments-bounded-in-bytes",
    async run(server): Promise<void> {
      const session = await joinedWebSocket(server);
      session.send('4510-["unheard"]');
      await assertCloses(session, repeat(10, 990_000));
    },
  },
  {
    name: "two placeholders for one binary do no harm",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      session.send(
        '452-["unheard",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]',
      );
      for (const frame of repeat(2, 3)) session.send(frame);
      await assertAnswersOrCloses(session, LINEAR_MS);
    },
  },
  {
    name: "half a binary packet before CONNECT ends with connectTimeout (CVE-2026-48804)",
    server: "brisk",
    async run(server): Promise<void> {
      const session = await RawWebSocket.start(server.url);
      session.send('452-["echo",{"_placeholder":true,"num":0}]');
      session.send(Uint8Array.of(1));
      await session.ended();
    },
  },
  {
    name: "half a binary packet does not survive its socket (CVE-2026-48804)",
    async run(server): Promise<void> {
      const session = await joinedWebSocket(server);
      session.send('452-["echo",{"_placeholder":true,"num":0}]');
      session.send(Uint8Array.of(1));
      session.send("41");
      session.send("40");
      await assertCloses(session, repeat(1, 3));
    },
  },
];

const floodCases: readonly ConformanceCase[] = [
  {
    name: "ten thousand pongs that nobody asked for do no harm (CVE-2026-48802)",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      for (let i = 0; i < 10_000; i++) session.send("3");
      await assertAnswersOrCloses(session, LINEAR_MS);
    },
  },
  {
    name: "a thousand joins and leaves of one connection do no harm",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      for (let i = 0; i < 1_000; i++) {
        session.send("40/orders,");
        session.send("41/orders,");
      }
      await assertAnswersOrCloses(session, LINEAR_MS);
    },
  },
];

export const hostilePacketCases: readonly ConformanceCase[] = [
  ...longCases,
  ...nameCases,
  ...attachmentCases,
  ...floodCases,
];
