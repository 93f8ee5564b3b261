/**
 * The chat itself: what the server does with each event.
 *
 * - nothing that a page sends is believed: every request is cleaned, limited and answered;
 * - a message is stored first, then shown to the others, then confirmed to its sender;
 * - posting again with the same id gives the first message back and shows nothing twice;
 * - whoever loses the connection has `leaveGraceMs` to come back before anybody is told.
 */
import type { BaseServer, DefaultEventsMap, Socket } from "../../mod.ts";
import type {
  ClientToServer,
  JoinReply,
  JoinRequest,
  Message,
  Refusal,
  RefusalCode,
  RoomSummary,
  SendReply,
  SendRequest,
  ServerToClient,
  SocketData,
} from "./events.ts";
import type { History } from "./history.ts";
import { type Departure, type EntryResult, People } from "./people.ts";
import { cleanName, cleanRoom, cleanText, isMessageId, LIMITS } from "./rules.ts";
import { Throttle } from "./throttle.ts";

/** The server with the events of the chat. */
export type ChatServer = BaseServer<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>;
type ChatSocket = Socket<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>;
type Timer = ReturnType<typeof setTimeout>;

export interface ChatOptions {
  /** How long somebody whose connection was lost is waited for, in milliseconds. Default 4,000. */
  readonly leaveGraceMs?: number;
  /** How long changes of the list of rooms are gathered, in milliseconds. Default 200. */
  readonly roomsDelayMs?: number;
}

/** Rooms that are always there. */
const STANDING_ROOMS: readonly string[] = ["lobby"];

/** For people at an old page, and for whoever writes a client. */
const NO_TOKEN = "There is no auth.token of 20 to 64 letters, digits, _ and -. " +
  "If you see this on the page of the chat, please reload it.";

/** How long after its start the server takes people at their word that they were there before. */
const RETURN_MS = 30_000;

export class Chat {
  readonly #io: ChatServer;
  readonly #history: History;
  readonly #people: People = new People();
  readonly #leaveGraceMs: number;
  readonly #roomsDelayMs: number;
  readonly #waits: Set<Timer> = new Set();
  readonly #startedAt: number = Date.now();
  #roomsTimer: Timer | undefined;

