/// <reference lib="dom" />
/**
 * Who is in the room: the list, the count, and the line that says who types.
 *
 * Somebody who ceased without saying so is taken to have ceased after `TYPING_MS`.
 */
import type { Person, Typing } from "../events.ts";
import { avatar, byId, element, reconcile } from "./dom.ts";
import { count, hue, initials, typingLine } from "./format.ts";

/** How long a notice of typing holds, in milliseconds; a typing page repeats it every 2 s. */
const TYPING_MS = 4_500;

export class PeopleView {
  readonly #typists: Map<string, { readonly name: string; readonly until: number }> = new Map();

  show(people: readonly Person[], myId: string): void {
    const sorted = people.toSorted((a, b) => Number(b.id === myId) - Number(a.id === myId));
    reconcile(byId("people-list"), sorted, {
      key: (person) => `${person.id} ${person.name}`,
      make: (person) => makePerson(person, person.id === myId),
      update: updatePerson,
    });
    byId("people-total").textContent = String(people.length);
    byId("people-count").textContent = String(people.length);
    const label = `Show people: ${count(people.length, "person", "people")}`;
    byId("people-open").setAttribute("aria-label", label);
    const here = new Set(people.map(({ id }) => id));
    for (const id of this.#typists.keys()) if (!here.has(id)) this.#typists.delete(id);
    this.refreshTyping();
  }

  typing({ id, name, typing }: Typing): void {
    if (typing) this.#typists.set(id, { name, until: performance.now() + TYPING_MS });
    else this.#typists.delete(id);
    this.refreshTyping();
  }

  clearTyping(): void {
    this.#typists.clear();
    this.refreshTyping();
  }

  /** To be called every second or so. */
  refreshTyping(): void {
    for (const [id, { until }] of this.#typists) {
      if (until < performance.now()) this.#typists.delete(id);
    }
    const line = typingLine(Array.from(this.#typists.values(), ({ name }) => name));
    const place = byId("typing");
    if ((place.dataset["line"] ?? "") === line) return;
    place.dataset["line"] = line;
    const dots = element("span", { class: "dots" }, ...[0, 1, 2].map(() => element("i")));
    place.replaceChildren(...(line === "" ? [] : [dots, element("bdi", {}, line)]));
  }
}

function makePerson(person: Person, isMe: boolean): HTMLElement {
  const name = element("span", { class: "person-name" }, element("bdi", {}, person.name));
  if (isMe) name.append(element("span", { class: "you" }, "you"));
  const line = element("span", { class: "person-line" });
  const text = element("span", { class: "person-text" }, name, line);
  return element("li", {}, avatar(initials(person.name), hue(person.color)), text);
}

function updatePerson(made: HTMLElement, person: Person): void {
  made.classList.toggle("away", person.away);
  const line = made.querySelector(".person-line");
  const text = person.away ? "connection lost" : "here";
  if (line && line.textContent !== text) line.textContent = text;
}
