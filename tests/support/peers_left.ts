/**
 * The raw peers that a test has made, so that they can be ended with it: what a server still holds
 * then, it holds for nobody.
 *
 * - Nothing is noted before `notePeers()` was called: tests that do not look keep no peers.
 */

/** Whatever has a connection or a session. */
export interface Peer {
  /** Its own port, where it is known. */
  readonly port?: number;
  /** Ends it, once more if it has ended before; what the server makes of it is not looked at. */
  leave(): void | Promise<void>;
}

let noted: Set<Peer> | undefined;

/** Has peers noted from now on; forgets those of before. */
export function notePeers(): void {
  noted = new Set();
}

/** A peer was made. */
export function notePeer(peer: Peer): void {
  noted?.add(peer);
}

/** Ends all peers that were noted, notes no more, and tells which ports they had. */
export async function endPeers(): Promise<readonly number[]> {
  const peers = [...noted ?? []];
  noted = undefined;
  for (let first = 0; first < peers.length; first += 50) {
    const leaving = peers.slice(first, first + 50).map((peer) => peer.leave());
    await Promise.allSettled(leaving);
  }
  return peers.flatMap(({ port }) => port ?? []);
}
