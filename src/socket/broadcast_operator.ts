/**
 * Whom a broadcast is for, and how: an immutable builder, ended by an emit.
 *
 * Invariants
 * - A modifier returns a new operator and changes nothing, so one may be kept and used again.
 * - What is emitted is encoded before `emit` returns.
 */
import { checkSignal } from "../base/abort_watch.ts";
import { describeValue, StateError } from "../base/errors.ts";
import type { HandlerErrorSink } from "../base/invoke.ts";
import { watchedPromise } from "../base/watched_promise.ts";
import { RESERVED_EVENT_NAMES } from "../wire/socket_packet.ts";
import type { AckCallback } from "./acks.ts";
import type { Selection } from "./adapter.ts";
import { BroadcastOperator, type RemoteSocket } from "./broadcaster.ts";
import type { DefaultEventsMap, TimeoutOptions, Untyped } from "./events.ts";
import { timeoutSignal } from "./wait_options.ts";

/** The name of an event and its arguments. */
export type EventArgs = readonly [name: string, ...args: unknown[]];

/** A broadcast that is ready to go. */
export interface Broadcast extends Selection {
  /** Whether it is dropped where it would have to wait. */
  readonly volatile: boolean;
  /** Time for the answers in milliseconds, if limited. */
  readonly timeoutMs: number | undefined;
  /** What ends the wait for the answers before. One that has aborted keeps the event from being sent. */
  readonly signal: AbortSignal | undefined;
  /** Whether it is for one socket, whose answer comes alone and not in an array. */
  readonly single: boolean;
}

/** A socket that was found, with events of any type. */
export type FoundSocket = RemoteSocket<DefaultEventsMap, Untyped>;

/** What an operator asks of its namespace. */
export interface OperatorHome extends HandlerErrorSink {
  /** Sends an event to the selected sockets. */
  broadcast(args: EventArgs, broadcast: Broadcast): void;
  /** Sends an event to the selected sockets, and gathers their answers. */
  broadcastWithAck(args: EventArgs, broadcast: Broadcast, callback: AckCallback): void;
  /** Finds the selected sockets. */
  findSelected(selection: Selection): Promise<FoundSocket[]>;
  /** Makes the selected sockets join rooms. */
  joinSelected(selection: Selection, rooms: readonly string[]): void;
  /** Makes the selected sockets leave rooms. */
  leaveSelected(selection: Selection, rooms: readonly string[]): void;
  /** Disconnects the selected sockets, with `close` their connections too. */
  disconnectSelected(selection: Selection, close: boolean): void;
}

const NO_ROOMS: ReadonlySet<string> = new Set();

/** A broadcast to all sockets, with nothing special. */
export const TO_ALL: Broadcast = Object.freeze({
  rooms: NO_ROOMS,
  except: NO_ROOMS,
  local: false,
  volatile: false,
  timeoutMs: undefined,
  signal: undefined,
  single: false,
});

/**
 * Refuses the names that have a meaning of their own, and what is no name.
 *
 * @throws StateError when the name is reserved
 * @throws TypeError when it is a symbol, which cannot be sent
 */
export function checkEventName(name: string | symbol): asserts name is string {
  if (typeof name === "symbol") {
    throw new TypeError("Cannot emit event: its name must be a string, found a symbol");
  }
  if (RESERVED_EVENT_NAMES.has(name)) throw new StateError(`"${name}" is a reserved event name`);
}

/**
 * Refuses what is no time to wait.
 *
 * @throws TypeError when it is not a number of milliseconds from 0
 */
export function checkTimeout(timeoutMs: number): number {
  if (typeof timeoutMs === "number" && timeoutMs >= 0) return timeoutMs;
  throw new TypeError(
    `Cannot set timeout: must be a number of milliseconds from 0, found ${
      describeValue(timeoutMs)
    }`,
  );
}

/** Separates the callback that may be the last argument from the rest. */
export function splitAck(
  args: readonly unknown[],
): { readonly args: readonly unknown[]; readonly ack: AckCallback | undefined } {
  const last = args.at(-1);
  if (typeof last !== "function") return { args, ack: undefined };
  // A caller's callback takes what the client answers, whatever it is.
  return { args: args.slice(0, -1), ack: last as AckCallback };
}

/** An operator over untyped events; `api.ts` types it for users. */
export class LocalBroadcastOperator extends BroadcastOperator<DefaultEventsMap, Untyped> {
  static {
    // What users see in logs and in the inspector is the class that they import.
    Object.defineProperty(this, "name", { value: "BroadcastOperator" });
  }

  readonly #home: OperatorHome;
  readonly #broadcast: Broadcast;

  constructor(home: OperatorHome, broadcast: Broadcast = TO_ALL) {
    super();
    this.#home = home;
    this.#broadcast = broadcast;
  }

  override to(room: string | string[]): LocalBroadcastOperator {
    return this.#with({ rooms: union(this.#broadcast.rooms, room) });
  }

  override in(room: string | string[]): LocalBroadcastOperator {
    return this.to(room);
  }

  override except(room: string | string[]): LocalBroadcastOperator {
    return this.#with({ except: union(this.#broadcast.except, room) });
  }

  override compress(_compress: boolean): LocalBroadcastOperator {
    return this;
  }

  override get volatile(): LocalBroadcastOperator {
    return this.#with({ volatile: true });
  }

  override get local(): LocalBroadcastOperator {
    return this.#with({ local: true });
  }

  override timeout(timeout: number, options?: TimeoutOptions): LocalBroadcastOperator {
    const timeoutMs = checkTimeout(timeout);
    const signal = timeoutSignal(options);
    return this.#with(signal === undefined ? { timeoutMs } : { timeoutMs, signal });
  }

  override withSignal(signal: AbortSignal): LocalBroadcastOperator {
    return this.#with({ signal: checkSignal(signal) });
  }

  override emit(ev: string | symbol, ...given: unknown[]): boolean {
    checkEventName(ev);
    const { args, ack } = splitAck(given);
    if (ack === undefined) this.#home.broadcast([ev, ...args], this.#broadcast);
    else this.#home.broadcastWithAck([ev, ...args], this.#broadcast, ack.bind(this));
    return true;
  }

  override emitWithAck(ev: string | symbol, ...args: unknown[]): Promise<Untyped> {
    return watchedPromise((resolve, reject) => {
      this.emit(ev, ...args, (error: unknown, responses: unknown) => {
        if (error) reject(error);
        else resolve(responses);
      });
    }, (error) => this.#home.handlerFailed(error, String(ev), "ack"));
  }

  override fetchSockets(): Promise<FoundSocket[]> {
    return this.#home.findSelected(this.#broadcast);
  }

  override socketsJoin(room: string | string[]): void {
    this.#home.joinSelected(this.#broadcast, listed(room));
  }

  override socketsLeave(room: string | string[]): void {
    this.#home.leaveSelected(this.#broadcast, listed(room));
  }

  override disconnectSockets(close = false): void {
    this.#home.disconnectSelected(this.#broadcast, close);
  }

  override async allSockets(): Promise<Set<string>> {
    return new Set((await this.fetchSockets()).map(({ id }) => id));
  }

  #with(change: Partial<Broadcast>): LocalBroadcastOperator {
    return new LocalBroadcastOperator(this.#home, { ...this.#broadcast, ...change });
  }
}

function union(rooms: ReadonlySet<string>, more: string | string[]): ReadonlySet<string> {
  return new Set([...rooms, ...listed(more)]);
}

function listed(rooms: string | string[]): readonly string[] {
  return Array.isArray(rooms) ? [...rooms] : [rooms];
}
