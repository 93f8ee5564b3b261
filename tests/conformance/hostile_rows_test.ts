/**
 * The inputs of the published advisories and silent fixes of servers of this kind, over real sockets:
 * hostile/advisories.ts and hostile/silent_fixes.ts say which case plays which.
 */
import { hostileFrameCases } from "./cases/hostile_frames.ts";
import { hostileRequestCases } from "./cases/hostile_requests.ts";
import { registerConformance } from "./conformance.ts";

await registerConformance([...hostileRequestCases, ...hostileFrameCases], {
  isWatched: true,
  isOursAlone: true,
});
