/**
 * Socket.IO protocol, revision 5, as the published document has it, over real sockets.
 */
import { socketConnectCases } from "./cases/socket_connect.ts";
import { socketMessageCases } from "./cases/socket_messages.ts";
import { registerConformance } from "./conformance.ts";

await registerConformance([...socketConnectCases, ...socketMessageCases]);
