/** The parts of the chat that need no server: rules, people, history, and what the page makes of it. */
import { assert, assertEquals, assertFalse, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import {
  count,
  dayLabel,
  initials,
  isJumbo,
  shortTime,
  splitText,
  typingLine,
} from "../../examples/chat/client/format.ts";
import { RoomState } from "../../examples/chat/client/room_state.ts";
import { layOut, type MessageRow, type Timeline } from "../../examples/chat/client/timeline.ts";
import type { Message, Person } from "../../examples/chat/events.ts";
import { type Draft, History, type Journal } from "../../examples/chat/history.ts";
import { type EntryResult, People } from "../../examples/chat/people.ts";
import { cleanName, cleanRoom, cleanText, LIMITS, nameKey } from "../../examples/chat/rules.ts";
import { Throttle } from "../../examples/chat/throttle.ts";

const ADA: Person = { id: "a", name: "Ada", color: 1, away: false };
const BO: Person = { id: "b", name: "Bo", color: 2, away: false };

// --- rules ---

Deno.test("A cleaned name, room or text is bounded, visible and stays as it is", () => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.string({ maxLength: 60 }));
  const limits = [
    [cleanName, LIMITS.nameLength],
    [cleanRoom, LIMITS.roomLength],
    [cleanText, LIMITS.messageLength],
  ] as const;
  for (const [clean, limit] of limits) {
    fc.assert(fc.property(text, (input) => {
      const cleaned = clean(input);
      if (!cleaned.ok) return;
      assert(cleaned.value.length > 0 && cleaned.value.length <= limit);
      assertFalse(/[\u202a-\u202e\u2066-\u2069\u200b\ufeff]/.test(cleaned.value));
      assertFalse(/(?![\n\t])\p{Cc}/u.test(cleaned.value));
      assertEquals(clean(cleaned.value), cleaned);
    }));
  }
});

Deno.test("cleanRoom makes of a title what an address can show", () => {
  const rooms = ["#Field Notes", "  LOBBY ", "Überraschung", "ｗｉｄｅ", "日本語_2"];
  assertEquals(
    rooms.map((room) => cleanRoom(room)).map((room) => room.ok && room.value),
    ["field-notes", "lobby", "überraschung", "wide", "日本語_2"],
  );
});

Deno.test("cleanName writes a letter and its accent as one, and blanks as one", () => {
  assertEquals(cleanName(" Ade\u0301le \n Blanc "), { ok: true, value: "Ad\u00e9le Blanc" });
  assertFalse(cleanName("Z\u0301\u0302\u0303\u0304\u0305").ok);
});

Deno.test("nameKey takes names for equal that look equal", () => {
  for (const name of ["ada", "ＡＤＡ", "A\u200dda", "ADA"]) assertEquals(nameKey(name), "ada");
  assertNotEquals(nameKey("Ada"), nameKey("Ada 2"));
});

Deno.test("Throttle lets a burst through, then one at a time, and tells the wait", () => {
  const throttle = new Throttle(2, 500);
  assertEquals([throttle.take(1_000), throttle.take(1_000)], [0, 0]);
  assertEquals(throttle.take(1_100), 400);
  assertEquals(throttle.take(1_500), 0);
  assertEquals(throttle.take(1_500), 500);
  assertEquals([9_000, 9_000, 9_000].map((now) => throttle.take(now)), [0, 0, 500]);
});

// --- people ---

/** Brings in "socket user". */
function enter(
  people: People,
  who: `${string} ${string}`,
  { name, room = "lobby" }: { readonly name?: string; readonly room?: string } = {},
): EntryResult {
  const [socketId = "", userId = ""] = who.split(" ");
  return people.join({ socketId, userId, room, name: name ?? userId });
}

