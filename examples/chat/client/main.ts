/// <reference lib="dom" />
/**
 * The page: holds what is true, tells the views what to show, does what people ask.
 *
 * - `#session` is where somebody wants to be, `#room.me` says that the server let them in;
 * - every new connection enters the room again, then sends what is unsent;
 * - an answer that comes after the wish has changed is ignored.
 */
import type { Joined, Message, Refusal, RoomSummary } from "../events.ts";
import { cleanRoom } from "../rules.ts";
import { Composer } from "./composer.ts";
import { Connection, type Status } from "./connection.ts";
import { byId } from "./dom.ts";
import { Drawers } from "./drawers.ts";
import { EntryView } from "./entry_view.ts";
import { LogView } from "./log_view.ts";
import { Outbox } from "./outbox.ts";
import { PeopleView } from "./people_view.ts";
import { RoomState } from "./room_state.ts";
import { RoomsView } from "./rooms_view.ts";
import { StatusView } from "./status_view.ts";
import {
  lastName,
  markSeen,
  readSession,
  seenIn,
  type Session,
  token,
  writeSession,
} from "./store.ts";
import { installThemeToggle } from "./theme_toggle.ts";
import { layOut, type Row } from "./timeline.ts";

const FIRST_ROOM = "lobby";

class App {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #drawers = new Drawers();
  readonly #entry = new EntryView((session) => this.#enter(session));
  readonly #roomsView = new RoomsView((room) => this.#go(room));
  readonly #peopleView = new PeopleView();
  readonly #status = new StatusView(() => this.#connection.retryNow());
  readonly #log = new LogView({
    reachedEnd: () => this.#look(),
    retry: (id) => this.#outbox.retry(id),
    discard: (id) => this.#outbox.discard(id),
  });
  readonly #composer = new Composer({
    send: (text) => this.#send(text),
    typing: (typing) => this.#connection.typing(typing),
  });
  #session: Session | undefined = readSession();
  #room: RoomState | undefined;
  #rooms: readonly RoomSummary[] = [];

  constructor() {
    this.#outbox = new Outbox({
      send: (request) => this.#connection.send(request),
      changed: () => this.#draw({ toEnd: true }),
      sent: (message) => this.#arrive(message),
    });
    this.#connection = new Connection(token(), {
      status: (status) => this.#showStatus(status),
      connected: () => this.#session && this.#join(this.#session, true),
      refused: (message) => this.#entry.status(message),
      rooms: (rooms) => this.#showRooms(rooms),
      people: (room, people) => {
        if (this.#room?.me === undefined || this.#room.name !== room) return;
        this.#room.people = people;
        this.#peopleView.show(people, this.#room.me.id);
      },
      message: (message) => this.#arrive(message),
      notice: (notice) => {
        if (this.#room?.name !== notice.room) return;
        this.#room.addNotice(notice);
        this.#draw();
      },
      typing: (typing) => {
        if (this.#room?.name === typing.room) this.#peopleView.typing(typing);
      },
    });
  }

  start(): void {
    installThemeToggle();
    this.#listen();
    const linked = roomOfAddress();
    if (this.#session) this.#openRoom({ ...this.#session, room: linked ?? this.#session.room });
    else this.#openEntry(lastName(), linked ?? FIRST_ROOM);
    this.#connection.open();
  }

  // --- coming and going ---

  /** Somebody filled in the first page. */
  #enter(session: Session): void {
    this.#entry.busy(true);
    this.#session = session;
    if (this.#connection.status === "connected") void this.#join(session, false);
    else this.#entry.status("Waiting for the server. You will join as soon as it answers.");
  }

  /** Somebody chose another room. */
  #go(room: string): void {
    this.#drawers.close();
    if (this.#session === undefined || this.#room?.name === room) return this.#composer.focus();
    this.#openRoom({ ...this.#session, room });
    void this.#join(this.#session, false);
  }

  async #join(session: Session, returning: boolean): Promise<void> {
    const reply = await this.#connection.join({ ...session, returning });
    if (this.#session !== session) return;
    if (reply === undefined) {
      if (this.#connection.status === "connected") await this.#joinLater(session, returning, 1_000);
    } else if (reply.ok) this.#joined(session, reply);
    else if (reply.code === "slow-down") {
      await this.#joinLater(session, returning, reply.retryAfterMs ?? 1_000);
    } else this.#openEntry(session.name, session.room, reply);
  }

  async #joinLater(session: Session, returning: boolean, ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (this.#session === session) await this.#join(session, returning);
  }

  #joined(session: Session, { you, people, messages }: Joined): void {
    if (byId("chat").hidden || this.#room?.name !== session.room) this.#openRoom(session);
    const room = this.#room;
    if (room === undefined) return;
    const isFirst = room.me === undefined;
    room.enter(you, people, messages);
    writeSession(session);
    this.#status.showMe(you);
    this.#peopleView.show(people, you.id);
    if (isFirst) this.#log.open(`Messages in ${room.name}`, this.#rows());
    this.#draw();
    this.#look();
    void this.#outbox.flush(room.name);
  }

  #openEntry(name: string, room: string, refusal?: Refusal): void {
    this.#session = undefined;
    this.#room = undefined;
    writeSession(undefined);
    byId("chat").hidden = true;
    byId("entry").hidden = false;
    document.body.dataset["screen"] = "entry";
    document.title = "Godwit chat";
    this.#entry.open(name, room, refusal);
  }

  /** Shows a room before the server has said what is in it. */
  #openRoom(session: Session): void {
    this.#session = session;
    this.#room = new RoomState(session.room, seenIn(session.room));
    byId("entry").hidden = true;
    byId("chat").hidden = false;
    document.body.dataset["screen"] = "chat";
    const hash = `#${encodeURIComponent(session.room)}`;
    if (location.hash !== hash) history.pushState(null, "", hash);
    byId("room-name").textContent = `#${session.room}`;
    this.#peopleView.clearTyping();
    this.#composer.open(session.room);
    this.#roomsView.show(this.#rooms, session.room);
    this.#log.open(`Messages in ${session.room}`, this.#rows());
    this.#draw();
    if (matchMedia("(pointer: fine)").matches) this.#composer.focus();
  }

  async #signOut(): Promise<void> {
    const session = this.#session;
    this.#drawers.close();
    this.#openEntry(session?.name ?? "", session?.room ?? FIRST_ROOM);
    await this.#connection.leave();
  }

  // --- messages ---

  #send(text: string): void {
    if (this.#room === undefined) return;
    this.#room.clearLine();
    this.#outbox.add(this.#room.name, text);
  }

  #arrive(message: Message): void {
    const room = this.#room;
    if (room?.name !== message.room || !room.add(message)) return;
    const isMine = message.author.id === room.me?.id;
    if (!isMine) {
      const { author: { id, name } } = message;
      this.#peopleView.typing({ room: room.name, id, name, typing: false });
      if (document.hidden || !this.#log.isAtEnd) room.markUnread();
    }
    this.#draw({ arrived: isMine ? 0 : 1 });
    this.#look();
  }

  /** What is at the end of the log is read now, if anybody looks. */
  #look(): void {
    const room = this.#room;
    if (room?.me !== undefined && !document.hidden && this.#log.isAtEnd) {
      room.markSeen();
      markSeen(room.name, room.seen);
    }
    this.#showTitle();
  }

  #rows(): readonly Row[] {
    const room = this.#room;
    if (room === undefined) return [];
    const me = room.me ?? { id: "", name: this.#session?.name ?? "", color: 0 };
    const { messages, notices, unreadAfter } = room;
    const known = new Set(messages.map(({ id }) => id));
    const unsent = this.#outbox.of(room.name).filter(({ id }) => !known.has(id));
    return layOut({ me, messages, notices, unsent, unreadAfter });
  }

  #draw(options: { readonly arrived?: number; readonly toEnd?: boolean } = {}): void {
    if (this.#room === undefined) return;
    const rows = this.#rows();
    this.#log.update(rows, options);
    this.#status.showEmpty(this.#room, rows.some(({ kind }) => kind === "message"));
  }

  // --- the frame around it ---

  #showRooms(rooms: readonly RoomSummary[]): void {
    this.#rooms = rooms;
    this.#entry.showRooms(rooms);
    this.#roomsView.show(rooms, this.#room?.name ?? "");
  }

  #showStatus(status: Status): void {
    this.#status.show(status, this.#connection.transport);
    const isWaiting = this.#session === undefined && status !== "connected";
    if (isWaiting) this.#entry.status("The server cannot be reached. Trying again.");
    else if (status === "connected") this.#entry.status("");
  }

  #showTitle(): void {
    const room = this.#room;
    if (room === undefined) return;
    document.title = `${room.unread > 0 ? `(${room.unread}) ` : ""}#${room.name} · Godwit`;
  }

  #listen(): void {
    setInterval(() => this.#peopleView.refreshTyping(), 1_000);
    setInterval(() => this.#log.refreshTimes(), 20_000);
    byId("sign-out").addEventListener("click", () => this.#signOut());
    addEventListener("hashchange", () => this.#followAddress());
    addEventListener("popstate", () => this.#followAddress());
    byId("room-list").addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("a")) this.#roomsView.clear();
      this.#drawers.close();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.#room?.unread === 0) this.#room.clearLine();
      this.#draw();
      this.#look();
    });
    addEventListener("keydown", (event) => this.#key(event));
    byId("skip").addEventListener("click", (event) => {
      event.preventDefault(); // The address says which room; it must not change.
      this.#composer.focus();
    });
  }

  #followAddress(): void {
    const room = roomOfAddress();
    if (room !== undefined && this.#session) this.#go(room);
  }

  #key(event: KeyboardEvent): void {
    if (this.#room === undefined || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.#drawers.open("rooms");
      this.#roomsView.focus();
    } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      const next = this.#roomsView.neighbour(event.key === "ArrowUp" ? -1 : 1);
      if (next !== undefined) this.#go(next);
    } else if (isPlainText(event) && isNoField(event.target)) this.#composer.focus();
  }
}

/** The room that the address names after `#`. */
function roomOfAddress(): string | undefined {
  let text = location.hash.slice(1);
  try {
    text = decodeURIComponent(text);
  } catch {
    // Not encoded after all: taken as it is.
  }
  const room = cleanRoom(text);
  return room.ok ? room.value : undefined;
}

/** True for a key that writes a character; the space bar stays for scrolling and buttons. */
function isPlainText({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey;
}

function isNoField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea") === null;
}

new App().start();
