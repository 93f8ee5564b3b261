/**
 * What the engine is made of: its options, resolved, and what it is given to work with.
 *
 * Invariants
 * - Everything is readonly, and shared by all sessions.
 */
import type { Advice } from "../base/advice.ts";
import type { Clock } from "../base/clock.ts";
import type { IdSource } from "../base/ids.ts";
import type { Incidents } from "../base/incidents.ts";
import type { HandlerErrorSink } from "../base/invoke.ts";
import type { DebugScope } from "../base/log.ts";
import type { SessionSettings, TransportName } from "../session/ports.ts";
import type { EncodedPacket } from "../wire/encoded_packet.ts";
import type { AllowRequest } from "./allow_request.ts";
import type { ResolvedCookie } from "./cookie.ts";
import type { CorsPolicy } from "./cors.ts";
import type { LimitRules } from "./limit_rules.ts";
import type { EngineHandler } from "./ports.ts";
import type { TrustedProxies } from "./trusted_proxies.ts";

/** The engine's options, resolved. */
export interface EngineSettings {
  /** The numbers of every session. */
  readonly session: SessionSettings;
  /** Whether clients of revision 3 are let in. */
  readonly allowEIO3: boolean;
  /** The transports that are switched on. */
  readonly transports: readonly TransportName[];
  /** Time in which the body of a POST must have come, in milliseconds. */
  readonly bodyTimeoutMs: number;
  /** Time in which the users' functions must have let a client in, in milliseconds. */
  readonly admissionTimeoutMs: number;
  /** A message that every session starts with, if any. */
  readonly initialPacket: EncodedPacket | undefined;
  /** Who may open a session; everybody by default. */
  readonly allowRequest: AllowRequest | undefined;
  /** The rules for pages of other origins, if any. */
  readonly cors: CorsPolicy | undefined;
  /** The cookie of the first answer, if any. */
  readonly cookie: ResolvedCookie | undefined;
  /** Connections that there may be, or `Infinity`. */
  readonly maxConnections: number;
  /** Which proxies are believed about the addresses of clients. */
  readonly trustProxy: TrustedProxies;
}

/** The debug scopes of the engine, under the names that users of the reference know. */
export interface EngineDebug {
  readonly engine: DebugScope;
  readonly socket: DebugScope;
  readonly polling: DebugScope;
  readonly ws: DebugScope;
}

/** What the engine works with. */
export interface EngineParts {
  readonly settings: EngineSettings;
  /** How much clients may do, if that is limited. */
  readonly limits: LimitRules | undefined;
  readonly handler: EngineHandler;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Numbers from 0 to 1, to spread the first pings. */
  readonly random: () => number;
  /** Runs a callback when the current turn of the event loop is over. */
  readonly afterTurn: (callback: () => void) => void;
  /** Whether WebSockets are written to after the turn, as polls are answered; else before it goes on. */
  readonly joinsFrames: boolean;
  /** Binary data as the runtime's users expect it, without a copy. */
  readonly toBinary: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  /** Who is told of users' code that failed. */
  readonly errors: HandlerErrorSink;
  /** Where the operator is told of something to change. */
  readonly advice: Advice;
  /** Where refusals, limits and ends are counted. */
  readonly incidents: Incidents;
  /** Where the engine says what it does: the scopes `engine` and `engine:` with a subject. */
  readonly debug: EngineDebug;
}
