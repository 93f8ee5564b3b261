/**
 * Requests of the Web as the engine knows them, for tests that need no answer.
 */
import type { EngineRequest, RequestInfo } from "../../src/engine/handshake_info.ts";
import { WebCall } from "../../src/engine/web_call.ts";

/**
 * What the engine keeps of a request.
 *
 * @param info what a runtime knows beside; the address is `""` when a test names none
 */
export function snapshotOf(request: Request, info: Partial<RequestInfo> = {}): EngineRequest {
  return new WebCall(request, { remoteAddress: "", ...info }, undefined).request;
}
