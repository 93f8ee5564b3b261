/**
 * Inputs by chance, over real sockets.
 */
import { hostileFuzzedCases } from "./cases/hostile_fuzzed.ts";
import { registerConformance } from "./conformance.ts";

await registerConformance(hostileFuzzedCases);
