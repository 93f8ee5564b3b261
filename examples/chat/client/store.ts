/// <reference lib="dom" />
/**
 * What the page remembers: per tab, since a tab is a person (who I am, where, what is unsent, what was
 * read), and per browser (the last name, the theme).
 *
 * - a browser without storage, or with rubbish in it, means an empty memory, never an error;
 * - the token is made once per tab and never shown.
 */
import type { SendRequest } from "../events.ts";

export type Theme = "light" | "dark";

/** A message that is not confirmed yet. */
export interface Unsent extends SendRequest {
  readonly at: number;
  /** Why the server refused it for good. */
  readonly refused?: string;
}

/** Who is signed in, in this tab. */
export interface Session {
  readonly name: string;
  readonly room: string;
}

const PREFIX = "godwit-chat:";
const ROOMS_REMEMBERED = 100;

function read(storage: () => Storage, key: string): unknown {
  try {
    return JSON.parse(storage().getItem(PREFIX + key) ?? "null");
  } catch {
    return null;
  }
}

function write(storage: () => Storage, key: string, value: unknown): void {
  try {
    if (value === undefined) storage().removeItem(PREFIX + key);
    else storage().setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Private windows and full disks: the page works, it only forgets.
  }
}

const tab = (): Storage => globalThis.sessionStorage;
const browser = (): Storage => globalThis.localStorage;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** 128 random bits, as text that ids and tokens may consist of. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The secret by which the server knows this tab again. */
export function token(): string {
  const known = read(tab, "token");
  if (typeof known === "string") return known;
  const fresh = randomId();
  write(tab, "token", fresh);
  return fresh;
}

export function readSession(): Session | undefined {
  const value = read(tab, "session");
  if (!isRecord(value)) return undefined;
  const { name, room } = value;
  return typeof name === "string" && typeof room === "string" ? { name, room } : undefined;
}

export function writeSession(session: Session | undefined): void {
  write(tab, "session", session);
  if (session) write(browser, "name", session.name);
}

/** The name used last in this browser. */
export function lastName(): string {
  const name = read(browser, "name");
  return typeof name === "string" ? name : "";
}

export function readTheme(): Theme | undefined {
  const theme = read(browser, "theme");
  return theme === "light" || theme === "dark" ? theme : undefined;
}

export function writeTheme(theme: Theme): void {
  write(browser, "theme", theme);
}

export function readUnsent(): readonly Unsent[] {
  const list = read(tab, "unsent");
  if (!Array.isArray(list)) return [];
  return list.filter((item): item is Unsent =>
    isRecord(item) && typeof item["id"] === "string" && typeof item["room"] === "string" &&
    typeof item["text"] === "string" && typeof item["at"] === "number"
  );
}

export function writeUnsent(list: readonly Unsent[]): void {
  write(tab, "unsent", list);
}

/** What was written into the field of a room and not sent. */
export function readDraft(room: string): string {
  const draft = read(tab, `draft:${room}`);
  return typeof draft === "string" ? draft : "";
}

export function writeDraft(room: string, text: string): void {
  write(tab, `draft:${room}`, text === "" ? undefined : text);
}

/** Number of the newest message read, by room; undefined for a room never entered. */
export function seenIn(room: string): number | undefined {
  const value = read(tab, "seen");
  const seq = isRecord(value) ? value[room] : undefined;
  return typeof seq === "number" ? seq : undefined;
}

export function markSeen(room: string, seq: number): void {
  const value = read(tab, "seen");
  const { [room]: _, ...others } = isRecord(value) ? value : {};
  const kept = Object.entries(others).slice(1 - ROOMS_REMEMBERED);
  write(tab, "seen", Object.fromEntries([...kept, [room, seq]]));
}
