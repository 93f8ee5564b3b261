/**
 * The chat on Node, and on Deno with `node:http`.
 *
 *   npx -y deno@2.9.6 task start:node
 *
 * The argument is the folder of the page, as `build.ts` has made it.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { type DefaultEventsMap, Server } from "../../src/runtime/node.ts";
import type { ClientToServer, ServerToClient, SocketData } from "./events.ts";
import { isProbe, readPage } from "./pages.ts";
import { CHAT_OPTIONS, type Listener, runChat } from "./run_chat.ts";

const [folder = "dist/chat"] = process.argv.slice(2);
const io = new Server<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>(CHAT_OPTIONS);

await runChat({
  io,
  loadPage: () => readPage(folder),
  listen({ port, hostname }, pages): Promise<Listener> {
    const health = io.healthHandler();
    const http = createServer((request, response) => {
      const { method = "", url = "" } = request;
      if (isProbe(url)) return health(request, response);
      const { status, headers, body } = pages({ method, url });
      response.writeHead(status, headers).end(body);
    });
    io.attach(http);
    return new Promise((resolve) => {
      http.listen(port, hostname, () => {
        // A server that listens on a port has an address with a port.
        const address = http.address() as AddressInfo;
        resolve({ port: address.port, close: () => io.close() }); // Closes `http` as well.
      });
    });
  },
});
