/**
 * The contract's application on the Bun entry, from the built package.
 *
 * Arguments: the options of the server as JSON, then, for TLS, certificate and key as PEM.
 */
import "./watched_timers.ts";
import process from "node:process";
import { Server } from "@godwit/io/bun";
import type { Server as ReferenceServer } from "socket.io";
import { answerElsewhere, type AppOptions, completeOptions, setup } from "./app.ts";
import { isProbe } from "./app_drain.ts";
import { applySettings } from "./app_options.ts";
import { StatePage } from "./app_state.ts";

/** What this program needs of Bun; its types are not among those of the tests. */
declare const Bun: {
  serve(options: object): {
    readonly port: number;
    /** Requests that have no answer yet. */
    readonly pendingRequests: number;
    stop(): Promise<void>;
  };
};

const [json = "{}", cert, key] = process.argv.slice(2);
const options: AppOptions = JSON.parse(json);
const io = new Server(completeOptions(options));
// The application is typed by the reference: at run time the two offer the same names.
const typed = io as unknown as ReferenceServer;
applySettings(typed, options);
const state = new StatePage(typed);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  ...(cert && key ? { tls: { cert, key } } : {}),
  ...io.handler({ fetch: elsewhere }),
});
setup(
  typed,
  (report) => print(`REPORT ${JSON.stringify(report)}`),
  () => server.stop(),
);
print(`PORT ${server.port}`);

/** What the program serves beside the server under test. */
function elsewhere(request: Request): Response {
  if (isProbe(request.url)) return io.healthHandler()(request);
  if (state.owns(request.url)) return new Response(state.text(server.pendingRequests));
  const { status, text } = answerElsewhere(request.method, request.url);
  return new Response(text, { status });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
