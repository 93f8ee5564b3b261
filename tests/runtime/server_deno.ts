/**
 * The contract's application on this package under Deno, with the network permission alone.
 *
 * Arguments: the options of the server as JSON, then, for TLS, certificate and key as PEM.
 */
import "./watched_timers.ts";
import type { Server as ReferenceServer } from "socket.io";
import { Server } from "../../mod.ts";
import { answerElsewhere, type AppOptions, completeOptions, setup } from "./app.ts";
import { isProbe } from "./app_drain.ts";
import { applySettings } from "./app_options.ts";
import { StatePage } from "./app_state.ts";

const [json = "{}", cert, key] = Deno.args;
const options: AppOptions = JSON.parse(json);
const io = new Server(completeOptions(options));
// The application is typed by the reference: at run time the two offer the same names.
const typed = io as unknown as ReferenceServer;
applySettings(typed, options);
const state = new StatePage(typed);
const handler = io.handler(elsewhere);

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  ...(cert && key ? { cert, key } : {}),
  onListen: ({ port }) => print(`PORT ${port}`),
}, (request, info) => state.counted(() => handler(request, info)));
setup(
  typed,
  (report) => print(`REPORT ${JSON.stringify(report)}`),
  () => server.shutdown(),
);

/** What the program serves beside the server under test. */
function elsewhere(request: Request): Response {
  if (isProbe(request.url)) return io.healthHandler()(request);
  if (state.owns(request.url)) return new Response(state.text());
  const { status, text } = answerElsewhere(request.method, request.url);
  return new Response(text, { status });
}

function print(line: string): void {
  // deno-lint-ignore no-console -- the line protocol of the fixtures is standard output
  console.log(line);
}
