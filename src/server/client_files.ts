/**
 * What is answered to those who look for the client where the reference serves it.
 *
 * Source: socket.io 4.8.4, the names of its bundles.
 */
import { StateError } from "../base/errors.ts";
import type { EngineCall } from "../engine/call.ts";
import type { EngineRequest } from "../engine/handshake_info.ts";

/** The files that the reference serves below the path of the server. */
const CLIENT_FILES: ReadonlySet<string> = new Set([
  "socket.io.esm.min.js",
  "socket.io.esm.min.js.map",
  "socket.io.js",
  "socket.io.js.map",
  "socket.io.min.js",
  "socket.io.min.js.map",
  "socket.io.msgpack.min.js",
  "socket.io.msgpack.min.js.map",
]);

/** One line for whoever reads the answer in the console of a browser. */
const NOTICE =
  "Not Found: this server does not serve the client. Bundle the npm package socket.io-client, or " +
  "load it from a CDN: https://socket.io/docs/v4/client-installation/\n";

/**
 * Whether a request asks for a file of the client.
 *
 * @param path the path of the server, without a slash at the end
 */
export function asksForClientFile({ method, url }: EngineRequest, path: string): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  const name = url.slice(path.length + 1).split("?", 1)[0];
  return name !== undefined && CLIENT_FILES.has(name) && url.startsWith(`${path}/`);
}

/** Says where the client is to be found. */
export function refuseClientFile<Reply>(call: EngineCall<Reply>): Reply {
  call.body.cancel();
  return call.reply(404, [["content-type", "text/plain; charset=utf-8"]], NOTICE);
}

/**
 * Refuses to serve the files of the client.
 *
 * @throws StateError when somebody wants them to be served
 */
export function checkServeClient(value: boolean): void {
  if (!value) return;
  throw new StateError(
    "Cannot serve the files of the client: bundle the npm package socket.io-client, or load it " +
      "from a CDN",
  );
}