  constructor(io: ChatServer, history: History, options: ChatOptions = {}) {
    this.#io = io;
    this.#history = history;
    this.#leaveGraceMs = options.leaveGraceMs ?? 4_000;
    this.#roomsDelayMs = options.roomsDelayMs ?? 200;
    io.use(async (socket, next) => {
      const token: unknown = socket.handshake.auth["token"];
      if (typeof token !== "string" || !/^[\w-]{20,64}$/.test(token)) {
        return next(new Error(NO_TOKEN));
      }
      socket.data.userId = await publicId(token);
      next();
    });
    io.on("connection", (socket) => this.#welcome(socket));
  }

  /** Forgets what it waits for; the server is closed by its owner. */
  close(): void {
    clearTimeout(this.#roomsTimer);
    for (const timer of this.#waits) clearTimeout(timer);
    this.#waits.clear();
  }

  #welcome(socket: ChatSocket): void {
    const joins = new Throttle(10, 1_000);
    const sends = new Throttle(8, 500);
    const typings = new Throttle(6, 400);
    socket.emit("rooms", this.#summaries());
    socket.on("join", (request, reply) => {
      if (typeof reply === "function") reply(this.#join(socket, request, joins));
    });
    socket.on("send", async (request, reply) => {
      if (typeof reply === "function") reply(await this.#send(socket, request, sends));
    });
    socket.on("leave", (reply) => {
      this.#depart(this.#people.leave(socket.id), socket);
      if (typeof reply === "function") reply();
    });
    socket.on("typing", (typing) => {
      const place = this.#people.whereIs(socket.id);
      if (!place || (typing && typings.take(Date.now()) > 0)) return;
      const { room, person: { id, name } } = place;
      socket.to(room).volatile.emit("typing", { room, id, name, typing: typing === true });
    });
    socket.on("disconnect", () => this.#lose(socket));
  }

  #join(socket: ChatSocket, request: JoinRequest, throttle: Throttle): JoinReply {
    const room = cleanRoom(request?.room);
    if (!room.ok) return refusal("bad-room", room.message);
    const name = cleanName(request.name);
    if (!name.ok) return refusal("bad-name", name.message);
    const retryAfterMs = throttle.take(Date.now());
    if (retryAfterMs > 0) {
      return { ...refusal("slow-down", "You change rooms too fast."), retryAfterMs };
    }
    if (!this.#isKnown(room.value) && this.#roomNames().size >= LIMITS.rooms) {
      return refusal("too-many-rooms", "There are too many rooms already. Please use one of them.");
    }
    const { userId } = socket.data;
    const entry = { socketId: socket.id, userId, room: room.value, name: name.value };
    const result = this.#people.join(entry);
    if (!result.ok) return refuseEntry(entry, result);
    this.#depart(result.left, socket);
    socket.join(entry.room);
    this.#announce(socket, entry.room, result, request.returning === true);
    return {
      ok: true,
      room: entry.room,
      you: result.person,
      people: this.#people.of(entry.room),
      messages: this.#history.of(entry.room),
    };
  }

  /** Tells the others in a room about somebody who entered it. */
  #announce(
    socket: ChatSocket,
    room: string,
    result: Extract<EntryResult, { ok: true }>,
    returning: boolean,
  ): void {
    const { person: { name }, formerName } = result;
    const at = Date.now();
    if (formerName !== undefined) {
      socket.to(room).emit("notice", { room, kind: "renamed", name, formerName, at });
    } else if (result.arrived && !(returning && this.#isNew)) {
      socket.to(room).emit("notice", { room, kind: "joined", name, at });
    }
    socket.to(room).emit("people", room, this.#people.of(room));
    this.#roomsChanged();
  }

  async #send(socket: ChatSocket, request: SendRequest, throttle: Throttle): Promise<SendReply> {
    const place = this.#people.whereIs(socket.id);
    if (!place || place.room !== request?.room) {
      return refusal("not-in-room", "Please enter the room first.");
    }
    const { id, room } = request;
    const text = cleanText(request.text);
    if (!isMessageId(id)) return refusal("bad-message", "A message needs an id.");
    if (!text.ok) return refusal("bad-message", text.message);
    const known = this.#history.find(room, id);
    if (known) return await this.#confirmAgain(known, place.person.id);
    const retryAfterMs = throttle.take(Date.now());
    if (retryAfterMs > 0) return { ...refusal("slow-down", "You write too fast."), retryAfterMs };
    const { away: _, ...author } = place.person;
    const { message, written } = this.#history.add({ id, room, author, text: text.value });
    await written;
    this.#io.to(room).except(socket.id).emit("message", message);
    this.#roomsChanged();
    return { ok: true, message };
  }

  /** The answer to a message that is there already, because its first answer got lost. */
  async #confirmAgain(message: Message, userId: string): Promise<SendReply> {
    if (message.author.id !== userId) return refusal("bad-message", "That id is in use.");
    await this.#history.settled();
    return { ok: true, message };
  }

  /** Somebody left a room on purpose. */
  #depart(departure: Departure | undefined, socket: ChatSocket): void {
    if (departure === undefined) return;
    const { room, person: { name } } = departure;
    socket.leave(room);
    if (departure.last) {
      this.#io.to(room).emit("notice", { room, kind: "left", name, at: Date.now() });
    }
    this.#io.to(room).emit("people", room, this.#people.of(room));
    this.#roomsChanged();
  }

  /** A connection was lost: perhaps a reload, perhaps a tunnel. */
  #lose(socket: ChatSocket): void {
    const departure = this.#people.lose(socket.id);
    if (!departure?.last) return;
    const { room, person } = departure;
    this.#io.to(room).emit("people", room, this.#people.of(room));
    const timer = setTimeout(() => {
      this.#waits.delete(timer);
      const gone = this.#people.expire(room, person.id);
      if (gone === undefined) return;
      this.#io.to(room).emit("notice", { room, kind: "left", name: gone.name, at: Date.now() });
      this.#io.to(room).emit("people", room, this.#people.of(room));
      this.#roomsChanged();
    }, this.#leaveGraceMs);
    this.#waits.add(timer);
  }

  #roomNames(): Set<string> {
    return new Set([...STANDING_ROOMS, ...this.#people.rooms(), ...this.#history.rooms()]);
  }

  #isKnown(room: string): boolean {
    return this.#people.count(room) > 0 || this.#history.lastSeq(room) > 0 ||
      STANDING_ROOMS.includes(room);
  }

  #summaries(): readonly RoomSummary[] {
    return Array.from(this.#roomNames(), (name) => ({
      name,
      people: this.#people.count(name),
      lastSeq: this.#history.lastSeq(name),
    })).sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** For a while after a restart people come back who, for the others, never left. */
  get #isNew(): boolean {
    return Date.now() - this.#startedAt < RETURN_MS;
  }

  /** Tells everybody about the rooms, once for all changes that come together. */
  #roomsChanged(): void {
    this.#roomsTimer ??= setTimeout(() => {
      this.#roomsTimer = undefined;
      this.#io.emit("rooms", this.#summaries());
    }, this.#roomsDelayMs);
  }
}

/** What others may know of the holder of a token: the same every time, and no way back. */
export async function publicId(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return Array.from(new Uint8Array(digest, 0, 8), (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

function refusal(code: RefusalCode, message: string): Refusal {
  return { ok: false, code, message };
}

function refuseEntry(
  entry: { readonly room: string; readonly name: string },
  result: Extract<EntryResult, { ok: false }>,
): Refusal {
  if (result.code === "room-full") return refusal("room-full", `#${entry.room} is full.`);
  const message = `Somebody in #${entry.room} is called ${entry.name} already.`;
  return { ...refusal("name-taken", message), suggestion: result.suggestion };
}
