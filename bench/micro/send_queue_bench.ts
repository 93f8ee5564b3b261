/**
 * What a packet costs on its way from `send` to the runtime, beside a plain array and the same codec.
 *
 * Invariants
 * - Each run sends `PACKETS` packets of one turn, which leave in one write, and judges the peer.
 * - The busy sink is never empty: what it has of the turns before is as much as one turn sends.
 * - The plain version counts nothing, and has no limits.
 *
 * Run: deno bench bench/micro/send_queue_bench.ts
 */
import type { FrameSink, Lane } from "../../src/session/ports.ts";
import { SendQueue } from "../../src/session/send_queue.ts";
import { WebSocketLink } from "../../src/session/websocket_link.ts";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";

const PACKETS = 100;
const HIGH_WATER_BYTES = 8_388_608;
const LIMITS = { maxBytes: 16_777_216, maxPackets: Infinity, policy: "close" } as const;
const DROPPING = { ...LIMITS, policy: "dropOldest" } as const;

const packet = EncodedPacket.event(['2["position",{"x":1.5,"y":-3.25}]']);
engineV4.webSocketFrames(packet);

class Sink implements FrameSink {
  readonly bufferedAmount: number;
  written = 0;

  constructor(bufferedAmount: number) {
    this.bufferedAmount = bufferedAmount;
  }

  write(frames: readonly Frame[]): void {
    this.written += frames.length;
  }

  close(): void {}

  cut(): void {}
}

/** Sends a turn's packets, in turns through these lanes. */
function turns(sink: Sink, lanes: (queue: SendQueue) => readonly (Lane | undefined)[]): () => void {
  const queue = new SendQueue(LIMITS);
  const link = new WebSocketLink(sink, engineV4, HIGH_WATER_BYTES);
  const ways = lanes(queue);
  return () => {
    for (let sent = 0; sent < PACKETS; sent++) queue.push(packet, ways[sent % ways.length]);
    queue.learnSent(sink);
    link.drain(queue, false);
    queue.judge(queue.length === 0 ? 0 : link.handedOver);
  };
}

const COMMON = (): readonly undefined[] => [undefined];
const ONE_LANE = (queue: SendQueue): readonly Lane[] => [queue.open(DROPPING)];
const TWO_LANES = (queue: SendQueue): readonly Lane[] => [queue.open(LIMITS), queue.open(DROPPING)];

for (const [state, bytes] of [["idle", 0], ["busy", PACKETS * packet.byteLength]] as const) {
  const group = `${PACKETS} packets to an ${state} sink`;
  const sink = new Sink(bytes);
  Deno.bench("plain array", { group, baseline: true }, () => {
    const queue: EncodedPacket[] = [];
    for (let sent = 0; sent < PACKETS; sent++) queue.push(packet);
    const frames: Frame[] = [];
    for (const each of queue) {
      for (const frame of engineV4.webSocketFrames(each)) frames.push(frame);
    }
    if (sink.bufferedAmount < HIGH_WATER_BYTES) sink.write(frames);
  });
  Deno.bench("no lane", { group }, turns(sink, COMMON));
  Deno.bench("one lane", { group }, turns(sink, ONE_LANE));
  Deno.bench("two lanes, in turns", { group }, turns(sink, TWO_LANES));
}
