/// <reference lib="dom" />
/**
 * The first page: who are you, and where to? Checks with the same rules as the server.
 */
import type { Refusal, RoomSummary } from "../events.ts";
import { cleanName, cleanRoom } from "../rules.ts";
import { byId, element, reconcile } from "./dom.ts";
import { count } from "./format.ts";
import type { Session } from "./store.ts";

/** Rooms offered as buttons. */
const CHIPS = 6;

export class EntryView {
  readonly #name = byId<HTMLInputElement>("entry-name");
  readonly #room = byId<HTMLInputElement>("entry-room");
  readonly #submit = byId<HTMLButtonElement>("entry-submit");
  readonly #suggestion = byId<HTMLButtonElement>("entry-suggestion");

  /** @param enter Called with a name and a room that are clean. */
  constructor(enter: (session: Session) => void) {
    byId("entry-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const session = this.#read();
      if (session) enter(session);
    });
    this.#suggestion.addEventListener("click", () => {
      this.#name.value = this.#suggestion.value;
      this.#clearErrors();
      byId<HTMLFormElement>("entry-form").requestSubmit();
    });
    for (const field of [this.#name, this.#room]) {
      field.addEventListener("input", () => this.#clearErrors());
    }
    byId("entry-rooms").addEventListener("click", (event) => {
      const chip = event.target instanceof Element ? event.target.closest("button") : null;
      if (chip === null) return;
      this.#room.value = chip.value;
      this.#clearErrors();
      (this.#name.value === "" ? this.#name : this.#submit).focus();
    });
  }

  /** Shows the form with what is known; the first field to fill has the focus. */
  open(name: string, room: string, refusal?: Refusal): void {
    this.#name.value = name;
    this.#room.value = room;
    this.busy(false);
    this.#clearErrors();
    if (refusal) this.refuse(refusal);
    else (name === "" ? this.#name : this.#submit).focus();
  }

  /** Says why the server did not let somebody in, beside the field that it is about. */
  refuse({ code, message, suggestion }: Refusal): void {
    this.busy(false);
    if (code === "bad-name" || code === "name-taken") fault(this.#name, message);
    else fault(this.#room, message);
    this.#suggestion.hidden = suggestion === undefined;
    this.#suggestion.value = suggestion ?? "";
    this.#suggestion.textContent = suggestion === undefined ? "" : `Join as ${suggestion}`;
  }

  busy(isBusy: boolean): void {
    this.#submit.disabled = isBusy;
    this.#submit.textContent = isBusy ? "Joining" : "Join the room";
  }

  status(text: string): void {
    const place = byId("entry-status");
    if (place.textContent !== text) place.textContent = text;
  }

  showRooms(rooms: readonly RoomSummary[]): void {
    const busiest = rooms.toSorted((a, b) => b.people - a.people).slice(0, CHIPS);
    reconcile(byId("entry-rooms"), busiest, {
      key: ({ name }) => name,
      make: ({ name }) => {
        const chip = element(
          "button",
          { type: "button", value: name },
          element("bdi", {}, `#${name}`),
        );
        chip.append(element("span", { class: "chip-count" }));
        return element("li", {}, chip);
      },
      update: (made, { people }) => {
        const place = made.querySelector(".chip-count");
        if (place) place.textContent = people === 0 ? "empty" : count(people, "person", "people");
      },
    });
  }

  #read(): Session | undefined {
    this.#clearErrors();
    const name = cleanName(this.#name.value);
    const room = cleanRoom(this.#room.value);
    if (!room.ok) fault(this.#room, room.message);
    if (!name.ok) fault(this.#name, name.message);
    return name.ok && room.ok ? { name: name.value, room: room.value } : undefined;
  }

  #clearErrors(): void {
    for (const field of [this.#name, this.#room]) {
      field.removeAttribute("aria-invalid");
      byId(`${field.id}-error`).textContent = "";
    }
    this.#suggestion.hidden = true;
  }
}

function fault(field: HTMLInputElement, message: string): void {
  field.setAttribute("aria-invalid", "true");
  byId(`${field.id}-error`).textContent = message;
  field.focus();
  field.select();
}