Deno.test("People lists a person once, however many sockets they have", () => {
  const people = new People();
  assert(enter(people, "s1 ada").ok);
  const second = enter(people, "s2 ada");
  assert(second.ok);
  assertFalse(second.arrived);
  assertEquals(people.count("lobby"), 1);
  assertEquals(people.leave("s1")?.last, false);
  assertEquals(people.leave("s2")?.last, true);
  assertEquals(people.rooms(), []);
  assertEquals(people.leave("s2"), undefined);
});

Deno.test("People keeps somebody away until they return or expire", () => {
  const people = new People();
  enter(people, "s1 ada");
  enter(people, "s2 bo");
  people.lose("s1");
  assertEquals(people.of("lobby").map(({ away }) => away), [true, false]);
  assertFalse(enter(people, "s3 cy", { name: "ADA" }).ok); // The name is kept for them.
  const back = enter(people, "s4 ada");
  assert(back.ok);
  assertFalse(back.arrived);
  assertEquals(people.expire("lobby", "ada"), undefined);
  people.lose("s4");
  assertEquals(people.expire("lobby", "ada")?.name, "ada");
  assert(enter(people, "s3 cy", { name: "ADA" }).ok);
});

Deno.test("People refuses a taken name with a free one, and changes nothing", () => {
  const people = new People();
  enter(people, "s1 u1", { name: "n".repeat(24) });
  enter(people, "s2 u2", { name: "home", room: "elsewhere" });
  const refused = enter(people, "s2 u2", { name: "N".repeat(24) });
  assert(!refused.ok && refused.code === "name-taken");
  assertEquals(refused.suggestion, `${"N".repeat(22)} 2`);
  assertEquals(people.whereIs("s2")?.room, "elsewhere");
  assertEquals(people.count("lobby"), 1);
});

Deno.test("People moves a socket from room to room and says what it left", () => {
  const people = new People();
  enter(people, "s1 ada");
  const moved = enter(people, "s1 ada", { room: "attic" });
  assert(moved.ok);
  assertEquals(moved.left?.room, "lobby");
  assertEquals(people.rooms(), ["attic"]);
  const renamed = enter(people, "s1 ada", { name: "Countess", room: "attic" });
  assert(renamed.ok);
  assertEquals([renamed.formerName, renamed.left], ["ada", undefined]);
});

Deno.test("People gives colours that differ, and closes a full room", () => {
  const people = new People();
  const colors = Array.from({ length: LIMITS.colors }, (_, index) => {
    const result = enter(people, `s${index} user${index}`);
    return result.ok ? result.person.color : -1;
  });
  assertEquals(new Set(colors).size, LIMITS.colors);
  for (let index = LIMITS.colors; index < LIMITS.peoplePerRoom; index++) {
    assert(enter(people, `s${index} user${index}`).ok);
  }
  const late = enter(people, "late late");
  assert(!late.ok && late.code === "room-full");
  assert(enter(people, "tab user3").ok); // Who is in may open another tab.
});

// --- history ---

/** A journal in memory that can fail and stop in the middle of a line. */
class MemoryJournal implements Journal {
  text = "";
  replaced = 0;
  failures = 0;

  read(): Promise<string> {
    return Promise.resolve(this.text);
  }

  append(text: string): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      this.text += text.slice(0, 10);
      return Promise.reject(new Error("disk full"));
    }
    this.text += text;
    return Promise.resolve();
  }

  replace(text: string): Promise<void> {
    this.replaced += 1;
    this.text = text;
    return Promise.resolve();
  }

  close(): void {}
}

function draft(number: number, room = "lobby"): Draft {
  const author = { id: "a", name: "Ada", color: 1 };
  return { id: `message-${number}`, room, author, text: `text ${number}` };
}

function texts(messages: readonly Message[]): readonly string[] {
  return messages.map(({ text }) => text);
}

