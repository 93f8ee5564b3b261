/**
 * The examples of documentation: blocks of TypeScript in comments and in Markdown.
 *
 * - a block begins and ends at a fence of three backticks; blocks of other languages are passed over.
 */

/** One block of TypeScript. */
export interface DocExample {
  /** Where it is: the file, and the line of its first fence. */
  readonly place: string;
  /** Whether `deno test --doc` leaves it out. */
  readonly isIgnored: boolean;
  readonly code: string;
}

const fence = /^( *\* |)```ts( ignore)?\n((?:.*\n)*?)(?: *\* |)```\n/gm;

/** The examples in the text of a source file, or of a page. */
export function docExamples(file: string, text: string): readonly DocExample[] {
  return [...text.matchAll(fence)].map((found) => {
    const [, margin, ignore, block = ""] = found;
    const line = text.slice(0, found.index).split("\n").length;
    const code = margin === "" ? block : block.replaceAll(/^ *\* ?/gm, "");
    return { place: `${file}:${line}`, isIgnored: ignore !== undefined, code };
  });
}
