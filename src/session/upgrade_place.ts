/**
 * The place for the one WebSocket that may take over a session.
 *
 * Owns: the candidate, and what it holds of the budget of its connection.
 *
 * Invariants
 * - One candidate at a time. It leaves when it takes over, when it is dropped, or with its session; the
 *   place is free, and its memory given back, before anybody is told.
 */
import type { Frame } from "../wire/engine_packet.ts";
import { MAX_CONNECTION_MEMORY } from "./connection_memory.ts";
import type {
  FrameSink,
  MemoryBudget,
  SessionSettings,
  UpgradeFailure,
  UpgradeOffer,
} from "./ports.ts";
import { CANDIDATE_BYTES, UpgradeCandidate } from "./upgrade.ts";

/** Where the candidate of a session stands. */
export class UpgradePlace {
  readonly #settings: SessionSettings;
  readonly #memory: MemoryBudget;
  #candidate: UpgradeCandidate | undefined;

  constructor(settings: SessionSettings, memory: MemoryBudget) {
    this.#settings = settings;
    this.#memory = memory;
  }

  /** Whether an upgrade is under way. */
  get isTaken(): boolean {
    return this.#candidate !== undefined;
  }

  /** Whether this is the WebSocket of the candidate. */
  owns(sink: FrameSink): boolean {
    return this.#candidate?.sink === sink;
  }

  /**
   * A WebSocket comes to a place that is free.
   *
   * @returns false when the connection has no memory for it, of which the offer was told
   */
  take(offer: UpgradeOffer, now: number): boolean {
    if (!this.#memory.hold(CANDIDATE_BYTES)) {
      offer.failed(MAX_CONNECTION_MEMORY);
      return false;
    }
    this.#candidate = new UpgradeCandidate(offer, this.#settings, now);
    return true;
  }

  /**
   * A frame came on the candidate; one that is no part of an upgrade ends it.
   *
   * @param mayTakeOver whether nothing is on its way by polling, which would end up behind
   */
  receive(frame: Frame, now: number, mayTakeOver: boolean): "probed" | "upgrade" | "dropped" {
    const step = this.#candidate?.receive(frame, now);
    if (step === "probed" || (step === "upgrade" && mayTakeOver)) return step;
    this.drop(step === "tooLarge" ? "maxHttpBufferSize" : "refused");
    return "dropped";
  }

  /** When something is due of the candidate, if there is one. */
  nextAt(pollWaits: boolean): number {
    if (this.#candidate === undefined) return Infinity;
    const { deadline, releaseAt } = this.#candidate;
    return pollWaits ? Math.min(deadline, releaseAt) : deadline;
  }

  /** Drops a candidate that has not taken over in time. */
  due(now: number): void {
    if (this.#candidate !== undefined && now >= this.#candidate.deadline) {
      this.drop("upgradeTimeout");
    }
  }

  /** Whether a GET that waits is to be released now, which counts as done then. */
  releases(now: number): boolean {
    if (this.#candidate === undefined || now < this.#candidate.releaseAt) return false;
    this.#candidate.released(now);
    return true;
  }

  /** The candidate is none any more: it takes over. */
  leave(): UpgradeCandidate | undefined {
    const candidate = this.#candidate;
    if (candidate === undefined) return undefined;
    this.#candidate = undefined;
    this.#memory.release(CANDIDATE_BYTES);
    return candidate;
  }

  /**
   * The candidate, if there is one, is closed.
   *
   * @param failure what the peer did wrong, if it did
   */
  drop(failure?: UpgradeFailure): void {
    this.leave()?.close(failure);
  }
}
