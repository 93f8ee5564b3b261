/**
 * Ids that cannot be guessed, and the types that keep one kind of id from being taken for another.
 *
 * Invariants:
 * - An id has 128 random bits from the host's cryptographic source: whoever holds a session id can
 *   speak for that session, so it must not be guessable (RFC 4086; OWASP asks for 64 bits and more).
 * - An id has 22 characters of `A–Z a–z 0–9 - _` (RFC 4648 section 5, without padding): it can stand
 *   in a URL and in a header as it is.
 * - No random bit is used for two ids.
 * - Nothing happens at import: some hosts forbid randomness before the first request.
 *
 * @module
 */

/** `T` under a name of its own: a plain `T` is not taken where this is asked for. */
export type Brand<T, Name extends string> = T & {
  /** Exists in types only. */
  readonly "~brand": Name;
};

/** The id of an Engine.IO session: secret, known to its client and to us. */
export type SessionId = Brand<string, "SessionId">;

/** The id of a socket in a namespace: public, other clients may learn it. */
export type SocketId = Brand<string, "SocketId">;

/** Where ids come from. */
export interface IdSource {
  /** A new id, never given before. */
  next(): string;
}

const ID_BYTES = 16;
const POOL_BYTES = 4096;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

class RandomIds implements IdSource {
  #pool: Uint8Array<ArrayBuffer> | undefined;
  #used = POOL_BYTES;

  next(): string {
    const pool = this.#pool ??= new Uint8Array(POOL_BYTES);
    if (this.#used === POOL_BYTES) {
      // One call for 256 ids: the call costs far more than the bytes.
      crypto.getRandomValues(pool);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += ID_BYTES;
    const id = encode(pool, start);
    // An id that was handed out does not stay readable here.
    pool.fill(0, start, start + ID_BYTES);
    return id;
  }
}

/**
 * Makes a source of random ids of 22 characters.
 *
 * @example
 * ```ts
 * const ids = randomIds();
 * const id = ids.next(); // "tGJ5nNq0cXw3sZb1Yk8L_Q"
 * ```
 */
export function randomIds(): IdSource {
  return new RandomIds();
}

function encode(bytes: Uint8Array, start: number): string {
  let id = "";
  let bits = 0;
  let held = 0;
  for (let index = start; index < start + ID_BYTES; index++) {
    held = (held << 8 | (bytes[index] ?? 0)) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      id += ALPHABET.charAt(held >> bits & 63);
    }
  }
  return id + ALPHABET.charAt(held << (6 - bits) & 63);
}
