/**
 * How far a peer may fall behind: by a limit, and by the limit once more after a burst.
 *
 * Invariants
 * - What one turn has left behind, whatever its size, is allowed, and `max` more while the peer reads
 *   it; that is not raised again before the peer is within `max`.
 */

/**
 * What is allowed from now on; a peer with more than that has fallen too far behind.
 *
 * @param left what is left after a flush
 * @param max the limit
 * @param allowed what was allowed so far, at first `max`
 */
export function nextAllowance(left: number, max: number, allowed: number): number {
  if (left <= max) return max;
  return allowed === max ? left + max : allowed;
}
