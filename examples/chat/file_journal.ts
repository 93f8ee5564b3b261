/**
 * The journal in a file: `messages.jsonl` in a folder that is made when missing.
 *
 * - lines are appended through one open file;
 * - `replace` writes beside the file and renames, so that a crash leaves the old or the new one.
 */
import { type FileHandle, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import type { Journal } from "./history.ts";

class FileJournal implements Journal {
  readonly #path: string;
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<string> {
    try {
      return await readFile(this.#path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
      throw error;
    }
  }

  async append(text: string): Promise<void> {
    this.#file ??= await open(this.#path, "a");
    await this.#file.appendFile(text);
  }

  async replace(text: string): Promise<void> {
    const draft = `${this.#path}.new`;
    await writeFile(draft, text);
    await rename(draft, this.#path);
    await this.close(); // It was open on the file that is no more.
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** Opens the journal in `folder`. */
export async function openFileJournal(folder: string): Promise<Journal> {
  await mkdir(folder, { recursive: true });
  return new FileJournal(`${folder}/messages.jsonl`);
}
