/**
 * The part of a socket that remembers how its next event is emitted.
 *
 * Owns: the flags.
 *
 * Invariants
 * - Flags hold for one emit, or go with one broadcast operator, and are gone then, also when it throws.
 */
import { checkSignal } from "../base/abort_watch.ts";
import type { AckLimits } from "./acks.ts";
import { checkTimeout } from "./broadcast_operator.ts";
import { CatchAllSocket } from "./catch_all_socket.ts";
import type { TimeoutOptions } from "./events.ts";
import { timeoutSignal } from "./wait_options.ts";

/** How an event is emitted. */
export interface EmitFlags extends AckLimits {
  /** Whether it is dropped where it would have to wait. */
  readonly volatile: boolean;
}

/** A socket with flags. */
export abstract class FlaggedSocket extends CatchAllSocket {
  #isVolatile = false;
  #timeoutMs: number | undefined;
  #waitSignal: AbortSignal | undefined;

  override get volatile(): this {
    this.#isVolatile = true;
    return this;
  }

  override compress(_compress: boolean): this {
    return this;
  }

  override timeout(timeout: number, options?: TimeoutOptions): this {
    const timeoutMs = checkTimeout(timeout);
    const signal = timeoutSignal(options);
    if (signal !== undefined) this.#waitSignal = signal;
    this.#timeoutMs = timeoutMs;
    return this;
  }

  override withSignal(signal: AbortSignal): this {
    this.#waitSignal = checkSignal(signal);
    return this;
  }

  /** Whether the callback of the next event takes an error first. */
  protected get isErrorFirst(): boolean {
    return this.#timeoutMs !== undefined || this.#waitSignal !== undefined;
  }

  /** The flags of the next event, which the one after it has not. */
  protected takeFlags(): EmitFlags {
    const flags = {
      volatile: this.#isVolatile,
      timeoutMs: this.#timeoutMs,
      signal: this.#waitSignal,
    };
    this.#isVolatile = false;
    this.#timeoutMs = undefined;
    this.#waitSignal = undefined;
    return flags;
  }
}
