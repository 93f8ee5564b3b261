/** The application of the load on Bun, from the built package. */
import { Server } from "@godwit/io/bun";
import process from "node:process";
import { run } from "./stalled_app.ts";

/** What this program needs of Bun. */
declare const Bun: { serve(options: object): { readonly port: number } };

const io = new Server();
const { port } = Bun.serve({ hostname: "127.0.0.1", port: 0, ...io.handler() });
print(`PORT ${port}`);
run(io, print);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
