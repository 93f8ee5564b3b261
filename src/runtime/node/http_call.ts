/**
 * An HTTP request of Node as the engine's port: `IncomingMessage` and `ServerResponse`, nothing of the
 * Web.
 *
 * Invariants
 * - The peer counts as gone when its connection is, and when somebody has answered it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type EngineCall,
  type EngineMiddlewareFunction,
  LAST_ANSWERS,
  type RequestBody,
} from "../../engine/call.ts";
import type { EngineRequest } from "../../engine/handshake_info.ts";
import type { Header } from "../../engine/ports.ts";
import { runMiddlewares } from "./middlewares.ts";
import { addHeader, answer, ANSWERED, type Answered } from "./node_answer.ts";
import { NodeBody, snapshotOf } from "./node_request.ts";

/** One request on its way through the engine. */
export class HttpCall implements EngineCall<Answered> {
  readonly request: EngineRequest;
  readonly userRequest: IncomingMessage;
  readonly body: RequestBody;
  readonly #response: ServerResponse;
  readonly #isClosing: () => boolean;
  #onGone: (() => void) | undefined;
  #isWatched = false;

  /**
   * Copies what the request tells.
   *
   * @param isClosing whether connections are to end with the answer
   */
  constructor(request: IncomingMessage, response: ServerResponse, isClosing: () => boolean) {
    this.request = snapshotOf(request);
    this.userRequest = request;
    this.body = new NodeBody(request);
    this.#response = response;
    this.#isClosing = isClosing;
  }

  get gone(): boolean {
    const { destroyed, writableEnded } = this.#response;
    // The response to a pipelined request is not told when the connection closes.
    return destroyed || writableEnded || this.userRequest.socket.destroyed;
  }

  onGone(listener: (() => void) | undefined): void {
    this.#onGone = listener;
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#response.on("close", () => this.#onGone?.());
  }

  addHeader(name: string, value: string): void {
    addHeader(this.#response, [name, value]);
  }

  async runMiddlewares(
    middlewares: readonly EngineMiddlewareFunction[],
    onFailure: (error: unknown) => void,
  ): Promise<Answered | undefined> {
    const context = { request: this.userRequest, response: this.#response, onFailure };
    return await runMiddlewares(middlewares, context) ? ANSWERED : undefined;
  }

  reply(status: number, headers: readonly Header[], body: string | null): Answered {
    this.#onGone = undefined;
    // HTTP/2 has no such header.
    const isLast = (LAST_ANSWERS.has(status) || this.#isClosing()) &&
      this.userRequest.httpVersionMajor < 2;
    const all = isLast ? [...headers, CLOSE] : headers;
    answer(this.#response, { status, headers: all, body });
    return ANSWERED;
  }

  upgrade(): Answered {
    throw new TypeError(
      "Cannot upgrade: a WebSocket handshake must come as an 'upgrade' event of the HTTP server",
    );
  }
}

const CLOSE: Header = ["Connection", "close"];
