/**
 * An upgrade request of Node as the engine's port.
 *
 * Invariants
 * - Middlewares get a real `ServerResponse`: what they set goes into the 101, and one that ends it has
 *   answered.
 * - Whatever is no 101 is an HTTP answer with `Connection: close`, and the end of the connection.
 */
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { mergeHeaders } from "../../engine/answer_headers.ts";
import type { EngineCall, EngineMiddlewareFunction, RequestBody } from "../../engine/call.ts";
import type { EngineRequest } from "../../engine/handshake_info.ts";
import type { Header, SinkEvents } from "../../engine/ports.ts";
import { runMiddlewares } from "./middlewares.ts";
import { addHeader, answer, ANSWERED, type Answered, headersOf } from "./node_answer.ts";
import { snapshotOf } from "./node_request.ts";
import { endSocket, ignore } from "./socket_end.ts";

/** What comes with an 'upgrade' event. */
export interface UpgradeOffer {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What has come after the request. */
  readonly head: Uint8Array;
}

/** The WebSocket implementation. */
export interface WebSocketAcceptor {
  /**
   * Answers 101 with these headers.
   *
   * @throws TypeError when the request is not a valid WebSocket handshake; nothing was answered then
   */
  accept(offer: UpgradeOffer, headers: readonly Header[], events: SinkEvents): void;
}

/** Headers that belong to one connection or to the handshake: a 101 has its own. */
const OWN_OF_101: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-type",
  "keep-alive",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "transfer-encoding",
  "upgrade",
]);

/** After an 'upgrade' event, Node does not tell where the body of a request ends. */
const UNREADABLE_BODY: RequestBody = {
  read: (sink) => sink.failed(new Error("The body of an upgrade request cannot be read")),
  cancel(): void {},
};

/** One upgrade request on its way through the engine. */
export class UpgradeCall implements EngineCall<Answered> {
  readonly request: EngineRequest;
  readonly userRequest: IncomingMessage;
  readonly body: RequestBody = UNREADABLE_BODY;
  readonly #offer: UpgradeOffer;
  readonly #acceptor: WebSocketAcceptor;
  /** Made for middlewares, or for an answer other than 101. */
  #response: ServerResponse | undefined;
  #onGone: (() => void) | undefined;

  /** Copies what the request tells. */
  constructor(offer: UpgradeOffer, acceptor: WebSocketAcceptor) {
    this.request = snapshotOf(offer.request);
    this.userRequest = offer.request;
    this.#offer = offer;
    this.#acceptor = acceptor;
  }

  get gone(): boolean {
    return this.#offer.socket.destroyed;
  }

  /** For long polls that ask for an upgrade to something else. */
  onGone(listener: (() => void) | undefined): void {
    const { socket } = this.#offer;
    if (listener !== undefined && this.#onGone === undefined) {
      socket.on("close", () => this.#onGone?.());
      socket.resume();
    }
    this.#onGone = listener;
  }

  addHeader(name: string, value: string): void {
    const response = this.#open();
    if (response !== undefined) addHeader(response, [name, value]);
  }

  async runMiddlewares(
    middlewares: readonly EngineMiddlewareFunction[],
    onFailure: (error: unknown) => void,
  ): Promise<Answered | undefined> {
    const response = this.#open();
    if (response === undefined) return ANSWERED;
    const context = { request: this.userRequest, response, onFailure };
    return await runMiddlewares(middlewares, context) ? ANSWERED : undefined;
  }

  reply(status: number, headers: readonly Header[], body: string | null): Answered {
    this.#onGone = undefined;
    const response = this.#open();
    if (response !== undefined) answer(response, { status, headers, body });
    return ANSWERED;
  }

  upgrade(headers: readonly Header[], events: SinkEvents): Answered {
    const response = this.#open();
    if (response === undefined) throw new TypeError("Cannot upgrade: the connection is closed");
    const all = mergeHeaders(headers, this.#close(response));
    try {
      this.#acceptor.accept(this.#offer, all, events);
    } catch (error) {
      // RFC 6455, section 4.4.
      this.addHeader("Sec-WebSocket-Version", "13, 8");
      throw error;
    }
    return ANSWERED;
  }

  /** The response on the wire; none when the connection is closed, or must be. */
  #open(): ServerResponse | undefined {
    const { socket } = this.#offer;
    if (socket.destroyed) return undefined;
    if (this.#response !== undefined) return this.#response;
    const response = new ServerResponse(this.userRequest);
    // Middlewares may write when everything is over.
    response.on("error", ignore);
    response.setHeader("Connection", "close");
    try {
      // The socket of an upgrade is that of an HTTP server.
      response.assignSocket(socket as Socket);
    } catch {
      // An earlier request of this connection is still being answered: nothing may be written.
      socket.destroy();
      return undefined;
    }
    response.once("finish", this.#finished);
    this.#response = response;
    return response;
  }

  /** Takes the socket back, and gives the headers that were set. */
  #close(response: ServerResponse): readonly Header[] {
    if (response.headersSent) throw new TypeError("Cannot upgrade: the request has been answered");
    // Middlewares wait for this call to set the last headers.
    response.writeHead(101);
    response.off("finish", this.#finished);
    response.detachSocket(this.#offer.socket as Socket);
    this.#response = undefined;
    return headersOf(response).filter(([name]) => !OWN_OF_101.has(name));
  }

  readonly #finished = (): void => {
    const { socket } = this.#offer;
    this.#response?.detachSocket(socket as Socket);
    endSocket(socket);
  };
}
