/**
 * A source as V8 has it, which is without types and comments, and where its places are in the file that
 * people wrote.
 */

/** How much of a piece is shown and looked for, in characters. */
const SHOWN = 60;

/** One script and its file. */
export class SourceText {
  readonly #script: string;
  readonly #file: string;

  /**
   * @param script what V8 runs
   * @param file what it was made of
   */
  constructor(script: string, file: string) {
    this.#script = script;
    this.#file = file;
  }

  /** Whether there is more than braces, blanks and comments in a piece. */
  hasCode(start: number, end: number): boolean {
    const code = this.#script.slice(start, end).replace(/\/\/.*|\/\*[^]*?\*\//g, "");
    return /[^\s{}();]/.test(code);
  }

  /** How a piece begins, behind the line of the file where it stands, if it can be found there. */
  describe(start: number, end: number): string {
    const piece = this.#script.slice(start, end).replace(/^[\s{}]+/, "");
    const [first = ""] = piece.split("\n");
    const shown = first.trim().slice(0, SHOWN);
    return `${this.#lineOf(shown, end - piece.length) ?? "?"}: ${shown}`;
  }

  /** What is found as often before it in the script as in the file. */
  #lineOf(text: string, offset: number): number | undefined {
    let at = -1;
    for (let before = this.#script.indexOf(text); before < offset;) {
      at = this.#file.indexOf(text, at + 1);
      before = this.#script.indexOf(text, before + 1);
      if (at === -1 || before === -1) return undefined;
    }
    at = this.#file.indexOf(text, at + 1);
    return at === -1 ? undefined : this.#file.slice(0, at).split("\n").length;
  }
}