Deno.test("History gives back after a restart what it had before", async () => {
  const journal = new MemoryJournal();
  const before = await History.open(journal, { messagesPerRoom: 3 });
  for (let number = 1; number <= 5; number++) before.add(draft(number));
  await before.add(draft(1, "attic")).written;
  assertEquals(texts(before.of("lobby")), ["text 3", "text 4", "text 5"]);
  const after = await History.open(journal, { messagesPerRoom: 3 });
  assertEquals(after.of("lobby"), before.of("lobby"));
  assertEquals(after.rooms(), ["lobby", "attic"]);
  assertEquals(after.add(draft(6)).message.seq, 6);
  assertEquals(after.find("lobby", "message-6")?.seq, 6);
  assertEquals(after.find("attic", "message-6"), undefined);
});

Deno.test("History skips lines that are torn or strange, and writes on a line of its own", async () => {
  const journal = new MemoryJournal();
  const first = await History.open(journal);
  await first.add(draft(1)).written;
  const line = journal.text;
  for (let cut = 1; cut < line.length; cut += 7) {
    journal.text = `${line}{"id":7}\nnull\n[]\n${line.replace('"seq":1', '"seq":2').slice(0, cut)}`;
    const history = await History.open(journal);
    assertEquals(history.lastSeq("lobby"), 1);
    await history.add(draft(9)).written;
    assertEquals(texts((await History.open(journal)).of("lobby")), ["text 1", "text 9"]);
  }
});

Deno.test("History outlives a write that fails", async () => {
  const journal = new MemoryJournal();
  const errors: unknown[] = [];
  const history = await History.open(journal, { onError: (error) => errors.push(error) });
  journal.failures = 1;
  await history.add(draft(1)).written;
  await history.add(draft(2)).written;
  assertEquals(errors.length, 1);
  assertEquals(texts(history.of("lobby")), ["text 1", "text 2"]);
  assertEquals(texts((await History.open(journal)).of("lobby")), ["text 2"]);
});

Deno.test("History keeps its journal short", async () => {
  const journal = new MemoryJournal();
  const history = await History.open(journal, { messagesPerRoom: 5, spareLines: 10 });
  for (let number = 1; number <= 100; number++) {
    await history.add(draft(number)).written;
    assert(journal.text.split("\n").length <= 22);
  }
  assert(journal.replaced >= 5);
  const again = await History.open(journal, { messagesPerRoom: 5 });
  assertEquals(texts(again.of("lobby")), [96, 97, 98, 99, 100].map((number) => `text ${number}`));
});

Deno.test("History writes what comes together in one go, and answers each in its turn", async () => {
  const journal = new MemoryJournal();
  let writes = 0;
  const append = journal.append.bind(journal);
  journal.append = (text) => {
    writes += 1;
    return append(text);
  };
  const history = await History.open(journal);
  const written = [1, 2, 3].map((number) => history.add(draft(number)).written);
  await Promise.all(written);
  assertEquals(writes, 1);
  assertEquals(journal.text.trimEnd().split("\n").length, 3);
});

Deno.test("History forgets what is too old", async () => {
  const journal = new MemoryJournal();
  const then = await History.open(journal, { now: () => 1_000 });
  await then.add(draft(1)).written;
  const now = await History.open(journal, { now: () => 5_000, maxAgeMs: 3_000 });
  assertEquals(now.rooms(), []);
});

// --- the page ---

function message(seq: number, author: Person, at = seq * 1_000): Message {
  return { id: `m${seq}`, room: "lobby", seq, author, text: `text ${seq}`, at };
}

function timeline(parts: Partial<Timeline>): Timeline {
  return { me: ADA, messages: [], notices: [], unsent: [], unreadAfter: undefined, ...parts };
}

Deno.test("layOut groups messages of one author, and breaks at pauses, days and news", () => {
  const messages = [
    message(1, ADA),
    message(2, ADA),
    message(3, BO),
    message(4, BO, 400_000),
    message(5, BO, 401_000),
    message(6, BO, 90_000_000),
  ];
  const rows = layOut(timeline({ messages, unreadAfter: 4 }));
  const groups = rows.map((row) =>
    row.kind === "message"
      ? `${row.first ? "(" : ""}${row.text.slice(5)}${row.last ? ")" : ""}`
      : row.kind
  );
  assertEquals(groups, ["day", "(1", "2)", "(3)", "(4)", "unread", "(5)", "day", "(6)"]);
  assertEquals(new Set(rows.map(({ key }) => key)).size, rows.length);
});

