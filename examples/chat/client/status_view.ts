/// <reference lib="dom" />
/**
 * How things stand: connection, my card, the empty room, the link to copy, the toast.
 *
 * A connection that is back within `BANNER_MS` is not worth a banner.
 */
import type { Person } from "../events.ts";
import type { Status } from "./connection.ts";
import { byId } from "./dom.ts";
import { hue, initials } from "./format.ts";
import type { RoomState } from "./room_state.ts";

const BANNER_MS = 1_200;
const TOAST_MS = 2_600;

const LABELS: Readonly<Record<Status, string>> = {
  connecting: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  offline: "Offline",
};

const TRANSPORTS: Readonly<Record<string, string>> = {
  polling: "over long polling",
  websocket: "over WebSocket",
};

export class StatusView {
  #bannerTimer: ReturnType<typeof setTimeout> | undefined;
  #toastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(retry: () => void) {
    byId("banner-retry").addEventListener("click", retry);
    for (const id of ["copy-link", "empty-copy"]) {
      byId(id).addEventListener("click", () => this.#copyLink());
    }
    const isApple = /Mac|iP(hone|ad)/.test(navigator.platform);
    byId("finder-key").textContent = isApple ? "⌘ K" : "Ctrl K";
  }

  show(status: Status, transport: string): void {
    const { body } = document;
    body.dataset["status"] = status;
    body.dataset["transport"] = transport;
    const place = byId("status");
    if (place.textContent !== LABELS[status]) place.textContent = LABELS[status];
    byId("me-line").textContent = TRANSPORTS[transport] ?? "not connected";
    byId("banner-text").textContent = status === "offline"
      ? "You are offline. What you write is kept and sent later."
      : "The connection is lost. What you write is kept and sent later.";
    if (status === "connected") {
      clearTimeout(this.#bannerTimer);
      this.#bannerTimer = undefined;
      byId("banner").hidden = true;
    } else {
      this.#bannerTimer ??= setTimeout(() => byId("banner").hidden = false, BANNER_MS);
    }
  }

  showMe({ name, color }: Person): void {
    byId("me-name").textContent = name;
    const picture = byId("me-avatar");
    picture.textContent = initials(name);
    picture.style.setProperty("--hue", String(hue(color)));
  }

  showEmpty(room: RoomState, hasMessages: boolean): void {
    const isEmpty = room.me !== undefined && !hasMessages;
    byId("log-rows").classList.toggle("loading", room.me === undefined && !hasMessages);
    byId("empty").hidden = !isEmpty;
    if (!isEmpty) return;
    byId("empty-title").textContent = `#${room.name} is quiet`;
    byId("empty-text").textContent = room.people.length > 1
      ? "Nobody has written anything yet. Say hello."
      : "You are the first one here. Send the link to somebody, or write the first message.";
  }

  async #copyLink(): Promise<void> {
    const link = `${location.origin}/${location.hash}`;
    try {
      await navigator.clipboard.writeText(link);
      this.#toast("Link copied");
    } catch {
      this.#toast(link); // No right to the clipboard: show it instead.
    }
  }

  #toast(text: string): void {
    const place = byId("toast");
    place.textContent = text;
    place.classList.add("shown");
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => place.classList.remove("shown"), TOAST_MS);
  }
}
