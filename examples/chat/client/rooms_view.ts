/// <reference lib="dom" />
/**
 * The list of rooms and the field that finds or makes one. Rooms are links: `#name`.
 *
 * - the room I am in is in the list, whatever is searched for;
 * - a room that I know and did not read to the end has a badge.
 */
import type { RoomSummary } from "../events.ts";
import { cleanRoom } from "../rules.ts";
import { byId, element, reconcile } from "./dom.ts";
import { count } from "./format.ts";
import { seenIn } from "./store.ts";

interface Line extends RoomSummary {
  readonly unread: number;
  readonly isNew: boolean;
}

const byName = new Intl.Collator(undefined, { numeric: true });

export class RoomsView {
  readonly #finder = byId<HTMLInputElement>("finder-text");
  #rooms: readonly RoomSummary[] = [];
  #current = "";

  /** @param go Called with the room that somebody chose in the field. */
  constructor(go: (room: string) => void) {
    this.#finder.addEventListener("input", () => this.#draw());
    this.#finder.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#finder.value !== "") {
        event.stopPropagation();
        this.clear();
      }
    });
    byId("finder").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(go);
    });
  }

  show(rooms: readonly RoomSummary[], current: string): void {
    this.#rooms = rooms;
    this.#current = current;
    this.#draw();
  }

  /** Empties the field. */
  clear(): void {
    this.#finder.value = "";
    this.#draw();
  }

  focus(): void {
    this.#finder.focus();
    this.#finder.select();
  }

  /** The room so many places after the current one; -1 is the one before. */
  neighbour(step: number): string | undefined {
    const names = this.#lines().map(({ name }) => name);
    const at = names.indexOf(this.#current);
    return names[(at + step + names.length) % names.length];
  }

  #submit(go: (room: string) => void): void {
    if (this.#finder.value.trim() === "") return;
    const room = cleanRoom(this.#finder.value);
    if (!room.ok) {
      byId("finder-error").textContent = room.message;
      return;
    }
    this.clear();
    go(room.value);
  }

  #lines(): readonly Line[] {
    const text = this.#finder.value.trim().replace(/^#/, "").toLowerCase();
    const wanted = cleanRoom(text);
    const rooms = new Map(this.#rooms.map((room) => [room.name, room]));
    if (this.#current !== "" && !rooms.has(this.#current)) {
      rooms.set(this.#current, { name: this.#current, people: 1, lastSeq: 0 });
    }
    const lines: Line[] = [];
    for (const room of rooms.values()) {
      if (!room.name.includes(wanted.ok ? wanted.value : text)) continue;
      const seen = seenIn(room.name);
      const isUnread = seen !== undefined && room.name !== this.#current;
      lines.push({
        ...room,
        unread: isUnread ? Math.max(0, room.lastSeq - seen) : 0,
        isNew: false,
      });
    }
    lines.sort((a, b) => byName.compare(a.name, b.name));
    if (wanted.ok && !rooms.has(wanted.value)) {
      lines.unshift({ name: wanted.value, people: 0, lastSeq: 0, unread: 0, isNew: true });
    }
    return lines;
  }

  #draw(): void {
    byId("finder-error").textContent = "";
    const lines = this.#lines();
    reconcile(byId("room-list"), lines, {
      key: ({ name, isNew }) => `${name}${isNew ? " new" : ""}`,
      make: makeLine,
      update: (made, line) => updateLine(made, line, line.name === this.#current),
    });
    byId("rooms-dot").hidden = !lines.some(({ unread }) => unread > 0);
  }
}

function makeLine({ name, isNew }: Line): HTMLElement {
  const link = element("a", { class: isNew ? "room-link new" : "room-link" });
  link.href = `#${encodeURIComponent(name)}`;
  link.append(
    element("span", { class: "hash", "aria-hidden": "true" }, isNew ? "+" : "#"),
    element(
      "span",
      { class: "room-link-name" },
      element("bdi", {}, isNew ? `Create ${name}` : name),
    ),
    element("span", { class: "badge" }),
    element("span", { class: "room-count" }),
  );
  return element("li", {}, link);
}

function updateLine(made: HTMLElement, line: Line, isCurrent: boolean): void {
  const look = `${line.people} ${line.unread} ${isCurrent}`;
  if (made.dataset["look"] === look) return;
  made.dataset["look"] = look;
  const link = made.querySelector("a");
  if (isCurrent) link?.setAttribute("aria-current", "page");
  else link?.removeAttribute("aria-current");
  link?.classList.toggle("unread", line.unread > 0);
  const badge = line.unread === 0
    ? []
    : [line.unread > 99 ? "99+" : String(line.unread), unseen(" unread")];
  made.querySelector(".badge")?.replaceChildren(...badge);
  const people = line.people === 0 ? [] : [
    element("span", { "aria-hidden": "true" }, String(line.people)),
    unseen(count(line.people, "person", "people")),
  ];
  made.querySelector(".room-count")?.replaceChildren(...people);
}

function unseen(text: string): HTMLElement {
  return element("span", { class: "unseen" }, text);
}
