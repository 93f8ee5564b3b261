/** The application of the load on the Node entry: on Node from the built package, on Deno from source. */
import { Server } from "@godwit/io/node";
import { createServer } from "node:http";
import process from "node:process";
import { run } from "./stalled_app.ts";

const httpServer = createServer();
const io = new Server(httpServer);
httpServer.listen(0, "127.0.0.1", () => {
  const address = httpServer.address();
  if (typeof address === "object") print(`PORT ${address?.port}`);
  run(io, print);
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
