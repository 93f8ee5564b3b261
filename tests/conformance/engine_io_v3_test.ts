/**
 * Engine.IO protocol, revision 3, as the published document and its clients have it, over real
 * sockets.
 */
import { engineV3EndCases } from "./cases/engine_v3_ends.ts";
import { engineV3HandshakeCases } from "./cases/engine_v3_handshake.ts";
import { engineV3HeartbeatCases } from "./cases/engine_v3_heartbeat.ts";
import { engineV3JsonpCases } from "./cases/engine_v3_jsonp.ts";
import { engineV3PollingCases } from "./cases/engine_v3_polling.ts";
import { engineV3WebSocketCases } from "./cases/engine_v3_websocket.ts";
import { registerConformance } from "./conformance.ts";

await registerConformance([
  ...engineV3HandshakeCases,
  ...engineV3PollingCases,
  ...engineV3EndCases,
  ...engineV3WebSocketCases,
  ...engineV3HeartbeatCases,
  ...engineV3JsonpCases,
]);
