/**
 * The journal in a file: `messages.jsonl` in a folder that is made when missing.
 *
 * - lines are appended through one open file;
 * - `replace` writes beside the file and renames, so that a crash leaves the old or the new one.
 */
import type { Journal } from "./history.ts";

class FileJournal implements Journal {
  readonly #path: string;
  #file: Deno.FsFile | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<string> {
    try {
      return await Deno.readTextFile(this.#path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }

  async append(text: string): Promise<void> {
    this.#file ??= await Deno.open(this.#path, { append: true, create: true });
    let rest = new TextEncoder().encode(text);
    while (rest.length > 0) rest = rest.subarray(await this.#file.write(rest));
  }

  async replace(text: string): Promise<void> {
    const draft = `${this.#path}.new`;
    await Deno.writeTextFile(draft, text);
    await Deno.rename(draft, this.#path);
    this.close(); // It was open on the file that is no more.
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/** Opens the journal in `folder`. */
export async function openFileJournal(folder: string): Promise<Journal> {
  await Deno.mkdir(folder, { recursive: true });
  return new FileJournal(`${folder}/messages.jsonl`);
}
