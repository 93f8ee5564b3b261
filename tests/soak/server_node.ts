/** The application under churn on the Node entry, on Node and on Deno; its options as JSON. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Server } from "@godwit/io/node";
import type { Server as ReferenceServer } from "socket.io";
import { SoakApp, STATE_PATH } from "./app.ts";

/** There with the flag --expose-gc of V8. */
declare const gc: () => void;

const http = createServer(async ({ url = "" }, response) => {
  const [path, query] = url.split("?");
  if (path === STATE_PATH) response.end(await app.state(query === "gc"));
  else response.writeHead(404).end();
});
const io = new Server(http, JSON.parse(process.argv[2] ?? "{}"));
// The application is typed by the reference: at run time the two offer the same names.
const app = new SoakApp(io as unknown as ReferenceServer, {
  collect: gc,
  memory: () => process.memoryUsage(),
});
http.listen(0, "127.0.0.1", () => {
  // It listens on a port of TCP, so the address is neither null nor the path of a pipe.
  process.stdout.write(`PORT ${(http.address() as AddressInfo).port}\n`);
});
