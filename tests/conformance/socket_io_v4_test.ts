/**
 * Socket.IO protocol as published clients of 1.x and 2.x speak it (revisions 3 and 4), over real
 * sockets.
 */
import { socketV4ConnectCases } from "./cases/socket_v4_connect.ts";
import { socketV4MessageCases } from "./cases/socket_v4_messages.ts";
import { registerConformance } from "./conformance.ts";

await registerConformance([...socketV4ConnectCases, ...socketV4MessageCases]);