Deno.test("layOut puts a notice after the message it came after, and the unsent last", () => {
  const notice = {
    room: "lobby",
    kind: "joined",
    name: "Bo",
    at: 0,
    number: 0,
    afterSeq: 1,
  } as const;
  const unsent = [
    { id: "u1", room: "lobby", text: "waits", at: 3_000 },
    { id: "u2", room: "lobby", text: "cannot", at: 3_001, refused: "No." },
  ];
  const messages = [message(1, BO), message(2, BO)];
  const rows = layOut(timeline({ messages, notices: [notice], unsent, unreadAfter: 2 }));
  assertEquals(rows.map(({ kind }) => kind), [
    "day",
    "message",
    "notice",
    "message",
    "message",
    "message",
  ]);
  const last = rows.slice(-2) as readonly MessageRow[];
  assertEquals(last.map(({ state, mine }) => [state, mine]), [["pending", true], [
    "refused",
    true,
  ]]);
  assertEquals(last[1]?.refused, "No.");
});

Deno.test("RoomState counts what others wrote since it was looked at", () => {
  const room = new RoomState("lobby", undefined);
  room.enter(ADA, [ADA, BO], [message(1, BO)]);
  assertEquals([room.unread, room.unreadAfter], [0, undefined]); // The first visit has no news.
  assert(room.add(message(2, ADA)));
  assert(room.add(message(3, BO)));
  assertFalse(room.add(message(3, BO)));
  assertEquals(room.unread, 1);
  room.markUnread();
  room.add(message(4, BO));
  room.markUnread();
  assertEquals(room.unreadAfter, 2);
  room.markSeen();
  assertEquals([room.unread, room.unreadAfter], [0, 2]);
});

Deno.test("RoomState finds the news of a later visit, even if the server forgot all", () => {
  const later = new RoomState("lobby", 1);
  later.enter(ADA, [ADA], [message(1, BO), message(2, BO)]);
  assertEquals([later.unread, later.unreadAfter], [1, 1]);
  const wiped = new RoomState("lobby", 50);
  wiped.enter(ADA, [ADA], [message(1, BO)]);
  assertEquals(wiped.unread, 0);
  wiped.add(message(2, BO));
  assertEquals(wiped.unread, 1);
});

Deno.test("splitText finds web addresses, and nothing that a link must not be", () => {
  const text = "See https://example.org/a?b=(c), http://x.y. javascript:alert(1) or https://";
  const parts = splitText(text);
  assertEquals(parts.map((part) => part.text).join(""), text);
  assertEquals(parts.flatMap(({ href }) => href ?? []), [
    "https://example.org/a?b=(c",
    "http://x.y",
  ]);
});

Deno.test("The words of the page", () => {
  assertEquals(["Ada", "ada lovelace", "Jean-Luc", "  ", "👩‍🔬 Lab"].map(initials), [
    "A",
    "AL",
    "JL",
    "",
    "👩‍🔬L",
  ]);
  assertEquals([
    typingLine([]),
    typingLine(["A"]),
    typingLine(["A", "B"]),
    typingLine(["A", "B", "C"]),
  ], [
    "",
    "A is typing",
    "A and B are typing",
    "Several people are typing",
  ]);
  assertEquals([count(1, "person", "people"), count(2, "person", "people")], [
    "1 person",
    "2 people",
  ]);
  const now = new Date(2026, 10, 21, 12).getTime();
  assertEquals([shortTime(now, now), shortTime(now - 61_000, now)], ["just now", "1 min"]);
  assertEquals([dayLabel(now, now), dayLabel(now - 86_400_000, now)], ["Today", "Yesterday"]);
  assertEquals(["🎉", "🎉 👩‍🔬", "🇩🇪", "ok", "1", "🎉🎉🎉🎉"].map(isJumbo), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
