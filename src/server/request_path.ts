/**
 * The path that clients ask for, and which requests are for it.
 *
 * Invariants
 * - It is kept without a slash at the end.
 */
import { describeValue } from "../base/errors.ts";
import { pathStart } from "../engine/handshake_info.ts";
import { isPath, PATH_WANTED } from "./options.ts";

/** Where one server is found. */
export class RequestPath {
  #text: string;

  /** @param text a path, which was checked */
  constructor(text: string) {
    this.#text = text.replace(/\/$/, "");
  }

  /** The path, without a slash at the end. */
  get text(): string {
    return this.#text;
  }

  /**
   * Changes it.
   *
   * @throws {TypeError} when it is not a path
   */
  set(text: string): void {
    if (!isPath(text)) {
      throw new TypeError(`Cannot set path: must be ${PATH_WANTED}, found ${describeValue(text)}`);
    }
    this.#text = text.replace(/\/$/, "");
  }

  /**
   * Whether a request is for it.
   *
   * @param target a URL, or path and query
   * @param hasSlash whether only paths with a slash at the end are
   */
  owns(target: string, hasSlash: boolean): boolean {
    const start = pathStart(target);
    const end = start + this.#text.length;
    if (start < 0 || !target.startsWith(this.#text, start)) return false;
    if (target.charAt(end) === "/") return true;
    return !hasSlash && /^(?:$|[?#])/.test(target.slice(end, end + 1));
  }
}
