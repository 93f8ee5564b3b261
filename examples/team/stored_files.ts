/** Files in memory, up to a number of bytes: the oldest make room for new ones. */
import type { Buffer } from "node:buffer";
import type { FileInfo } from "./events.ts";

export interface StoredFile {
  readonly file: FileInfo;
  readonly channel: string;
  readonly data: Buffer;
}

export class StoredFiles {
  readonly #files: Map<string, StoredFile> = new Map();
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes At least as large as the largest file. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }

  add(stored: StoredFile): void {
    this.#files.set(stored.file.id, stored);
    this.#bytes += stored.data.length;
    for (const [id, { data }] of this.#files) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#files.delete(id);
      this.#bytes -= data.length;
    }
  }
}
