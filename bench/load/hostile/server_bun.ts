/** The application of the load on the Bun entry, from the built package; its options as JSON. */
import process from "node:process";
import { Server } from "@godwit/io/bun";
import type { Server as ReferenceServer } from "socket.io";
import { run } from "./app.ts";

/** What this program needs of Bun; its types are not among those of the tests. */
declare const Bun: { serve(options: object): { readonly port: number } };

const io = new Server(JSON.parse(process.argv[2] ?? "{}"));
// The application is typed by the reference: at run time the two offer the same names.
run(io as unknown as ReferenceServer, print);
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, ...io.handler() });
print(`PORT ${server.port}`);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
