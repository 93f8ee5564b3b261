/// <reference lib="dom" />
/**
 * The log of a room: rows, scrolling, the pill that says there is more below.
 *
 * - a row that is there stays the same element, so that focus, selection and speech are kept;
 * - who reads at the end stays at the end; who reads above is not moved;
 * - the rows of a room just entered are not spoken aloud.
 */
import { avatar, byId, element, icon, reconcile } from "./dom.ts";
import {
  count,
  dayLabel,
  fullTime,
  hue,
  initials,
  isJumbo,
  shortTime,
  splitText,
} from "./format.ts";
import type { MessageRow, Row } from "./timeline.ts";

/** Pixels above the end that still count as the end. */
const END_PX = 72;

const CHECK = "m6 12.5 4 4 8-9";
const CLOCK = "M12 7.5V12l3 2M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0Z";

export interface LogListener {
  /** The end of the log came into view. */
  reachedEnd(): void;
  retry(id: string): void;
  discard(id: string): void;
}

export class LogView {
  readonly #log = byId("log");
  readonly #rows = byId("log-rows");
  readonly #pill = byId("pill");
  readonly #listener: LogListener;
  #isAtEnd = true;
  #below = 0;
  #size = "";

  constructor(listener: LogListener) {
    this.#listener = listener;
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#pill.addEventListener("click", () => this.scrollToEnd(true));
    this.#rows.addEventListener("click", (event) => this.#clicked(event));
    // A growing composer or a keyboard on the screen must not hide the end.
    const observer = new ResizeObserver(() => this.#scrolled());
    observer.observe(this.#log);
    observer.observe(this.#rows);
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** Shows a room from the start: at the unread line if there is one, else at the end. */
  open(label: string, rows: readonly Row[]): void {
    this.#log.setAttribute("aria-live", "off");
    this.#log.setAttribute("aria-label", label);
    this.#rows.replaceChildren();
    this.#rows.classList.add("settled");
    this.#draw(rows);
    const line = this.#rows.querySelector<HTMLElement>(".unread-line");
    this.#isAtEnd = line === null;
    if (line) this.#log.scrollTop = line.offsetTop - 80;
    else this.scrollToEnd();
    this.#scrolled();
    requestAnimationFrame(() => {
      this.#rows.classList.remove("settled");
      this.#log.setAttribute("aria-live", "polite");
    });
  }

  /** Shows what has changed; `arrived` messages of others are counted when they are out of view. */
  update(
    rows: readonly Row[],
    options: { readonly arrived?: number; readonly toEnd?: boolean },
  ): void {
    const follow = this.#isAtEnd || options.toEnd === true;
    this.#draw(rows);
    if (follow) return this.scrollToEnd();
    this.#below += options.arrived ?? 0;
    this.#showPill();
  }

  scrollToEnd(smooth = false): void {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const behavior = smooth && !isCalm ? "smooth" : "instant";
    this.#log.scrollTo({ top: this.#log.scrollHeight, behavior });
    if (!smooth) this.#scrolled();
  }

  /** Writes "2 min" where it said "1 min". */
  refreshTimes(): void {
    for (const time of this.#rows.querySelectorAll("time")) {
      time.textContent = shortTime(Number(time.dataset["at"]), Date.now());
    }
  }

  #draw(rows: readonly Row[]): void {
    reconcile(this.#rows, rows, { key: (row) => row.key, make: makeRow, update: updateRow });
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    const size = `${scrollHeight} ${clientHeight}`;
    if (this.#isAtEnd && size !== this.#size) {
      // Nobody scrolled: the log has another size, and its reader stays at the end.
      this.#log.scrollTop = scrollHeight;
    } else {
      this.#isAtEnd = scrollHeight - scrollTop - clientHeight < END_PX;
    }
    this.#size = size;
    this.#log.classList.toggle("scrolled", scrollTop > 4);
    if (this.#isAtEnd) {
      this.#below = 0;
      this.#listener.reachedEnd();
    }
    this.#showPill();
  }

  #showPill(): void {
    this.#pill.hidden = this.#isAtEnd;
    byId("pill-text").textContent = this.#below > 0
      ? count(this.#below, "new message", "new messages")
      : "Newest messages";
    this.#pill.classList.toggle("has-news", this.#below > 0);
  }

  #clicked(event: MouseEvent): void {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const id = button?.closest<HTMLElement>(".message")?.dataset["id"];
    if (id === undefined) return;
    if (button?.dataset["action"] === "retry") this.#listener.retry(id);
    if (button?.dataset["action"] === "discard") this.#listener.discard(id);
  }
}

function makeRow(row: Row): HTMLElement {
  switch (row.kind) {
    case "day":
      return element("p", { class: "day" }, element("span", {}, dayLabel(row.at, Date.now())));
    case "unread":
      return element("p", { class: "unread-line" }, element("span", {}, "New messages"));
    case "notice":
      return element("p", { class: "notice", dir: "auto" }, ...noticeText(row.notice));
    case "message":
      return makeMessage(row);
  }
}

function noticeText(
  { kind, name, formerName = "" }: Extract<Row, { kind: "notice" }>["notice"],
): readonly (Node | string)[] {
  const who = (text: string): HTMLElement => element("bdi", {}, text);
  if (kind === "renamed") return [who(formerName), " is now called ", who(name)];
  return [who(name), kind === "joined" ? " joined" : " left"];
}

function makeMessage({ key, text, at, author, mine }: MessageRow): HTMLElement {
  const degrees = hue(author.color);
  const time = element("time", {
    datetime: new Date(at).toISOString(),
    title: fullTime(at),
    "data-at": String(at),
  }, shortTime(at, Date.now()));
  const name = element("p", { class: "author" }, element("bdi", {}, mine ? "You" : author.name));
  const content = element("p", { dir: "auto" });
  for (const part of splitText(text)) content.append(makePart(part.text, part.href));
  const look = isJumbo(text) ? "bubble jumbo" : "bubble";
  const bubble = element("div", { class: look, title: fullTime(at) }, content);
  const body = element("div", { class: "body" }, name, bubble);
  if (mine) body.append(element("p", { class: "meta" }, time, element("span", { class: "state" })));
  else name.append(time);
  const id = key.slice("message ".length);
  const made = element("article", { class: "message", "data-id": id }, body);
  if (!mine) made.prepend(avatar(initials(author.name), degrees));
  made.style.setProperty("--hue", String(degrees));
  return made;
}

function makePart(text: string, href: string | undefined): Node {
  if (href === undefined) return document.createTextNode(text);
  return element("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, text);
}

function updateRow(made: HTMLElement, row: Row): void {
  if (row.kind !== "message" || made.dataset["look"] === row.look) return;
  made.dataset["look"] = row.look;
  made.dataset["state"] = row.state;
  made.classList.toggle("mine", row.mine);
  made.classList.toggle("first", row.first);
  made.classList.toggle("last", row.last);
  made.querySelector(".state")?.replaceChildren(...stateMarks(row));
}

function stateMarks({ mine, state, refused = "" }: MessageRow): readonly Node[] {
  if (!mine) return [];
  const spoken = (text: string): HTMLElement => element("span", { class: "unseen" }, text);
  if (state === "sent") return [icon(CHECK), spoken("Sent")];
  if (state === "pending") return [icon(CLOCK), element("span", {}, "Sending")];
  return [
    element("span", { class: "why" }, `Not sent. ${refused}`),
    element("button", { type: "button", "data-action": "retry" }, "Try again"),
    element("button", { type: "button", "data-action": "discard" }, "Discard"),
  ];
}
