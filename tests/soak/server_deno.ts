/** The application under churn on this package under Deno, from source; its options as JSON. */
import type { Server as ReferenceServer } from "socket.io";
import { Server } from "../../mod.ts";
import { SoakApp, STATE_PATH } from "./app.ts";

/** There with the flag --expose-gc of V8. */
declare const gc: () => void;

const io = new Server(JSON.parse(Deno.args[0] ?? "{}"));
// The application is typed by the reference: at run time the two offer the same names.
const app = new SoakApp(io as unknown as ReferenceServer, {
  collect: gc,
  memory: () => Deno.memoryUsage(),
});

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  // deno-lint-ignore no-console -- the line protocol of the fixtures is standard output
  onListen: ({ port }) => console.log(`PORT ${port}`),
}, io.handler(answer));

async function answer(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (pathname !== STATE_PATH) return new Response(null, { status: 404 });
  return new Response(await app.state(search === "?gc"));
}
