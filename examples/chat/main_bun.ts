/**
 * The chat on Bun.
 *
 *   npx -y deno@2.9.6 task start:bun
 *
 * The argument is the folder of the page, as `build.ts` has made it.
 */
import process from "node:process";
import { type DefaultEventsMap, Server } from "../../src/runtime/bun.ts";
import type { ClientToServer, ServerToClient, SocketData } from "./events.ts";
import { readPage, toResponse } from "./pages.ts";
import { type Address, CHAT_OPTIONS, type Listener, runChat } from "./run_chat.ts";

declare const Bun: {
  serve(options: Address): { readonly port: number; stop(): Promise<void> };
};

const [folder = "dist/chat"] = process.argv.slice(2);
const io = new Server<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>(CHAT_OPTIONS);

await runChat({
  io,
  loadPage: () => readPage(folder),
  listen(address, pages): Promise<Listener> {
    const health = io.healthHandler();
    const handler = io.handler({
      routes: { "/health/*": (request) => health(request) },
      fetch: (request) => toResponse(pages(request)),
    });
    const server = Bun.serve({ ...address, ...handler });
    return Promise.resolve({ port: server.port, close: () => server.stop() });
  },
});
