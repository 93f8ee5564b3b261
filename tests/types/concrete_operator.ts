/** An operator without generics, which does nothing: it has what the public one has. */
import { BroadcastOperator, type RemoteSocket } from "../../src/socket/broadcaster.ts";
import type { DefaultEventsMap, Untyped } from "../../src/socket/events.ts";

/** One room, or several. */
export type Names = string | string[];

/** Fits wherever an operator is wanted, whatever its events. */
export class LocalOperator extends BroadcastOperator<DefaultEventsMap, Untyped> {
  declare fetchSockets: () => Promise<RemoteSocket<DefaultEventsMap, Untyped>[]>;
  declare socketsJoin: (room: Names) => void;
  declare socketsLeave: (room: Names) => void;
  declare disconnectSockets: (close?: boolean) => void;
  declare allSockets: () => Promise<Set<string>>;
  to(_room: Names): LocalOperator {
    return this;
  }
  in(_room: Names): LocalOperator {
    return this;
  }
  except(_room: Names): LocalOperator {
    return this;
  }
  compress(_c: boolean): LocalOperator {
    return this;
  }
  get volatile(): LocalOperator {
    return this;
  }
  get local(): LocalOperator {
    return this;
  }
  timeout(_ms: number): LocalOperator {
    return this;
  }
  withSignal(_signal: AbortSignal): LocalOperator {
    return this;
  }
  emit(_event: string | symbol, ..._args: unknown[]): boolean {
    return true;
  }
  emitWithAck(_event: string | symbol, ..._args: unknown[]): Promise<Untyped> {
    return Promise.resolve(1);
  }
}
