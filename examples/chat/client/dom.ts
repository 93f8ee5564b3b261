/// <reference lib="dom" />
/**
 * Finding and making elements. Text goes in as text: nothing here can make markup of it.
 */

/** The element of the page with this id; the page and the script belong together. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Cannot find #${id} in page`);
  // The caller names the type that index.html gives to this id.
  return found as unknown as T;
}

/** Makes an element; attributes that are undefined are left out. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** A drawing of one path in a box of 24 by 24, unseen by screen readers. */
export function icon(path: string): SVGSVGElement {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}

/** The circle with somebody's letters. */
export function avatar(letters: string, hue: number): HTMLElement {
  const made = element("span", { class: "avatar", "aria-hidden": "true" }, letters);
  made.style.setProperty("--hue", String(hue));
  return made;
}

/**
 * Makes the children of `parent` those of `items`, in order, keeping the elements there are.
 *
 * @returns How many elements are new
 */
export function reconcile<Item>(parent: Element, items: readonly Item[], options: {
  readonly key: (item: Item) => string;
  readonly make: (item: Item) => HTMLElement;
  readonly update: (made: HTMLElement, item: Item) => void;
}): number {
  const known = new Map<string, HTMLElement>();
  for (const child of parent.children) {
    if (child instanceof HTMLElement) known.set(child.dataset["key"] ?? "", child);
  }
  let added = 0;
  let cursor = parent.firstElementChild;
  for (const item of items) {
    const key = options.key(item);
    let made = known.get(key);
    known.delete(key);
    if (made === undefined) {
      made = options.make(item);
      made.dataset["key"] = key;
      added += 1;
    }
    options.update(made, item);
    if (made === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(made, cursor);
  }
  for (const rest of known.values()) rest.remove();
  return added;
}
