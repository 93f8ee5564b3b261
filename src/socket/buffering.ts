/**
 * What may wait to be sent to a client, as users say it: for a server, a namespace or a socket.
 *
 * Invariants
 * - What is given is checked whole, and nothing of it counts when anything is wrong.
 */
import {
  integerRule,
  oneOfRule,
  type OptionTable,
  resolveKnownOptions,
} from "../base/option_rules.ts";
import type { BufferLimits, BufferPolicy } from "../session/ports.ts";

/**
 * What may wait to be sent to one client, and what happens above that.
 *
 * @example
 * ```ts
 * import { type BufferingOptions, Server } from "@godwit/io";
 *
 * const newestOnly: BufferingOptions = { maxBufferedPackets: 100, bufferPolicy: "dropOldest" };
 *
 * const io = new Server();
 * io.of("/prices").buffering(newestOnly);
 * ```
 */
export interface BufferingOptions {
  /** Bytes that may wait for a client that had the chance to read them, from 1 or `Infinity`. */
  readonly maxBufferedBytes?: number;
  /** Packets that may wait for it, from 1 or `Infinity`; an event with its attachments is one. */
  readonly maxBufferedPackets?: number;
  /** What happens above that: the connection ends, or events are dropped, the oldest or the newest first. */
  readonly bufferPolicy?: BufferPolicy;
}

/**
 * When the promise of `socket.drained()` is fulfilled, or rejected.
 *
 * @example
 * ```ts
 * import { type DrainedOptions, Server } from "@godwit/io";
 *
 * const io = new Server();
 *
 * io.on("connection", async (socket) => {
 *   socket.emit("hello");
 *   const soon: DrainedOptions = { below: 0, signal: AbortSignal.timeout(1000) };
 *   await socket.drained(soon).catch(() => socket.disconnect(true));
 * });
 * ```
 */
export interface DrainedOptions {
  /**
   * The most bytes that may still wait, from 0. Default: 1,048,576, or half of `maxBufferedBytes` where
   * that is less.
   */
  readonly below?: number;
  /** Ends the wait: the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
}

/** The same, with nothing left open. */
export type Buffering = Required<BufferingOptions>;

/** The policies that there are. */
export const BUFFER_POLICIES = ["close", "dropOldest", "dropNewest"] as const;

const TABLE: OptionTable<{ [Name in keyof Buffering]: Buffering[Name] | undefined }> = {
  rules: {
    maxBufferedBytes: integerRule({
      default: undefined,
      min: 1,
      unit: "bytes",
      allowInfinity: true,
    }),
    maxBufferedPackets: integerRule({ default: undefined, min: 1, allowInfinity: true }),
    bufferPolicy: oneOfRule({ values: BUFFER_POLICIES, default: undefined }),
  },
};

/**
 * What a user gave, without what was left out.
 *
 * @throws {TypeError} when anything is wrong, a name that nobody knows included; the message lists it
 */
export function checkBuffering(given: unknown): BufferingOptions {
  const resolved = resolveKnownOptions("buffering()", TABLE, given);
  return Object.fromEntries(
    Object.entries(resolved).filter(([, value]) => value !== undefined),
  );
}

/** The limits as the session takes them. */
export function toLimits(buffering: Buffering): BufferLimits {
  return {
    maxBytes: buffering.maxBufferedBytes,
    maxPackets: buffering.maxBufferedPackets,
    policy: buffering.bufferPolicy,
  };
}
