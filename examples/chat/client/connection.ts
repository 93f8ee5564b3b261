/// <reference lib="dom" />
/**
 * The connection to the server: one socket, its state in words, requests with a deadline.
 *
 * - it connects again by itself, also after the server has closed it;
 * - nothing is queued here: without a connection a request has no answer at once;
 * - `?transport=polling` or `?transport=websocket` in the address of the page picks one transport.
 */
import { io, type Socket } from "socket.io-client";
import type {
  ClientToServer,
  JoinReply,
  JoinRequest,
  SendReply,
  SendRequest,
  ServerToClient,
} from "../events.ts";

/** How things stand, in one word. */
export type Status = "connecting" | "connected" | "reconnecting" | "offline";

export interface ConnectionListener extends ServerToClient {
  /** The state has changed, or the transport has. */
  status(status: Status): void;
  /** There is a new connection, which is in no room yet. */
  connected(): void;
  /** The server refuses this page for good. */
  refused(message: string): void;
}

/** Deadline of a request in milliseconds. */
const ANSWER_MS = 10_000;

export class Connection {
  readonly #socket: Socket<ServerToClient, ClientToServer>;
  readonly #listener: ConnectionListener;
  #wasConnected = false;
  #typingSaidAt: number | undefined;

  constructor(token: string, listener: ConnectionListener) {
    this.#listener = listener;
    const transport = new URLSearchParams(location.search).get("transport");
    this.#socket = io({
      auth: { token },
      reconnectionDelay: 400,
      reconnectionDelayMax: 4_000,
      timeout: 8_000,
      autoConnect: false,
      ...(transport === "polling" || transport === "websocket" ? { transports: [transport] } : {}),
    });
    this.#listen();
  }

  /** To be called once everything that listens is there. */
  open(): void {
    this.#socket.connect();
  }

  get status(): Status {
    if (this.#socket.connected) return "connected";
    if (!navigator.onLine) return "offline";
    return this.#wasConnected ? "reconnecting" : "connecting";
  }

  /** The transport in use, for those who want to know. */
  get transport(): string {
    return this.#socket.connected ? this.#socket.io.engine.transport.name : "";
  }

  /** Tries now instead of after the pause. */
  retryNow(): void {
    if (this.#socket.connected) return;
    this.#socket.disconnect().connect();
  }

  /** Undefined when there was no answer; the next connection will ask again. */
  async join(request: JoinRequest): Promise<JoinReply | undefined> {
    if (!this.#socket.connected) return undefined;
    try {
      return await this.#socket.timeout(ANSWER_MS).emitWithAck("join", request);
    } catch {
      return undefined;
    }
  }

  /** Undefined when there was no answer: the message may have arrived or not. */
  async send(request: SendRequest): Promise<SendReply | undefined> {
    if (!this.#socket.connected) return undefined;
    try {
      return await this.#socket.timeout(ANSWER_MS).emitWithAck("send", request);
    } catch {
      return undefined;
    }
  }

  async leave(): Promise<void> {
    if (!this.#socket.connected) return;
    try {
      await this.#socket.timeout(ANSWER_MS).emitWithAck("leave");
    } catch {
      // The server will notice by itself.
    }
  }

  /** Says that somebody types, every two seconds at most, or that they ceased. */
  typing(typing: boolean): void {
    const now = performance.now();
    const saidAt = this.#typingSaidAt;
    const isNews = typing ? saidAt === undefined || now - saidAt > 2_000 : saidAt !== undefined;
    if (!isNews || !this.#socket.connected) return;
    this.#typingSaidAt = typing ? now : undefined;
    this.#socket.volatile.emit("typing", typing);
  }

  #listen(): void {
    const socket = this.#socket;
    const listener = this.#listener;
    const tell = (): void => listener.status(this.status);
    socket.on("connect", () => {
      this.#wasConnected = true;
      this.#typingSaidAt = undefined;
      socket.io.engine.on("upgrade", tell);
      tell();
      listener.connected();
    });
    socket.on("disconnect", (reason) => {
      tell();
      if (reason === "io server disconnect") setTimeout(() => this.retryNow(), 1_000);
    });
    socket.on("connect_error", (error) => {
      // An inactive socket will not try again: the server said no.
      if (socket.active) tell();
      else listener.refused(error.message);
    });
    socket.io.on("reconnect_attempt", tell);
    socket.on("rooms", (rooms) => listener.rooms(rooms));
    socket.on("people", (room, people) => listener.people(room, people));
    socket.on("message", (message) => listener.message(message));
    socket.on("notice", (notice) => listener.notice(notice));
    socket.on("typing", (typing) => listener.typing(typing));
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", tell);
  }
}
