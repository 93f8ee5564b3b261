/** Tests of programs that ask again at once, whatever they are told: they must not stop everything else. */
import { assertEquals } from "@std/assert";
import type { Socket } from "../../src/socket/api.ts";
import type { BufferingOptions } from "../../src/socket/buffering.ts";
import { connected, type RawClient, TRANSPORTS } from "../support/in_process_client.ts";
import type { TestServer } from "../support/in_process_server.ts";

/** One tick of the wheel. */
const TICK_MS = 50;
/** Where a loop gives up, so that a test ends. */
const MOST = 10_000;
/** More than a runtime is handed that does not send it. */
const MUCH = "x".repeat(200_000);
const NEWEST: BufferingOptions = {
  bufferPolicy: "dropNewest",
  maxBufferedBytes: 100_000,
  maxBufferedPackets: 1,
};

/** Something that fails at once, and what makes it do so. */
interface Loop {
  readonly name: string;
  readonly prepare: (io: TestServer, client: RawClient, socket: Socket) => Promise<void>;
  readonly wait: (io: TestServer, socket: Socket) => Promise<unknown>;
}

async function leave(_io: TestServer, client: RawClient): Promise<void> {
  await client.leave();
}

/** Lets a client read nothing any more, and takes from it what it may still take. */
async function stall(io: TestServer, client: RawClient, socket: Socket): Promise<void> {
  client.pause();
  if (client.webSocket !== undefined) client.webSocket.holds = true;
  for (let count = 0; count < 3; count++) {
    socket.emit("much", MUCH);
    await io.world.settle();
  }
}

async function stallDropping(io: TestServer, client: RawClient, socket: Socket): Promise<void> {
  socket.buffering(NEWEST);
  await stall(io, client, socket);
}

const LOOPS: readonly Loop[] = [
  {
    name: "asks a socket that has ended",
    prepare: leave,
    wait: (_io, socket) => socket.timeout(1_000).emitWithAck("ask"),
  },
  {
    name: "asks with the signal of a socket that has ended",
    prepare: leave,
    wait: (_io, socket) => socket.withSignal(socket.signal).emitWithAck("ask"),
  },
  {
    name: "asks many with the signal of a socket that has ended",
    prepare: leave,
    wait: (io, socket) => io.timeout(1_000, { signal: socket.signal }).emitWithAck("ask"),
  },
  {
    name: "waits until less waits for a socket that has ended",
    prepare: leave,
    wait: (_io, socket) => socket.drained(),
  },
  {
    name: "waits for less with the signal of a socket that has ended",
    prepare: leave,
    wait: (_io, socket) => socket.drained({ signal: socket.signal }),
  },
  {
    name: "asks in volatile events, which cannot leave",
    prepare: stall,
    wait: (_io, socket) => socket.volatile.emitWithAck("ask"),
  },
  {
    name: "asks a client that does not read, by a policy that drops",
    prepare: stallDropping,
    wait: (_io, socket) => socket.timeout(1_000).emitWithAck("ask"),
  },
  {
    name: "asks many, of whom one does not read, by a policy that drops",
    prepare: stallDropping,
    wait: (io) => io.timeout(1_000).emitWithAck("ask"),
  },
];

for (const transport of TRANSPORTS) {
  for (const { name, prepare, wait } of LOOPS) {
    Deno.test(`Who ${name}, and does so again, is told once a tick (${transport})`, async () => {
      const { io, client, socket } = await connected({ transport });
      await prepare(io, client, socket);
      let count = 0;
      let isOver = false;
      const loop = (async (): Promise<void> => {
        while (!isOver && count < MOST) {
          await wait(io, socket).catch(() => {});
          count++;
        }
      })();
      await io.world.settle();
      const counts = [count];
      for (let tick = 0; tick < 3; tick++) {
        await io.world.advance(TICK_MS);
        counts.push(count);
      }
      isOver = true;
      await io.world.advance(TICK_MS);
      await loop;
      assertEquals(counts, [0, 1, 2, 3]);
    });
  }
}
