/**
 * A chat, to try Godwit in a browser: run it, open http://localhost:3000 in two windows.
 *
 * PORT is the port (3000), CHAT_DATA the folder of the messages (data/, beside this file).
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
import { type DefaultEventsMap, Server } from "../../mod.ts";
import { bundleClient } from "./bundle.ts";
import { Chat } from "./chat.ts";
import type { ClientToServer, ServerToClient, SocketData } from "./events.ts";
import { openFileJournal } from "./file_journal.ts";
import { History } from "./history.ts";
import { createPages } from "./pages.ts";
import { LIMITS } from "./rules.ts";

const HOST = "0.0.0.0";

function fail(sentence: string): never {
  console.error(sentence);
  Deno.exit(1);
}

function readPort(): number {
  const text = Deno.env.get("PORT") ?? "3000";
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  return fail(`PORT must be a number from 0 to 65535, found "${text.slice(0, 64)}".`);
}

/** Ends the program if the port is taken, before the messages are touched. */
function checkPort(port: number): void {
  try {
    Deno.listen({ port, hostname: HOST }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    fail(`Port ${port} is in use. Choose another one: PORT=${port + 1}`);
  }
}

const port = readPort();
checkPort(port);
const dataFolder = Deno.env.get("CHAT_DATA") ?? `${import.meta.dirname}/data`;
const journal = await openFileJournal(dataFolder).catch((error: Error) =>
  fail(`Cannot keep messages in ${dataFolder}: ${error.message}`)
);
const history = await History.open(journal, {
  onError: (error) => console.error("Cannot store a message:", error),
});
const pages = await createPages(await bundleClient());
await Deno.permissions.revoke({ name: "run" }); // Only the bundler needed it.

const io = new Server<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>({
  maxHttpBufferSize: LIMITS.requestBytes,
});
const chat = new Chat(io, history);
const server = Deno.serve({
  port,
  hostname: HOST,
  handler: io.handler(pages),
  onListen: (address) => console.log(`Godwit chat is ready: http://localhost:${address.port}`),
});

let closing = false;
async function close(): Promise<void> {
  if (closing) Deno.exit(130); // A second Ctrl-C does not wait.
  closing = true;
  console.log("Closing…");
  chat.close();
  await io.close();
  await server.shutdown();
  await history.close();
  Deno.exit(0);
}

Deno.addSignalListener("SIGINT", close);
if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", close);
