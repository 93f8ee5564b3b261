/**
 * What a program under test tells of itself at `/state`, so that a suite can see what its peers have
 * left behind: sessions, sockets, timers, requests without an answer, memory.
 *
 * - It is the application's own page, beside the server under test, and changes nothing but that
 *   memory is collected before it is measured.
 */
import process from "node:process";
import type { Namespace, Server } from "socket.io";
import { timersWaiting } from "./watched_timers.ts";

/** The path at which it is told. */
const STATE_PATH = "/state";

/** What a program under test holds. */
export interface AppState {
  /** Sessions of the engine. */
  readonly sessions: number;
  /** Sockets in all namespaces. */
  readonly sockets: number;
  /** Rooms in all namespaces. */
  readonly rooms: number;
  /** Timers that wait. */
  readonly timers: number;
  /** Requests that have no answer yet. */
  readonly requests: number;
  /** Bytes of live objects and what they hold outside of the heap. */
  readonly heapBytes: number;
  /** Bytes of the whole process, as the system counts them. */
  readonly rssBytes: number;
}

/** What runtimes have to collect memory with, each its own. */
declare const Bun: { gc(force: boolean): void } | undefined;
declare const gc: (() => void) | undefined;

/** Tells of one server; made before the server has a namespace beside its main one. */
export class StatePage {
  readonly #io: Server;
  readonly #namespaces: Set<Namespace> = new Set();
  #requests = 0;

  constructor(io: Server) {
    this.#io = io;
    this.#namespaces.add(io.of("/"));
    io.on("new_namespace", (namespace) => void this.#namespaces.add(namespace));
  }

  /** Whether a request asks for this page. */
  owns(url: string): boolean {
    return new URL(url, "http://host").pathname === STATE_PATH;
  }

  /** A request has come; what is returned says that it has been answered, or is gone. */
  begun(): () => void {
    this.#requests++;
    return () => void this.#requests--;
  }

  /** Answers a request, which counts until its answer is known. */
  async counted<Answer>(answer: () => Answer | Promise<Answer>): Promise<Answer> {
    const ended = this.begun();
    try {
      return await answer();
    } finally {
      ended();
    }
  }

  /**
   * The state as JSON.
   *
   * @param requests how many wait for an answer, this one too, where the runtime counts them itself
   */
  text(requests: number = this.#requests): string {
    if (typeof gc === "function") gc();
    else if (typeof Bun === "object") Bun.gc(true);
    const { heapUsed, external, rss } = process.memoryUsage();
    const state: AppState = {
      sessions: this.#io.engine.clientsCount,
      sockets: this.#sum(({ sockets }) => sockets.size),
      rooms: this.#sum(({ adapter }) => adapter.rooms.size),
      timers: timersWaiting(),
      requests: requests - 1,
      heapBytes: heapUsed + external,
      rssBytes: rss,
    };
    return JSON.stringify(state);
  }

  #sum(sizeOf: (namespace: Namespace) => number): number {
    return [...this.#namespaces].reduce((sum, namespace) => sum + sizeOf(namespace), 0);
  }
}
