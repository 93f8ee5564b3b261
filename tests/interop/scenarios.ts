/** All scenarios of the matrix, in the order in which they are told of. */
import type { Scenario } from "./scenario.ts";
import { CONNECTING } from "./scenarios/connecting.ts";
import { ENDINGS } from "./scenarios/endings.ts";
import { GROUPS } from "./scenarios/groups.ts";
import { VALUES_THERE_AND_BACK } from "./scenarios/values.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...CONNECTING,
  ...VALUES_THERE_AND_BACK,
  ...GROUPS,
  ...ENDINGS,
];
