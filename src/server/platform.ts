/**
 * What a runtime gives a server, and what all runtimes do alike beside it.
 */
import type { Clock } from "../base/clock.ts";
import type { OptionsResolver } from "./options.ts";

/** What a runtime gives. */
export interface Platform {
  /** Runs a callback when the current turn of the event loop is over. */
  readonly afterTurn: (callback: () => void) => void;
  /**
   * Whether one write of many frames costs less than a write each: then all that a WebSocket is sent in a
   * turn of the event loop is written after it. Default: false, and it is written before the turn goes on.
   */
  readonly joinsFrames?: boolean;
  /** The value of DEBUG, if the program may read it. */
  readonly debugPattern: string | undefined;
  /** Where lines of debug scopes go. */
  readonly writeDebug: (line: string) => void;
  /** Checks the options that there are on this runtime. Default: those that all runtimes have. */
  readonly resolveOptions?: OptionsResolver;
  /** Binary data as users of this runtime expect it, over the same memory. Default: as it is. */
  readonly toBinary?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  /**
   * Bytes that reading a text of JSON may take beside what it takes elsewhere, estimated; counting may
   * stop above `enough`. Default: nothing.
   */
  readonly jsonMemory?: (text: string, enough: number) => number;
  /** What measures time. Default: the system's clock. */
  readonly clock?: Clock;
  /** Numbers from 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** The answer to requests that nobody owns. */
export function notFound(): Response {
  return new Response("Not Found", { status: 404 });
}

/** Answers requests that are not the server's own. */
export type Fallback<Info> = (request: Request, info: Info) => Response | Promise<Response>;
