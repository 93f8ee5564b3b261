/**
 * A namespace without a server: for what it owns itself.
 *
 * - Its wheel and its clock can be looked at; nothing is awaited in real time.
 * - Its sockets have links that are open and drop everything.
 */
import { Advice } from "../../src/base/advice.ts";
import { Incidents } from "../../src/base/incidents.ts";
import { Deadlines } from "../../src/base/deadlines.ts";
import { DebugScopes } from "../../src/base/log.ts";
import { socketScopes } from "../../src/server/debug_scopes.ts";
import type { BaseServer } from "../../src/socket/api.ts";
import { LocalNamespace } from "../../src/socket/local_namespace.ts";
import { memoryAdapter } from "../../src/socket/memory_adapter.ts";
import type { SocketLink } from "../../src/socket/ports.ts";
import { encodePacket } from "../../src/wire/encode_packet.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import { jsonCodec } from "../../src/wire/json_codec.ts";
import { REVISION_TRAITS } from "../../src/wire/revision_traits.ts";
import { FakeClock } from "./fake_clock.ts";

/** A namespace alone, its wheel, and the clock of both. */
export interface Lone {
  readonly namespace: LocalNamespace;
  readonly deadlines: Deadlines;
  readonly clock: FakeClock;
}

export function loneNamespace(): Lone {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const codec = jsonCodec();
  let ids = 0;
  const namespace = new LocalNamespace({
    name: "/lone",
    server: {} as BaseServer, // nobody asks for it here
    adapter: memoryAdapter,
    context: {
      deadlines,
      advice: new Advice(() => {}),
      incidents: new Incidents(clock, () => {}),
      wallTime: () => clock.wallTime(),
      nextSocketId: () => `s${++ids}`,
      packet: (parts) => EncodedPacket.event(parts),
      encode: (packet) => encodePacket(codec, packet),
      handlerFailed: (error) => {
        throw error;
      },
      handlerMode: "concurrent",
      limits: {
        maxPendingAcks: Infinity,
        maxRoomsPerSocket: Infinity,
        maxPendingEvents: Infinity,
        maxBufferedBytes: Infinity,
        maxBufferedPackets: Infinity,
        bufferPolicy: "close",
      },
      debug: socketScopes(new DebugScopes(undefined, () => {})),
    },
  });
  return { namespace, deadlines, clock };
}

/** Puts a socket into a namespace over a link that is open and drops everything. */
export function addSocket(namespace: LocalNamespace): { readonly sent: unknown[] } {
  const sent: unknown[] = [];
  const link = {
    link: { state: "open", revision: REVISION_TRAITS[4] },
    send: ({ parts }: EncodedPacket): unknown => sent.push(...parts),
    socketId: namespace.context.nextSocketId,
    detach: () => {},
  };
  // Only what a socket asks of its link while it lives.
  namespace.add(link as unknown as SocketLink, {}, () => {});
  return { sent };
}
