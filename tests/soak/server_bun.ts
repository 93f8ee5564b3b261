/** The application under churn on the Bun entry, from the built package; its options as JSON. */
import process from "node:process";
import { Server } from "@godwit/io/bun";
import type { Server as ReferenceServer } from "socket.io";
import { SoakApp, STATE_PATH } from "./app.ts";

/** What this program needs of Bun; its types are not among those of the tests. */
declare const Bun: {
  serve(options: object): { readonly port: number };
  gc(waits: boolean): void;
};

const io = new Server(JSON.parse(process.argv[2] ?? "{}"));
// The application is typed by the reference: at run time the two offer the same names.
const app = new SoakApp(io as unknown as ReferenceServer, {
  collect: () => Bun.gc(true),
  memory: () => process.memoryUsage(),
});
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, ...io.handler({ fetch: answer }) });
process.stdout.write(`PORT ${server.port}\n`);

async function answer(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (pathname !== STATE_PATH) return new Response(null, { status: 404 });
  return new Response(await app.state(search === "?gc"));
}
