/**
 * What a name, a room and a message may be: pure, and the same on the page and on the server.
 *
 * - the page uses the rules to help early, the server to decide;
 * - whatever passes is bounded in length and holds no control or direction-changing characters;
 * - a cleaned value is a fixed point: cleaning it again gives the same.
 */

/** Limits that the server enforces. Lengths are in UTF-16 units, as `maxlength` counts. */
export const LIMITS = {
  nameLength: 24,
  roomLength: 32,
  messageLength: 2_000,
  /** Messages a room remembers. */
  messagesPerRoom: 200,
  peoplePerRoom: 200,
  rooms: 100,
  /** Colours for people. */
  colors: 12,
  /** Bytes of one request; a message of the largest length fits in whatever it is written. */
  requestBytes: 32_768,
} as const;

/** A value that passed, or one sentence that says what to change. */
export type Checked =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly message: string };

// Format characters (bidi overrides, zero-width, tags) except the joiners that emoji and Persian need.
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;
const INVISIBLE_BUT_LINES = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;
const STACKED_MARKS = /\p{M}{4,}/u;
const MESSAGE_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** A name for people: letters of any script, single blanks, 1 to 24 long. */
export function cleanName(input: unknown): Checked {
  if (typeof input !== "string") return { ok: false, message: "Please choose a name." };
  const value = input.slice(0, 1_000).normalize("NFC").replace(INVISIBLE, " ")
    .replace(/\s+/g, " ").trim();
  if (!/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(value)) {
    return { ok: false, message: "Please choose a name." };
  }
  if (value.length > LIMITS.nameLength) {
    return { ok: false, message: `A name has at most ${LIMITS.nameLength} characters.` };
  }
  if (STACKED_MARKS.test(value)) {
    return { ok: false, message: "That name has too many accents on one letter." };
  }
  return { ok: true, value };
}

/** A name for a room: lower case, blanks become hyphens, 1 to 32 long. */
export function cleanRoom(input: unknown): Checked {
  if (typeof input !== "string") return { ok: false, message: "Please choose a room." };
  const value = input.slice(0, 1_000).normalize("NFKC").toLowerCase().replace(/^[\s#]+|\s+$/g, "")
    .replace(/\s+/g, "-").normalize("NFKC");
  if (value === "") return { ok: false, message: "Please choose a room." };
  if (value.length > LIMITS.roomLength) {
    return { ok: false, message: `A room name has at most ${LIMITS.roomLength} characters.` };
  }
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*$/u.test(value) || STACKED_MARKS.test(value)) {
    return { ok: false, message: "A room name has letters, digits, hyphens and underscores." };
  }
  return { ok: true, value };
}

/** The text of a message: any text and line breaks, not empty, at most 2,000 long. */
export function cleanText(input: unknown): Checked {
  if (typeof input !== "string") return { ok: false, message: "A message is text." };
  const tooLong = `A message has at most ${LIMITS.messageLength} characters.`;
  if (input.length > 2 * LIMITS.messageLength) return { ok: false, message: tooLong };
  const value = input.replace(/\r\n?/g, "\n").replace(INVISIBLE_BUT_LINES, "")
    .replace(/\n{4,}/g, "\n\n\n").trim();
  if (value === "") return { ok: false, message: "A message cannot be empty." };
  if (value.length > LIMITS.messageLength) return { ok: false, message: tooLong };
  return { ok: true, value };
}

/** Two names with the same key look alike to people: case, width and joiners do not count. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/[\u200c\u200d\ufe0f]/g, "");
}

/** True for an id that the page may give to a message. */
export function isMessageId(input: unknown): input is string {
  return typeof input === "string" && MESSAGE_ID.test(input);
}
