/**
 * The `allowRequest` option: the user's say on who may open a session.
 *
 * Invariants
 * - The first answer counts. A function with two parameters answers by its callback only, since what
 *   it gives back may be anything; one with fewer answers by value or by promise.
 * - A function that throws or rejects refuses, unless it has answered before; it is reported in any case.
 */
import type { RequestHead } from "./handshake_info.ts";

/**
 * Decides whether a request may open a session.
 *
 * It answers by calling `callback(error, success)`, where `error` is a text that the client gets, or
 * by giving a boolean, or a promise of one. A function with two parameters answers by its callback
 * only; one that throws or rejects refuses. It is asked for every handshake, before there is a session;
 * `connectTimeout` bounds how long it may take.
 *
 * @typeParam Req The kind of request that it is given
 * @example
 * ```ts
 * import { Server } from "@godwit/io";
 * import { assertEquals } from "@std/assert";
 *
 * const io = new Server({
 *   allowRequest: (request) => request.headers["x-token"] === "letmein",
 * });
 *
 * const url = "http://localhost/socket.io/?EIO=4&transport=polling";
 * const stranger = await io.fetch(new Request(url));
 * const friend = await io.fetch(new Request(url, { headers: { "x-token": "letmein" } }));
 * assertEquals([stranger.status, friend.status], [403, 200]);
 *
 * await io.close();
 * ```
 */
export type AllowRequest<Req extends RequestHead = RequestHead> = (
  request: Req,
  callback: (error: string | null | undefined, success: boolean) => void,
) => void | boolean | Promise<void | boolean>;

/** The answer of the user's function. */
export interface AllowAnswer {
  /** Whether the request may open a session. */
  readonly allowed: boolean;
  /** What to tell the client, if it may not. */
  readonly message?: string;
}

/**
 * Asks the user's function.
 *
 * @param failed told of what it throws, and of what its promise is rejected with
 */
export function askAllowRequest(
  allowRequest: AllowRequest,
  request: RequestHead,
  failed: (error: unknown) => void,
): Promise<AllowAnswer> {
  return new Promise((resolve) => {
    const fail = (thrown: unknown): void => {
      resolve({ allowed: false });
      failed(thrown);
    };
    const decide = (answer: void | boolean): void => {
      if (allowRequest.length < 2) resolve({ allowed: Boolean(answer) });
    };
    try {
      const answer = allowRequest(request, (error, success) => {
        const allowed = Boolean(success);
        resolve(
          typeof error === "string" ? { allowed, message: error } : { allowed },
        );
      });
      Promise.resolve(answer).then(decide, fail);
    } catch (thrown) {
      fail(thrown);
    }
  });
}
