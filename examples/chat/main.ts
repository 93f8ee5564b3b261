/**
 * A chat, to try Godwit in a browser: run it, open http://localhost:3000 in two windows.
 *
 *   npx -y deno@2.9.6 task start
 *
 * This is the program for Deno; `run_chat.ts` is what it shares with those for Node and Bun.
 */
import { type DefaultEventsMap, Server } from "../../mod.ts";
import { bundlePage } from "./bundle.ts";
import type { ClientToServer, ServerToClient, SocketData } from "./events.ts";
import { isProbe, type Page, toResponse } from "./pages.ts";
import { CHAT_OPTIONS, type Listener, runChat } from "./run_chat.ts";

const io = new Server<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>(CHAT_OPTIONS);

await runChat({
  io,
  async loadPage(): Promise<Page> {
    const page = await bundlePage();
    await Deno.permissions.revoke({ name: "run" }); // Only the bundler needed it.
    return page;
  },
  listen(address, pages): Promise<Listener> {
    const health = io.healthHandler();
    const handler = io.handler((request) =>
      isProbe(request.url) ? health(request) : toResponse(pages(request))
    );
    const server = Deno.serve({ ...address, handler, onListen: () => {} });
    return Promise.resolve({ port: server.addr.port, close: () => server.shutdown() });
  },
});
