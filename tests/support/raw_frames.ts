/**
 * WebSocket frames in numbers and sizes that no client sends, over a bare TCP connection.
 *
 * Source: RFC 6455, section 5.2.
 */
import { clientFrame, type RawTcp } from "./raw_tcp.ts";
import { settledWithin } from "./waiting.ts";

/** The head of a masked frame that claims `bytes` of payload, which is for the test to send. */
export function frameHead(first: number, bytes: number): Uint8Array {
  const head = new Uint8Array(14);
  head.set([first, 0xff]);
  new DataView(head.buffer).setBigUint64(2, BigInt(bytes));
  return head;
}

/** The same frame `count` times, in one piece of memory. */
export function frames(count: number, first: number, payload: string | Uint8Array): Uint8Array {
  const one = clientFrame(first, payload);
  const all = new Uint8Array(count * one.length);
  for (let index = 0; index < count; index++) all.set(one, index * one.length);
  return all;
}

/** How a flood came to its end. */
export interface FloodEnd {
  /** Bytes that were written. */
  readonly bytes: number;
  /** Whether the server had ended the WebSocket before all was written. */
  readonly isCut: boolean;
  /** Whether the server took no more. */
  readonly isStalled: boolean;
}

/** How a flood is sent. */
export interface FloodPlan {
  /** What is sent again and again. */
  readonly piece: Uint8Array;
  readonly times: number;
  /** Resolves once the server has ended the WebSocket. */
  readonly ended?: Promise<unknown>;
}

/** Milliseconds after which a server that takes nothing is taken to be stalled. */
const STALLED_MS = 1_000;

/** Writes a piece again and again, until the server ends the WebSocket or takes no more. */
export async function flood(tcp: RawTcp, { piece, times, ended }: FloodPlan): Promise<FloodEnd> {
  let isCut = false;
  const note = (): void => void (isCut = true);
  ended?.then(note, note);
  let bytes = 0;
  for (let count = 0; count < times && !isCut; count++) {
    if (!await settledWithin(tcp.write(piece), STALLED_MS)) {
      return { bytes, isCut, isStalled: true };
    }
    bytes += piece.length;
    // Reading has its turn between two writes.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { bytes, isCut, isStalled: false };
}
