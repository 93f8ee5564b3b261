/**
 * How people, times and texts are shown: pure functions.
 *
 * Nothing here makes markup; `splitText` only says which parts of a text are links.
 */

/** The first letters of the first and last word, at most two. */
export function initials(name: string): string {
  const words = name.split(/[\s_-]+/).filter((word) => word !== "");
  const first = firstLetter(words[0] ?? "");
  const last = words.length > 1 ? firstLetter(words[words.length - 1] ?? "") : "";
  return (first + last).toUpperCase();
}

function firstLetter(word: string): string {
  const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(word);
  for (const { segment } of segments) return segment;
  return "";
}

/** Hues in degrees that differ visibly and look well behind white letters. */
const HUES: readonly number[] = [5, 30, 52, 132, 158, 182, 208, 235, 262, 288, 315, 340];

/** The hue of a colour for people. */
export function hue(color: number): number {
  return HUES[color % HUES.length] ?? 0;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** "just now", "5 min", then the time of day. */
export function shortTime(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return "just now";
  return minutes < 60 ? `${minutes} min` : clock.format(at);
}

/** Date and time, to the second. */
export function fullTime(at: number): string {
  return full.format(at);
}

/** A text that is equal for two times of the same day, by the clock of the page. */
export function dayKey(at: number): string {
  return new Date(at).toDateString();
}

/** "Today", "Yesterday", a weekday within the last six days, or a date. */
export function dayLabel(at: number, now: number): string {
  const midnight = (time: number): number => new Date(time).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return days < 7 ? weekday.format(at) : date.format(at);
}

/** "1 person", "2 people". */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** "Ada is typing", "Ada and Bo are typing", "Several people are typing". */
export function typingLine(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing`;
  return names.length === 2 ? `${first} and ${second} are typing` : "Several people are typing";
}

/** A part of a text; `href` when it is a link. */
export interface TextPart {
  readonly text: string;
  readonly href?: string;
}

/** Cuts a text at its web addresses; the parts joined are the text. */
export function splitText(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"']+/gi)) {
    const address = match[0].replace(/[.,;:!?)\]}]+$/, "");
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: address, href: address });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** True for one to three emoji and nothing else: they are shown large. */
export function isJumbo(text: string): boolean {
  return text.length <= 48 &&
    /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})[\p{Emoji_Modifier}\ufe0f\u200d\p{Extended_Pictographic}]*\s?){1,3}$/u
      .test(text) &&
    [...new Intl.Segmenter().segment(text.replace(/\s/g, ""))].length <= 3;
}
