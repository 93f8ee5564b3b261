/**
 * The part of a socket that sends: what waits, what may wait, and the wait for less.
 *
 * Owns: the outbox of the socket, made when it is first needed.
 */
import { EncodedPacket } from "../wire/encoded_packet.ts";
import type { SocketPacket } from "../wire/socket_packet.ts";
import type { BufferingOptions, DrainedOptions } from "./buffering.ts";
import { FlaggedSocket } from "./flagged_socket.ts";
import type { SocketHome, SocketLink } from "./ports.ts";
import { SocketOutbox } from "./socket_outbox.ts";

/** A socket over untyped events that sends in a lane of its own where it has limits of its own. */
export abstract class BufferedSocket extends FlaggedSocket {
  readonly #home: SocketHome;
  readonly #link: SocketLink;
  #outbox: SocketOutbox | undefined;
  #isOver = false;
  #endReason: string | undefined;

  constructor(home: SocketHome, link: SocketLink) {
    super();
    this.#home = home;
    this.#link = link;
    this.bufferingChanged();
  }

  override get bufferedAmount(): number {
    return this.#link.link.bufferedAmount;
  }

  override get writable(): boolean {
    return !this.#isOver && this.#link.link.writable;
  }

  override drained(options?: DrainedOptions): Promise<void> {
    return this.#ownOutbox.drained(options);
  }

  override buffering(options: BufferingOptions): this {
    this.#ownOutbox.limit(options);
    return this;
  }

  /** The namespace may have changed what may wait for its sockets. */
  bufferingChanged(): void {
    if (this.#outbox !== undefined) this.#outbox.refresh();
    else if (Object.keys(this.#home.ownBuffering).length > 0) {
      this.#outbox = this.#createOutbox();
    }
  }

  /**
   * Sends what the protocol needs: in no lane, and not as an event, so that no policy counts or drops it. A
   * parser may be a user's: where it throws, the client cannot be told, and its session ends.
   */
  protected sendOfProtocol(packet: SocketPacket): void {
    try {
      const { parts, toAscii } = this.#home.context.encode(packet);
      this.#link.send(EncodedPacket.message(parts, toAscii), false);
    } catch (error) {
      this.handlerFailed(error, "parser", "parser");
      this.#link.link.close(true);
    }
  }

  /** Sends what users send. */
  protected sendInLane(packet: EncodedPacket, volatile: boolean): void {
    if (!this.#isOver) this.#link.send(packet, volatile, this.#outbox?.lane);
  }

  /** Nothing is sent any more. */
  protected endSending(reason?: string): void {
    this.#isOver = true;
    this.#endReason = reason;
    this.#outbox?.end(reason);
  }

  get #ownOutbox(): SocketOutbox {
    this.#outbox ??= this.#createOutbox();
    if (this.#isOver) this.#outbox.end(this.#endReason);
    return this.#outbox;
  }

  #createOutbox(): SocketOutbox {
    const failed = (error: unknown): void => this.handlerFailed(error, "drained");
    return new SocketOutbox({ home: this.#home, link: this.#link, failed });
  }
}
