/**
 * The part of a server that is about its end: closing it, draining it, telling others how it is.
 */
import type { RequestHead } from "../engine/handshake_info.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "../socket/events.ts";
import type { DrainReport } from "./drain.ts";
import type { DrainOptions } from "./drain_options.ts";
import type { Health, HealthAnswer, HealthHandler } from "./health.ts";
import { MainNamespaceServer } from "./main_namespace_server.ts";

/** The life of a server, as far as its public methods need it. */
export interface ServerLife {
  /** Whether it is well. */
  readonly health: Health;
  /** The answer to a probe, of which the method counts, and the last segment of the path. */
  probe(method: string, target: string): HealthAnswer;
  /** Lets all clients go, then closes. */
  drain(options: DrainOptions): Promise<DrainReport>;
  /** Ends sockets and sessions, and frees the adapters; gives the first error of one. */
  close(): Promise<Error | undefined>;
  /** Calls the callback of a user who has closed. */
  tell(fn: (err?: Error) => void, failure: Error | undefined): void;
}

/**
 * A server that can be closed, drained, and asked how it is. Its type parameters are those of
 * `BaseServer`.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server();
 * assertEquals(io.health.ready, true);
 *
 * const { forced } = await io.drain({ timeout: 10_000 });
 * assertEquals([forced, io.health.live], [0, false]);
 * ```
 */
export abstract class LifecycleServer<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
  Req extends RequestHead = RequestHead,
> extends MainNamespaceServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Req> {
  /**
   * Disconnects all sockets with the reason "server shutting down", ends all sessions, and frees the
   * adapters. Requests that come later are answered with 503; an HTTP server that the user has started
   * goes on.
   *
   * @param fn called when all is done, with the first error of an adapter that could not be closed
   * @returns a promise that resolves then
   */
  override async close(fn?: (err?: Error) => void): Promise<void> {
    const own = await this.life.close();
    const beside = await this.closed();
    if (fn !== undefined) this.life.tell(fn, own ?? beside);
  }

  /**
   * Lets clients go one after the other, and then closes as {@link close} does, but leaves every HTTP
   * server alone: for a program that is about to end, to make room for its next version.
   *
   * 1. At once, `io.health.ready` is false, and new sessions are refused with 503 and `Retry-After`.
   *    Sessions that are open go on, and may still move to a WebSocket.
   * 2. A client goes once nothing waits for it and no acknowledgement is owed on either side: its
   *    sockets get `disconnecting` and `disconnect` with the reason "server shutting down", what they
   *    emit in `disconnecting` is still sent, and its connection closes. Clients go one by one, see
   *    `batch` and `jitter`. The published ones are told "transport close", and reconnect by
   *    themselves. A WebSocket that does not answer for 2 s, with nothing else to read, is cut off.
   * 3. When nobody is left, or the time is over, the adapters are freed, and the WebSockets that are
   *    left are cut, but on Deno, which cannot. Later requests get 503.
   *
   * Called again it gives the same promise. `close()` ends it at once.
   *
   * @param options how long it may take, and how fast clients go
   * @returns how many clients were let go, and how many had to be cut off
   * @throws {TypeError} (as rejection) when options are wrong; nothing has begun then
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   *
   * const io = new Server();
   * const server = Deno.serve({ port: 0 }, io.handler());
   *
   * // when the process gets SIGTERM
   * await io.drain({ timeout: 20_000 });
   * // This waits for whoever only holds a connection: a program lets a timer end it.
   * await server.shutdown();
   * ```
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    return this.life.drain(options);
  }

  /** Whether the server is well, for load balancers and orchestrators; see {@link healthHandler}. */
  get health(): Health {
    return this.life.health;
  }

  /**
   * Makes a function that answers the probes of load balancers and orchestrators, to be mounted
   * wherever they ask: `/…/ready` is answered with 200 while new clients are welcome, `/…/live` with
   * 200 until the server is closed; both with 503 otherwise, other paths with 404. The body is
   * `{"status":"ok","connections":12}`, and is never to be cached.
   *
   * @returns a function of a request, of which it reads the method and the last segment of the path
   * @example
   * ```ts
   * import { Server } from "@godwit/io";
   * import { assertEquals } from "@std/assert";
   *
   * const io = new Server();
   * const health = io.healthHandler();
   *
   * // for Deno.serve: everything below /health/ is for probes
   * const handler = io.handler((request) => {
   *   const { pathname } = new URL(request.url);
   *   return pathname.startsWith("/health/") ? health(request) : new Response("hello");
   * });
   *
   * const response = await handler(new Request("http://localhost/health/ready"));
   * assertEquals(await response.json(), { status: "ok", connections: 0 });
   * ```
   */
  healthHandler(): HealthHandler {
    return ({ method, url }) => {
      const { status, headers, body } = this.life.probe(method, url);
      return new Response(body, { status, headers: [...headers] });
    };
  }

  /** What closes, drains, and knows how the server is. */
  protected abstract get life(): ServerLife;

  /** Whether clients can reach this server, as far as the entry of the runtime can know. */
  protected get listening(): boolean {
    return true;
  }

  /**
   * Called whenever `close` was called and sockets, sessions and adapters have ended, for runtimes
   * that have more to close.
   *
   * @returns what went wrong, if anything
   */
  protected closed(): Promise<Error | undefined> {
    return Promise.resolve(undefined);
  }
}
