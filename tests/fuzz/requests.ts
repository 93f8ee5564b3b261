/**
 * Requests as inputs have them: a target in the first line, headers in the others.
 */
import { type EngineRequest, snapshotRequest } from "../../src/engine/handshake_info.ts";
import { linesOf, textOf } from "./inputs.ts";

/** A request with this target, which is read as the runtimes give it. */
export function requestOf(
  url: string,
  headers: readonly (readonly [name: string, value: string])[],
  method = "GET",
): EngineRequest {
  const known = { remoteAddress: "203.0.113.7", secure: false, raw: undefined };
  return snapshotRequest({ url, method, headers, ...known });
}

/** `METHOD target`, then `name: value` in each line; names are in lower case, as runtimes give them. */
export function readRequest(input: Uint8Array<ArrayBuffer>): EngineRequest {
  const [first = "", ...rest] = linesOf(input).map(textOf);
  const blank = first.indexOf(" ");
  const headers = rest.map((line): readonly [string, string] => {
    const colon = line.indexOf(":");
    return colon < 0
      ? [line.toLowerCase(), ""]
      : [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return requestOf(first.slice(blank + 1), headers, first.slice(0, Math.max(0, blank)));
}
