/// <reference lib="dom" />
/**
 * The field for writing: grows with the text, sends on Enter, keeps a draft for every room.
 */
import { cleanText, LIMITS } from "../rules.ts";
import { byId } from "./dom.ts";
import { readDraft, writeDraft } from "./store.ts";

/** The counter shows when fewer characters than this are left. */
const COUNTER_FROM = 200;

export interface ComposerListener {
  send(text: string): void;
  typing(typing: boolean): void;
}

export class Composer {
  readonly #text = byId<HTMLTextAreaElement>("composer-text");
  readonly #send = byId<HTMLButtonElement>("send");
  readonly #listener: ComposerListener;
  #room = "";

  constructor(listener: ComposerListener) {
    this.#listener = listener;
    this.#text.maxLength = LIMITS.messageLength;
    this.#text.addEventListener("input", () => {
      writeDraft(this.#room, this.#text.value);
      this.#listener.typing(cleanText(this.#text.value).ok);
      this.#fit();
    });
    this.#text.addEventListener("blur", () => this.#listener.typing(false));
    this.#text.addEventListener("keydown", (event) => {
      // While an input method composes, Enter chooses a character.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Turns to a room, with what was written there before. */
  open(room: string): void {
    this.#room = room;
    this.#text.value = readDraft(room);
    this.#text.placeholder = `Message #${room}`;
    this.#text.setAttribute("aria-label", `Message to ${room}`);
    this.#fit();
  }

  focus(): void {
    this.#text.focus({ preventScroll: true });
  }

  #submit(): void {
    const text = cleanText(this.#text.value);
    this.#text.focus();
    if (!text.ok) return;
    this.#text.value = "";
    writeDraft(this.#room, "");
    this.#fit();
    this.#listener.typing(false);
    this.#listener.send(text.value);
  }

  #fit(): void {
    const { value } = this.#text;
    const left = LIMITS.messageLength - value.length;
    const counter = byId("counter");
    counter.hidden = left >= COUNTER_FROM;
    counter.textContent = counter.hidden ? "" : `${left} left`;
    this.#send.disabled = !cleanText(value).ok;
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}
