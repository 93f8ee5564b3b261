/** Names, ids, numbers and shapes at the edges of what fits into a message, over real sockets. */
import { hostileEdgeCases } from "./cases/hostile_edges.ts";
import { registerConformance } from "./conformance.ts";

await registerConformance([...hostileEdgeCases], { isWatched: true, isOursAlone: true });
