/**
 * Where the package differs from socket.io on purpose, as far as these logs can show it.
 *
 * Invariants
 * - Each entry has a scenario whose logs differ because of it: what is not needed any more fails.
 * - Where logs can be made alike, `alike` changes what differs and nothing else, on both sides. Where
 *   they cannot, because what follows is different too, no scenario by chance has that shape.
 */
import { ALIKE } from "./alike_differences.ts";
import type { Difference } from "./difference.ts";
import { SHAPES } from "./shape_differences.ts";

/** All of them. */
export const DIFFERENCES: readonly Difference[] = [...ALIKE, ...SHAPES];
