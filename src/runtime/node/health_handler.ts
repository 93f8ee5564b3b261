/**
 * Probes of load balancers and orchestrators, as requests of Node or of the Web.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HealthAnswer, HealthHandler } from "../../server/health.ts";

/**
 * Answers a request that asks how a server is: one of `node:http`, which is also what Express has, or
 * a `Request`.
 */
export interface NodeHealthHandler extends HealthHandler {
  /** Answers by `response`. */
  (request: IncomingMessage, response: ServerResponse): void;
}

/**
 * Makes the handler.
 *
 * @param probe gives the answer for a method, and a path with its query
 */
export function createHealthHandler(
  probe: (method: string, target: string) => HealthAnswer,
): NodeHealthHandler {
  function handle(request: Request): Response;
  function handle(request: IncomingMessage, response: ServerResponse): void;
  function handle(
    request: Request | IncomingMessage,
    response?: ServerResponse,
  ): Response | undefined {
    const { status, headers, body } = probe(request.method ?? "GET", request.url ?? "");
    if (response === undefined) return new Response(body, { status, headers: [...headers] });
    for (const [name, value] of headers) response.setHeader(name, value);
    response.writeHead(status).end(body ?? "");
    return undefined;
  }
  return handle;
}
