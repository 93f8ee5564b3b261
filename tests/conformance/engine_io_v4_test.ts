/**
 * Engine.IO protocol, revision 4, as the published document has it, over real sockets.
 */
import { engineHandshakeCases } from "./cases/engine_handshake.ts";
import { enginePollingCases } from "./cases/engine_polling.ts";
import { engineWebSocketCases } from "./cases/engine_websocket.ts";
import { registerConformance } from "./conformance.ts";

await registerConformance([
  ...engineHandshakeCases,
  ...enginePollingCases,
  ...engineWebSocketCases,
]);
