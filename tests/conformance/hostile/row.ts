/**
 * What a row of advisories.ts and silent_fixes.ts is: what has brought a server down, and the tests that
 * play it.
 *
 * - A row has tests, or the reason why its input does not reach a server of ours; a house test compares
 *   both with the tests that there are, and the table in docs/security.md with these rows.
 * - Sizes that are huge in an advisory are scaled: the tests say how.
 */

/** Tests of one file, by their names. */
export interface PlayedBy {
  readonly file: string;
  readonly names: readonly string[];
}

/** One thing that has brought a server down. */
export interface HostileRow {
  /** What it is called: of an advisory its identifiers, else where it was mended. */
  readonly id: string;
  /** What is sent. */
  readonly input: string;
  /** What becomes of it. */
  readonly answer: string;
  /** Who plays it. */
  readonly tests: readonly PlayedBy[];
  /** Why nobody does. */
  readonly reason?: string;
}

/** Where the cases are. */
export const CASES = "tests/conformance/cases";

/** The first of the shorter ways to name tests; the others know their file. */
export const played = (file: string, ...names: readonly string[]): PlayedBy => ({ file, names });
export const frames = (...names: readonly string[]): PlayedBy =>
  played(`${CASES}/hostile_frames.ts`, ...names);
export const requests = (...names: readonly string[]): PlayedBy =>
  played(`${CASES}/hostile_requests.ts`, ...names);
export const packets = (...names: readonly string[]): PlayedBy =>
  played(`${CASES}/hostile_packets.ts`, ...names);
export const http = (...names: readonly string[]): PlayedBy =>
  played(`${CASES}/hostile_http.ts`, ...names);
export const older = (...names: readonly string[]): PlayedBy =>
  played(`${CASES}/hostile_v3.ts`, ...names);
export const peers = (...names: readonly string[]): PlayedBy =>
  played(`${CASES}/hostile_peers.ts`, ...names);
export const edges = (...names: readonly string[]): PlayedBy =>
  played(`${CASES}/hostile_edges.ts`, ...names);
export const messages = (...names: readonly string[]): PlayedBy =>
  played(`${CASES}/socket_messages.ts`, ...names);
