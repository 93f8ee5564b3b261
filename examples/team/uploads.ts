/**
 * The files that one socket is sending, piece by piece.
 *
 * - at most two at a time, of at most 1 MB, in pieces of at most 64 KiB;
 * - an upload without a new piece for 30 seconds is given up.
 */
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { binary, count, Problem, text } from "./checks.ts";
import type { FileInfo } from "./events.ts";
import type { StoredFile } from "./stored_files.ts";

export const CHUNK_BYTES: number = 64 * 1024;
export const FILE_BYTES = 1_000_000;
const MAX_UPLOADS = 2;
const IDLE_MS = 30_000;
const TYPES: readonly unknown[] = ["text/plain", "image/png", "image/jpeg", "application/pdf"];

interface Upload {
  readonly file: FileInfo;
  readonly channel: string;
  readonly chunks: Buffer[];
  received: number;
  timer: ReturnType<typeof setTimeout>;
}

/** How far an upload has come; with the file when that was the last piece. */
export interface Progress {
  readonly file: FileInfo;
  readonly channel: string;
  readonly received: number;
  readonly complete?: StoredFile;
}

export class Uploads {
  readonly #uploads: Map<string, Upload> = new Map();
  readonly #expired: (id: string) => void;

  /** @param expired Told when an upload is given up. */
  constructor(expired: (id: string) => void) {
    this.#expired = expired;
  }

  start(channel: string, description: unknown): FileInfo {
    if (this.#uploads.size >= MAX_UPLOADS) {
      throw new Problem("too-many", `${MAX_UPLOADS} uploads at a time are enough.`);
    }
    const file = describe(description);
    const timer = this.#wait(file.id);
    this.#uploads.set(file.id, { file, channel, chunks: [], received: 0, timer });
    return file;
  }

  add(id: unknown, piece: unknown): Progress {
    const upload = this.#uploads.get(text(id, "An id", 50));
    if (upload === undefined) throw new Problem("unknown-file", "There is no such upload.");
    const { file, channel, chunks } = upload;
    const chunk = binary(piece, "A piece", Math.min(CHUNK_BYTES, file.size - upload.received));
    chunks.push(chunk);
    upload.received += chunk.length;
    clearTimeout(upload.timer);
    const progress = { file, channel, received: upload.received };
    if (upload.received < file.size) {
      upload.timer = this.#wait(file.id);
      return progress;
    }
    this.#uploads.delete(file.id);
    return { ...progress, complete: { file, channel, data: Buffer.concat(chunks) } };
  }

  /** Gives up all of them. */
  clear(): void {
    for (const { timer } of this.#uploads.values()) clearTimeout(timer);
    this.#uploads.clear();
  }

  #wait(id: string): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#uploads.delete(id);
      this.#expired(id);
    }, IDLE_MS);
  }
}

function describe(description: unknown): FileInfo {
  if (typeof description !== "object" || description === null) {
    throw new Problem("bad-request", "A file has a name, a type and a size.");
  }
  const { name, type, size } = description as Partial<Record<keyof FileInfo, unknown>>;
  if (!TYPES.includes(type)) throw new Problem("bad-request", "Files of that type are not taken.");
  return {
    id: randomUUID(),
    name: text(name, "The name of a file", 100),
    type: `${type}`,
    size: count(size, "The size of a file", FILE_BYTES),
  };
}
