/** Users' code that fails, in all the ways it can, and how a server is asked what came of it. */
import type { TestServer } from "./in_process_server.ts";

/** What failing code throws, or rejects with. */
export const BOOM: Error = new Error("boom");

/** Ways to fail, by what the user's code does. */
export const FAILURES: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw BOOM;
  },
  rejects: () => Promise.reject(BOOM),
  "gives a thenable that rejects twice": () => ({
    then: (_resolve: unknown, reject: (error: unknown) => void): void => {
      reject(BOOM);
      reject(BOOM);
    },
  }),
};

/** What has been counted of failures, but for 0. */
export function failureCounts(io: TestServer): Record<string, number> {
  const found = [...io.counters].filter(({ name }) => name === "handler_errors");
  return Object.fromEntries(found.map(({ cause, value }) => [cause, value]));
}

/** What a client that wants a session is answered. */
export async function handshakeStatus(io: TestServer): Promise<number> {
  const url = "http://localhost/socket.io/?EIO=4&transport=polling";
  const answer = io.fetch(new Request(url));
  await io.world.settle();
  return (await answer).status;
}
