/// <reference lib="dom" />
/**
 * The side panels where there is no room for them: drawers that open over the page.
 *
 * - one drawer at most is open; the rest of the page is inert meanwhile;
 * - Escape, the scrim and the cross close it, and the focus returns to where it was;
 * - when the window becomes wide enough, the drawer is a column again.
 */
import { byId } from "./dom.ts";

type Drawer = "rooms" | "people";

const DRAWERS: readonly Drawer[] = ["rooms", "people"];
/** Widths below which a panel is a drawer; the same as in style.css. */
const NARROW: Readonly<Record<Drawer, string>> = {
  rooms: "(max-width: 759.98px)",
  people: "(max-width: 1079.98px)",
};

export class Drawers {
  #open: Drawer | undefined;
  #before: Element | null = null;

  constructor() {
    for (const drawer of DRAWERS) {
      byId(`${drawer}-open`).addEventListener("click", () => this.open(drawer));
      byId(`${drawer}-close`).addEventListener("click", () => this.close());
      matchMedia(NARROW[drawer]).addEventListener("change", () => this.close());
    }
    byId("scrim").addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#open) this.close();
    });
  }

  /** Opens a panel if it is a drawer now. */
  open(drawer: Drawer): void {
    if (!matchMedia(NARROW[drawer]).matches) return;
    this.close();
    this.#before = document.activeElement;
    this.#set(drawer);
    byId(`${drawer}-close`).focus();
  }

  close(): void {
    if (this.#open === undefined) return;
    this.#set(undefined);
    if (this.#before instanceof HTMLElement) this.#before.focus();
  }

  #set(drawer: Drawer | undefined): void {
    this.#open = drawer;
    byId("scrim").hidden = drawer === undefined;
    byId("room-main").inert = drawer !== undefined;
    for (const each of DRAWERS) {
      byId(`${each}-panel`).classList.toggle("open", each === drawer);
      byId(`${each}-panel`).inert = drawer !== undefined && each !== drawer;
      byId(`${each}-open`).setAttribute("aria-expanded", String(each === drawer));
    }
  }
}
