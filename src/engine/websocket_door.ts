/**
 * Answers WebSocket handshakes with 101, and keeps an eye on them until they are done.
 *
 * Invariants
 * - All that can fail is done before the request is given to the runtime, which reads it no more after.
 * - What lives as long as the WebSocket does not hold the call.
 */
import type { Deadlines } from "../base/deadlines.ts";
import type { Incidents } from "../base/incidents.ts";
import type { FrameSink } from "../session/ports.ts";
import type { Session } from "../session/session.ts";
import type { Ticket } from "./admission.ts";
import type { EngineCall } from "./call.ts";
import { refusal } from "./handshake.ts";
import type { RequestHead } from "./handshake_info.ts";
import type { Header } from "./ports.ts";
import { WebSocketBinding } from "./websocket_binding.ts";

/** What the door asks of the engine. */
export interface DoorOwner {
  /** Whether nobody is let in any more. */
  readonly isShutDown: boolean;
  /** Nothing could be made of a WebSocket, which is closed. */
  refused(request: RequestHead, error: unknown): void;
  /** Something has thrown that must not. */
  fault(session: Session | undefined, error: unknown): void;
  /** Where it is counted that a WebSocket does not open. */
  readonly incidents: Incidents;
}

/** One handshake. */
export interface WebSocketHandshake {
  /** What goes with the 101. */
  readonly headers: readonly Header[];
  /** What it counts as until a session has it. */
  readonly ticket: Ticket;
  /** Time in which the runtime must have done it, in milliseconds. */
  readonly timeoutMs: number;
  /** Says, once the socket is open, which session its frames belong to. */
  readonly claim: (sink: FrameSink) => Session | undefined;
}

const NOT_OPENED = "a WebSocket did not open after its handshake";

/** Lets WebSockets in. */
export class WebSocketDoor {
  readonly #deadlines: Deadlines;
  readonly #owner: DoorOwner;
  /** WebSockets that this side has closed and the runtime has not. */
  readonly #closing = new Set<WebSocketBinding>();

  constructor(deadlines: Deadlines, owner: DoorOwner) {
    this.#deadlines = deadlines;
    this.#owner = owner;
  }

  /**
   * Answers with 101.
   *
   * @throws HandshakeError when the request is not a valid WebSocket handshake
   */
  open<Reply>(call: EngineCall<Reply>, handshake: WebSocketHandshake): Reply {
    const { headers, ticket, timeoutMs, claim } = handshake;
    const owner = this.#owner;
    const { userRequest } = call;
    const binding = new WebSocketBinding(
      {
        claim: (sink) => {
          if (!owner.isShutDown) return claim(sink);
          sink.close();
          return undefined;
        },
        refused: (error) => owner.refused(userRequest, error),
        late: () => owner.incidents.report("limits_exceeded", "upgradeTimeout", () => NOT_OPENED),
        fault: (session, error) => owner.fault(session, error),
      },
      ticket,
      this.#closing,
    );
    try {
      const reply = call.upgrade(headers, binding);
      binding.expect(this.#deadlines, this.#deadlines.now() + timeoutMs);
      return reply;
    } catch (error) {
      binding.giveUp();
      throw refusal("BAD_REQUEST", { name: "TRANSPORT_HANDSHAKE_ERROR", error });
    }
  }

  /** Cuts the WebSockets whose peers have not answered the closing handshake yet. */
  cut(): void {
    for (const binding of [...this.#closing]) binding.cut();
  }
}
