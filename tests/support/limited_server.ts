/** A server with limits, in this process, and clients that say whose they are and where. */
import type { EngineRequest } from "../../src/engine/handshake_info.ts";
import type { Limits } from "../../src/server/limits.ts";
import { joined } from "./in_process_client.ts";
import { TestServer } from "./in_process_server.ts";

/** A client of this user, from this address. */
export async function enter(
  io: TestServer,
  user = "u1",
  address = "192.0.2.1",
  transport: "polling" | "websocket" = "websocket",
): ReturnType<typeof joined> {
  const headers = { "x-user": user, "x-forwarded-for": address };
  return await joined(io, { headers, transport });
}

/** A server whose clients say who they are, and which believes one proxy of where they are. */
export function limitedServer(limits: Limits<EngineRequest>): TestServer {
  return new TestServer({
    trustProxy: 1,
    limits: { userKey: ({ headers }) => headers["x-user"], ...limits },
  });
}
