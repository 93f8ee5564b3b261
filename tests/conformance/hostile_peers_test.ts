/** Peers that leave things half done, over real sockets. */
import { hostilePeerCases } from "./cases/hostile_peers.ts";
import { registerConformance } from "./conformance.ts";

await registerConformance([...hostilePeerCases], { isWatched: true, isOursAlone: true });
