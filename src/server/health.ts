/**
 * Whether a server is well, and the answers to those who ask by HTTP.
 *
 * Invariants
 * - Answers hold nothing that is not for everybody: a word, and how many clients there are.
 * - They are never kept by anybody on the way.
 */
import { shownAs } from "../base/shown.ts";

/**
 * Whether a server is well: `io.health`. Both values are looked up when they are read.
 *
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server();
 * assertEquals([io.health.ready, io.health.live], [true, true]);
 *
 * const draining = io.drain();
 * assertEquals(io.health.ready, false);
 *
 * await draining;
 * assertEquals(io.health.live, false);
 * ```
 */
export interface Health {
  /** Whether new clients are welcome: it listens, and is neither being drained nor closed. */
  readonly ready: boolean;
  /** Whether it serves anybody: it is not closed. */
  readonly live: boolean;
}

/** Answers a request that asks how a server is. */
export type HealthHandler = (request: Request) => Response;

/** Who is asked. */
export interface HealthSource extends Health {
  /** The sessions that are open. */
  readonly connections: number;
  /** The state in one word, for people. */
  readonly status: "ok" | "starting" | "draining" | "closed";
}

/** The answer to a probe. */
export interface HealthAnswer {
  /** The status of the response: 200, 503, or 404 and 405 for what is no probe. */
  readonly status: number;
  /** The type of the body, and that nobody is to keep it. */
  readonly headers: readonly [name: string, value: string][];
  /** JSON, or nothing where it was not asked for. */
  readonly body: string | null;
}

/** What users see of it. */
export function healthOf(source: HealthSource): Health {
  const health = {
    get ready(): boolean {
      return source.ready;
    },
    get live(): boolean {
      return source.live;
    },
  };
  return Object.freeze(shownAs(health, () => ({ ...health })));
}

/**
 * Answers by the last segment of the path: `ready` or `live`.
 *
 * @param method the method of the request
 * @param target its URL, or path and query
 */
export function answerHealth(source: HealthSource, method: string, target: string): HealthAnswer {
  const asked = lastSegment(target);
  if (asked !== "ready" && asked !== "live") {
    return json(404, { status: "unknown" }, method);
  }
  if (method !== "GET" && method !== "HEAD") {
    const answer = json(405, { status: "unknown" }, method);
    return { ...answer, headers: [...answer.headers, ["allow", "GET, HEAD"]] };
  }
  const { connections, status } = source;
  return json(source[asked] ? 200 : 503, { status, connections }, method);
}

/** The last segment of a path, without its query; in linear time, as a peer chooses it. */
function lastSegment(target: string): string {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  return path.slice(path.lastIndexOf("/") + 1);
}

function json(status: number, value: object, method: string): HealthAnswer {
  return {
    status,
    headers: [["content-type", "application/json"], ["cache-control", "no-store"]],
    body: method === "HEAD" ? null : JSON.stringify(value),
  };
}
