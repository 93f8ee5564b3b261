/**
 * Turns messages, notices and unsent messages into the rows of the log: pure.
 *
 * - messages are in the order of their numbers, unsent ones last in the order of writing;
 * - messages of one author within five minutes make a group;
 * - a notice stands where it happened;
 * - two rows never have the same key, and a row with the same key and look need not be drawn again.
 */
import type { Author, Message, Notice } from "../events.ts";
import { dayKey } from "./format.ts";
import type { Unsent } from "./store.ts";

export type Row =
  | { readonly kind: "day"; readonly key: string; readonly look: string; readonly at: number }
  | { readonly kind: "unread"; readonly key: string; readonly look: string }
  | {
    readonly kind: "notice";
    readonly key: string;
    readonly look: string;
    readonly notice: Notice;
  }
  | MessageRow;

/** A notice, numbered as it came, with the number of the message it came after. */
export interface NumberedNotice extends Notice {
  readonly number: number;
  readonly afterSeq: number;
}

export interface MessageRow {
  readonly kind: "message";
  readonly key: string;
  readonly look: string;
  readonly text: string;
  readonly at: number;
  readonly author: Author;
  readonly mine: boolean;
  /** First and last of a group. */
  readonly first: boolean;
  readonly last: boolean;
  readonly state: "sent" | "pending" | "refused";
  readonly refused?: string;
}

export interface Timeline {
  readonly me: Author;
  readonly messages: readonly Message[];
  readonly notices: readonly NumberedNotice[];
  readonly unsent: readonly Unsent[];
  /** Number of the last message read: a divider comes after it. */
  readonly unreadAfter: number | undefined;
}

/** Quiet after which the same author begins a new group. */
const GROUP_MS = 5 * 60_000;

type Item =
  | { readonly at: number; readonly notice: NumberedNotice }
  | { readonly at: number; readonly message: Message; readonly unsent?: Unsent };

/** The rows, top to bottom. */
export function layOut(timeline: Timeline): readonly Row[] {
  const rows: Row[] = [];
  const items = merge(timeline);
  let day = "";
  let divided = timeline.unreadAfter === undefined;
  items.forEach((item, index) => {
    const breaks = { day: false, unread: false };
    if (dayKey(item.at) !== day) {
      day = dayKey(item.at);
      breaks.day = true;
      rows.push({ kind: "day", key: `day ${day}`, look: day, at: item.at });
    }
    if ("notice" in item) {
      const { notice } = item;
      rows.push({ kind: "notice", key: `notice ${notice.number}`, look: "", notice });
      return;
    }
    if (!divided && startsUnread(item, timeline.unreadAfter)) {
      divided = true;
      breaks.unread = true;
      rows.push({ kind: "unread", key: "unread", look: "" });
    }
    const first = breaks.day || breaks.unread || !sameGroup(items[index - 1], item);
    const last = endsGroup(item, items[index + 1], divided, timeline.unreadAfter);
    rows.push(toRow(item, { first, last, mine: item.message.author.id === timeline.me.id }));
  });
  return rows;
}

function merge(timeline: Timeline): readonly Item[] {
  const { messages, notices, unsent, me } = timeline;
  const items: Item[] = [];
  let next = 0;
  for (const message of messages) {
    let notice = notices[next];
    while (notice !== undefined && notice.afterSeq < message.seq) {
      items.push({ at: notice.at, notice });
      notice = notices[++next];
    }
    items.push({ at: message.at, message });
  }
  for (const notice of notices.slice(next)) items.push({ at: notice.at, notice });
  for (const draft of unsent) {
    const { id, room, text, at } = draft;
    const message = { id, room, text, at, author: me, seq: Infinity };
    items.push({ at, message, unsent: draft });
  }
  return items;
}

function sameGroup(before: Item | undefined, item: Item): boolean {
  return before !== undefined && "message" in before && "message" in item &&
    before.message.author.id === item.message.author.id &&
    before.message.author.name === item.message.author.name &&
    Math.abs(item.at - before.at) < GROUP_MS && dayKey(before.at) === dayKey(item.at);
}

function endsGroup(
  item: Item,
  after: Item | undefined,
  divided: boolean,
  unreadAfter: number | undefined,
): boolean {
  if (after === undefined || !sameGroup(item, after)) return true;
  return !divided && startsUnread(after, unreadAfter);
}

function startsUnread(item: Item, unreadAfter = 0): boolean {
  return "message" in item && item.unsent === undefined && item.message.seq > unreadAfter;
}

function toRow(
  item: Extract<Item, { message: Message }>,
  place: { readonly first: boolean; readonly last: boolean; readonly mine: boolean },
): MessageRow {
  const { message: { id, text, author }, unsent, at } = item;
  const refused = unsent?.refused;
  const state = unsent === undefined ? "sent" : refused === undefined ? "pending" : "refused";
  const look = [state, place.first, place.last, place.mine, author.name].join(" ");
  const row = { kind: "message", key: `message ${id}`, look, text, at, author, state } as const;
  return { ...row, ...place, ...(refused === undefined ? {} : { refused }) };
}
