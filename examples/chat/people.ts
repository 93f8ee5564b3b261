/**
 * Who is in which room: pure bookkeeping, no sockets and no clock.
 *
 * - a socket is in one room at most; a person is in a room while one of their sockets is;
 * - no two people in a room have names with the same key;
 * - a person whose last socket was lost stays, as away, until `expire` or a return;
 * - a room without people has no entry.
 *
 * `join` adds; `leave`, `lose` + `expire` remove.
 */
import type { Person } from "./events.ts";
import { LIMITS, nameKey } from "./rules.ts";

interface Member {
  readonly id: string;
  name: string;
  readonly color: number;
  readonly sockets: Set<string>;
}

/** Who wants to enter which room; name and room are clean already. */
export interface Entry {
  readonly socketId: string;
  readonly userId: string;
  readonly room: string;
  readonly name: string;
}

export type EntryResult =
  | {
    readonly ok: true;
    readonly person: Person;
    /** False when the person was in the room before, if only as away. */
    readonly arrived: boolean;
    /** The name until now, when it changed. */
    readonly formerName: string | undefined;
    /** The room that the socket left for this one. */
    readonly left: Departure | undefined;
  }
  | { readonly ok: false; readonly code: "name-taken"; readonly suggestion: string }
  | { readonly ok: false; readonly code: "room-full" };

/** A socket is out of a room. */
export interface Departure {
  readonly room: string;
  readonly person: Person;
  /** True when it was the person's last socket there. */
  readonly last: boolean;
}

export class People {
  readonly #rooms: Map<string, Map<string, Member>> = new Map();
  readonly #places: Map<string, { readonly room: string; readonly userId: string }> = new Map();

  /** Brings a socket into a room, out of the one it was in. A refusal changes nothing. */
  join(entry: Entry): EntryResult {
    const { socketId, userId, room, name } = entry;
    const members = this.#rooms.get(room) ?? new Map<string, Member>();
    const taken = new Set<string>();
    for (const member of members.values()) {
      if (member.id !== userId) taken.add(nameKey(member.name));
    }
    if (taken.has(nameKey(name))) {
      return { ok: false, code: "name-taken", suggestion: freeName(name, taken) };
    }
    const known = members.get(userId);
    if (known === undefined && members.size >= LIMITS.peoplePerRoom) {
      return { ok: false, code: "room-full" };
    }
    const left = this.whereIs(socketId)?.room === room ? undefined : this.leave(socketId);
    const member = known ??
      { id: userId, name, color: freeColor(userId, members), sockets: new Set<string>() };
    const formerName = member.name === name ? undefined : member.name;
    member.name = name;
    member.sockets.add(socketId);
    members.set(userId, member);
    this.#rooms.set(room, members);
    this.#places.set(socketId, { room, userId });
    return { ok: true, person: toPerson(member), arrived: known === undefined, formerName, left };
  }

  /** Takes a socket out for good: without another socket the person is gone. */
  leave(socketId: string): Departure | undefined {
    const departure = this.lose(socketId);
    if (departure?.last) this.expire(departure.room, departure.person.id);
    return departure;
  }

  /** Takes a socket out whose connection was lost: without another socket the person is away. */
  lose(socketId: string): Departure | undefined {
    const place = this.#places.get(socketId);
    const member = place && this.#rooms.get(place.room)?.get(place.userId);
    if (place === undefined || member === undefined) return undefined;
    this.#places.delete(socketId);
    member.sockets.delete(socketId);
    return { room: place.room, person: toPerson(member), last: member.sockets.size === 0 };
  }

  /** Ends the wait for somebody away; undefined when they are back or gone. */
  expire(room: string, userId: string): Person | undefined {
    const members = this.#rooms.get(room);
    const member = members?.get(userId);
    if (members === undefined || member === undefined || member.sockets.size > 0) return undefined;
    members.delete(userId);
    if (members.size === 0) this.#rooms.delete(room);
    return toPerson(member);
  }

  /** The room of a socket and the person it stands for. */
  whereIs(socketId: string): { readonly room: string; readonly person: Person } | undefined {
    const place = this.#places.get(socketId);
    const member = place && this.#rooms.get(place.room)?.get(place.userId);
    return place && member && { room: place.room, person: toPerson(member) };
  }

  /** Everybody in a room, by name. */
  of(room: string): readonly Person[] {
    return Array.from(this.#rooms.get(room)?.values() ?? [], toPerson)
      .sort((a, b) => nameKey(a.name) < nameKey(b.name) ? -1 : 1);
  }

  count(room: string): number {
    return this.#rooms.get(room)?.size ?? 0;
  }

  /** Rooms with somebody in them. */
  rooms(): readonly string[] {
    return [...this.#rooms.keys()];
  }
}

function toPerson(member: Member): Person {
  const { id, name, color, sockets } = member;
  return { id, name, color, away: sockets.size === 0 };
}

/** The colour that fits the id, or the next one that nobody in the room has. */
function freeColor(userId: string, members: ReadonlyMap<string, Member>): number {
  const used = new Set(Array.from(members.values(), ({ color }) => color));
  let color = 0;
  for (const character of userId) {
    color = (color * 31 + (character.codePointAt(0) ?? 0)) % LIMITS.colors;
  }
  for (let step = 0; step < LIMITS.colors; step++) {
    const next = (color + step * 5) % LIMITS.colors; // 5 steps on: far from its neighbours
    if (!used.has(next)) return next;
  }
  return color;
}

/** `name` with the first number that makes it free. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2;; number++) {
    const ending = ` ${number}`;
    const start = name.slice(0, LIMITS.nameLength - ending.length).replace(/[\ud800-\udbff]$/, "");
    if (!taken.has(nameKey(start + ending))) return start.trimEnd() + ending;
  }
}
