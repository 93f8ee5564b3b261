/**
 * The contract's application on this package under Deno, with the network permission alone.
 *
 * Arguments: the options of the server as JSON, then, for TLS, certificate and key as PEM.
 */
import type { Server as ReferenceServer } from "socket.io";
import { Server } from "../../mod.ts";
import { answerElsewhere, completeOptions, setup } from "./app.ts";

const [json = "{}", cert, key] = Deno.args;
const io = new Server(completeOptions(JSON.parse(json)));

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  ...(cert && key ? { cert, key } : {}),
  onListen: ({ port }) => print(`PORT ${port}`),
}, io.handler(elsewhere));
// The application is typed by the reference: at run time the two offer the same names.
setup(
  io as unknown as ReferenceServer,
  (report) => print(`REPORT ${JSON.stringify(report)}`),
  () => server.shutdown(),
);

/** What the program serves beside the server under test. */
function elsewhere(request: Request): Response {
  const { status, text } = answerElsewhere(request.method, request.url);
  return new Response(text, { status });
}

function print(line: string): void {
  // deno-lint-ignore no-console -- the line protocol of the fixtures is standard output
  console.log(line);
}
