/**
 * `socket.conn`: what users see of an engine session.
 *
 * Invariants
 * - It holds no state of its own but users' listeners; every getter asks the session.
 * - The session is observed from the first façade on, so that others pay nothing for these events.
 */
import { Emitter } from "../base/emitter.ts";
import type { Frame } from "../wire/engine_packet.ts";
import type { CloseReason, SessionEvent, SessionState, TransportName } from "../session/ports.ts";
import type { Session } from "../session/session.ts";
import type { EngineRequest, RequestHead } from "./handshake_info.ts";
import type { EngineSocket, EngineSocketEvents, EngineTransport } from "./ports.ts";

/** The transport that is about to take over, as listeners of "upgrading" see it. */
const CANDIDATE: EngineTransport = Object.freeze({ name: "websocket", writable: true });

/** What the façade shows. */
export interface FacadeSource {
  /** The session below. */
  readonly session: Session;
  /** The request of the handshake. */
  readonly request: EngineRequest;
  /** What users are given of it. */
  readonly userRequest: RequestHead;
  /** Sends a raw message. */
  sendRaw(data: Frame): void;
  /** Ends the session. */
  close(discard: boolean): void;
  /** A listener failed. */
  handlerFailed(error: unknown, event: string): void;
}

/** The façade of one session. */
export class ConnFacade extends Emitter<EngineSocketEvents> implements EngineSocket {
  readonly transport: EngineTransport;
  readonly #source: FacadeSource;

  constructor(source: FacadeSource) {
    super();
    const { session } = source;
    session.observed = true;
    this.#source = source;
    this.transport = {
      get name(): TransportName {
        return session.transport;
      },
      get writable(): boolean {
        return session.writable;
      },
    };
  }

  get id(): string {
    return this.#source.session.id;
  }

  get protocol(): number {
    return this.#source.session.revision.protocol;
  }

  get readyState(): SessionState {
    return this.#source.session.state;
  }

  get remoteAddress(): string {
    return this.#source.request.remoteAddress;
  }

  get request(): RequestHead {
    return this.#source.userRequest;
  }

  get upgraded(): boolean {
    return this.#source.session.upgraded;
  }

  get upgrading(): boolean {
    return this.#source.session.upgrading;
  }

  send(data: Frame): this {
    this.#source.sendRaw(data);
    return this;
  }

  write(data: Frame): this {
    return this.send(data);
  }

  close(discard = false): this {
    this.#source.close(discard);
    return this;
  }

  /** Tells the users' listeners what the session tells. */
  announce(event: SessionEvent): void {
    if (event.type === "packet" || event.type === "packetCreate") {
      this.announceTo(this.#source, event.type, event.packet);
    } else if (event.type === "upgrading") {
      this.announceTo(this.#source, event.type, CANDIDATE);
    } else if (event.type === "upgrade") {
      this.announceTo(this.#source, event.type, this.transport);
    } else {
      this.announceTo(this.#source, event.type);
    }
  }

  /** Tells the users' listeners of a message. */
  announceMessage(data: Frame): void {
    this.announceTo(this.#source, "data", data);
    this.announceTo(this.#source, "message", data);
  }

  /** Tells the users' listeners of the end. */
  announceClose(reason: CloseReason, description?: unknown): void {
    this.announceTo(this.#source, "close", reason, description);
  }
}
