/**
 * Inputs that have brought servers of this kind down, over real sockets.
 */
import { hostileHttpCases } from "./cases/hostile_http.ts";
import { hostilePacketCases } from "./cases/hostile_packets.ts";
import { hostileV3Cases } from "./cases/hostile_v3.ts";
import { registerConformance } from "./conformance.ts";

await registerConformance([...hostileHttpCases, ...hostilePacketCases, ...hostileV3Cases], {
  isWatched: true,
});
